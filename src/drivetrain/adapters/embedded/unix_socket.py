"""Where the server's Unix socket is, and the URL that leads to it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

SOCKET_NAME = ".s.PGSQL.5432"

LONGEST_PATH = 103
"""Bytes of a Unix socket path: 107 on Linux, 103 on macOS."""

SEPARATORS = frozenset(",\"'\\")
"""Characters that PostgreSQL or libpq read as syntax in a list of folders."""


def socket_folder_for(folder: Path) -> Path:
    """The folder for the socket of the server in ``folder``: below it, or in the temporary directory.

    The second when the path would be too long for a Unix socket or holds a separator; named by a hash of the
    path, so every process finds the same.
    """
    name = "drivetrain-" + hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    choices = (folder / "socket", Path(tempfile.gettempdir()).resolve() / name)
    return next((choice for choice in choices if _fits(choice)), Path("/tmp") / name)  # noqa: S108 - made private, or refused


def socket_url(socket_folder: Path, user: str) -> str:
    """URL of the maintenance database for libpq; percent-encoded, so it also fits SQLAlchemy."""
    # The port is spelled out because libpq would otherwise take it from PGPORT.
    return f"postgresql://{user}@/postgres?host={quote(str(socket_folder), safe='')}&port=5432"


def remove_socket(socket_folder: Path) -> None:
    """Remove what a killed server left; PostgreSQL would take a recycled pid in the lock file for a living server."""
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (socket_folder / name).unlink(missing_ok=True)


def _fits(folder: Path) -> bool:
    path = str(folder / SOCKET_NAME)
    return len(os.fsencode(path)) <= LONGEST_PATH and not SEPARATORS & set(path)
