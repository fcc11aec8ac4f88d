"""A database on a server of the operator's own, written to a file and read from it."""

from __future__ import annotations

from pathlib import Path

from drivetrain.adapters.embedded.programs import run_program
from drivetrain.core.errors import UnavailableError

NEWEST_SERVER = 18
"""Major version of the wheel's ``pg_dump``, which reads servers of its own version and older ones."""


def dump_database(url: str, file: Path, *, snapshot: str, server_version: int) -> None:
    """Write the database, as of one instant, to a file in PostgreSQL's custom format.

    Args:
        snapshot: as a transaction that is still open has exported it; that is the instant.
        server_version: major version of the server.

    Raises:
        StorageFullError: the disk is full.
        UnavailableError: the server went away, or is newer than ``NEWEST_SERVER``.
    """
    if server_version > NEWEST_SERVER:
        raise UnavailableError(
            f"The server is PostgreSQL {server_version}, and the pg_dump that comes with drivetrain reads {NEWEST_SERVER} "
            "and older. Use the pg_dump of the server, as the runbook describes.",
            code="backup.server_too_new",
        )
    run_program("pg_dump", ["--format=custom", f"--snapshot={snapshot}", f"--file={file}"], url=url)


def verify_dump(file: Path) -> None:
    """Check that a dump can be read, without a server.

    Raises:
        UnavailableError: ``backup.damaged``.
    """
    try:
        run_program("pg_restore", ["--list", str(file)])
    except UnavailableError as error:
        raise UnavailableError(
            f"The dump of the database is damaged. {error.detail}", code="backup.damaged"
        ) from error


def load_dump(file: Path, url: str) -> None:
    """Read a dump into an empty database: all of it, or nothing.

    Raises:
        UnavailableError: the database cannot take it, and is as before.
    """
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    run_program("pg_restore", [*options, str(file)], url=url)
