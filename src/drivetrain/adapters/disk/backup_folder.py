"""A folder of backups: each appears under its name when it is whole, and what a killed one left is removed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from drivetrain.adapters.disk.errors import keeping
from drivetrain.core.errors import ConflictError
from drivetrain.core.files import UNFINISHED, open_private, sync, sync_tree
from drivetrain.core.locks import try_lock

_NAME = "drivetrain-%Y%m%dT%H%M%S.%fZ"
_IS_NAME = re.compile(r"drivetrain-\d{8}T\d{6}\.\d{6}Z")
_LOCK = ".backup.lock"


def backup_name(begun_at: datetime) -> str:
    """The name of a backup; names sort as their instants do."""
    return begun_at.astimezone(UTC).strftime(_NAME)


def backups_in(folder: Path) -> list[Path]:
    """The whole backups of a folder, newest first.

    Raises:
        UnavailableError: the folder cannot be read.
    """
    with keeping(folder):
        if not folder.is_dir():
            return []
        return sorted((entry for entry in folder.iterdir() if _IS_NAME.fullmatch(entry.name)), reverse=True)


@contextmanager
def new_backup(folder: Path, name: str) -> Iterator[Path]:
    """Give an empty folder to fill, which appears as ``folder/name``, durable, if the block ends without an error.

    Raises:
        ConflictError: ``backup.in_progress``; another process makes one in the same folder.
        StorageFullError: the disk is full; nothing is left of it.
        UnavailableError: the folder cannot be used.
    """
    with keeping(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open_private(folder / _LOCK) as lock:
            if not try_lock(lock):
                raise ConflictError(
                    f"Another backup is being made in {folder}; wait for its end.", code="backup.in_progress"
                )
            _remove_unfinished(folder)
            unfinished = folder / f".{name}{UNFINISHED}"
            try:
                unfinished.mkdir(mode=0o700)
                yield unfinished
                sync_tree(unfinished)
                unfinished.rename(folder / name)
                sync(folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)  # it has its name when all went well


def remove_backup(backup: Path) -> None:
    """Remove a backup; it loses its name first, so that half of one is never taken for one.

    Raises:
        UnavailableError: it cannot be removed.
    """
    with keeping(backup.parent):
        unfinished = backup.with_name(f".{backup.name}{UNFINISHED}")
        backup.rename(unfinished)
        shutil.rmtree(unfinished)


def _remove_unfinished(folder: Path) -> None:
    for entry in folder.glob(f".drivetrain-*{UNFINISHED}"):
        shutil.rmtree(entry, ignore_errors=True)
