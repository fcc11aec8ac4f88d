"""A folder in memory for files that processes map: a page that a full disk cannot take ends the process that writes to it."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it, or it is not used

LEAST_FREE_BYTES = 32 << 20
"""Several times what the files take; a container may have a smaller memory folder than that."""


@contextmanager
def memory_folder(home: Path, *, otherwise: Path, memory: Path = MEMORY) -> Iterator[Path]:
    """An empty private folder while the block runs, in memory where the system has a place for it.

    Its name is made of the home's path, so the next start finds and empties what a killed platform left. The caller
    holds the lock of the home.

    Args:
        otherwise: made and used where there is no such place, too little room in it, or where somebody else holds the
            name.

    Raises:
        OSError: ``otherwise`` cannot be made.
    """
    folder = memory / f"drivetrain-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"
    if not _is_ours(folder):
        folder = otherwise
    _empty(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Whether the folder is there now, private, and of this user: the place is writable for everybody."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError:
        return False
    entry = folder.lstat()
    is_private = stat.S_ISDIR(entry.st_mode) and entry.st_uid == os.geteuid() and not entry.st_mode & 0o077
    return is_private and _has_room(folder)


def _has_room(folder: Path) -> bool:
    free = os.statvfs(folder)
    return free.f_bavail * free.f_frsize >= LEAST_FREE_BYTES


def _empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.iterdir():
        left.unlink()
