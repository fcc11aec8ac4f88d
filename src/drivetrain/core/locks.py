"""Locks between processes, on open files: the kernel drops them when their holder ends, even after ``kill -9``.

A lock belongs to the open file, so it ends with ``close``; the file itself should stay, or two processes may
lock two files of the same name.
"""

from __future__ import annotations

import fcntl
import time
from typing import Protocol

_PAUSE_S = 0.02


class HasFileNumber(Protocol):
    """An open file."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...


def lock(file: HasFileNumber | int) -> None:
    """Wait until no other process has the file locked, and lock it.

    Raises:
        OSError: the file system knows no locks.
    """
    fcntl.flock(file, fcntl.LOCK_EX)


def share(file: HasFileNumber | int) -> None:
    """Wait until no other process has the file locked alone, and lock it beside those who share it.

    Raises:
        OSError: the file system knows no locks.
    """
    fcntl.flock(file, fcntl.LOCK_SH)


def try_lock(file: HasFileNumber | int, *, patience_s: float = 0.0) -> bool:
    """Lock the file if no other process has it locked within ``patience_s`` seconds (>= 0); False otherwise.

    Raises:
        OSError: the file system knows no locks.
    """
    give_up_at = time.monotonic() + patience_s
    while not _try(file, fcntl.LOCK_EX):
        if time.monotonic() >= give_up_at:
            return False
        time.sleep(_PAUSE_S)
    return True


def try_share(file: HasFileNumber | int) -> bool:
    """Lock the file beside those who share it; False when another process has it locked alone.

    Raises:
        OSError: the file system knows no locks.
    """
    return _try(file, fcntl.LOCK_SH)


def _try(file: HasFileNumber | int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # EAGAIN; some network file systems say EACCES
        return False
    return True
