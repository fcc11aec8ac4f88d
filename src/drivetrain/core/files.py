"""Files that survive a crash: on disk before they are relied upon, and never half written under their own name."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

UNFINISHED = ".unfinished"
"""The end of the name of a file that is still being written; a killed process may leave one."""


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk, so that a power cut cannot undo them.

    Raises:
        OSError: the path cannot be opened, or the disk is full.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring a folder and everything in it to the disk.

    Raises:
        OSError: a path cannot be opened, or the disk is full.
    """
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Give a path to write to; its file replaces ``path``, whole and durable, if the block ends without an error.

    The path given is hidden, in the same folder, and of this block alone: two processes may write the same
    file at once, and the last one wins. If the block raises, or the disk refuses the file, ``path`` is as before.

    Args:
        path: in a folder that exists.

    Raises:
        OSError: the file cannot be brought to the disk or renamed.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}{UNFINISHED}")
    try:
        yield unfinished
        sync(unfinished)
        unfinished.replace(path)
        sync(path.parent)
    finally:
        with suppress(OSError):  # it is gone when all went well
            unfinished.unlink(missing_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all; its folder is made, as private, if missing.

    Raises:
        OSError: the disk is full or the folder cannot be used; the file is as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with appearing(path) as unfinished, open_private(unfinished) as file:
        file.write(content)


def open_private(path: Path) -> BinaryIO:
    """Open a file to append to; only its owner can read it if it is made by this call.

    Raises:
        OSError: it cannot be opened.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def is_at(file: BinaryIO, path: Path) -> bool:
    """True while the open file is the one of this name: not after another process renamed or removed it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def remove_old(folder: Path, age_s: float) -> None:
    """Remove what has lain in a folder for longer than ``age_s`` seconds; what cannot be removed stays."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        with suppress(OSError):
            if time.time() - entry.stat().st_mtime <= age_s:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
