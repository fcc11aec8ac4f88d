"""Making a backup, while the platform runs or is stopped."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.adapters.disk.backup_folder import backup_name, new_backup
from drivetrain.adapters.disk.backup_manifest import inventory, write_manifest
from drivetrain.adapters.disk.home_copy import copy_files, copy_settled, size_of_files
from drivetrain.adapters.disk.sealed_files import read_passphrase, seal
from drivetrain.adapters.embedded.base_backup import take_base_backup
from drivetrain.adapters.embedded.dump import dump_database
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database_state import (
    DatabaseState,
    exported_snapshot,
    read_database_state,
)
from drivetrain.bootstrap.backups.layout import LEFT_OUT, SECRETS, BackupLayout
from drivetrain.bootstrap.home import Home, existing_home
from drivetrain.bootstrap.installation import database
from drivetrain.bootstrap.release import release
from drivetrain.core.backups import BackupManifest, DatabaseKind
from drivetrain.core.errors import InvalidInputError, StorageFullError
from drivetrain.core.progress import Progress
from drivetrain.core.time import Clock, SystemClock
from drivetrain.settings import Settings

_ROOM_BYTES = 256 << 20
"""What a backup takes beside the database and the files: the log that is written meanwhile, the other databases."""


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup that is whole and on the disk."""

    folder: Path
    manifest: BackupManifest

    def as_dict(self) -> dict[str, Any]:
        """Plain values, without the list of files."""
        plain = self.manifest.as_dict()
        del plain["files"], plain["folders"]
        return {
            "folder": str(self.folder),
            "size_bytes": self.manifest.size_bytes,
            "files": len(self.manifest.files),
            **plain,
        }


def make_backup(
    settings: Settings,
    folder: Path,
    passphrase: bytes | None,
    progress: Progress,
    *,
    clock: Clock | None = None,
) -> BackupMade:
    """Make a backup in a new folder below ``folder``.

    Files are copied before the database, and after it those that are older than its copy. So every row finds the
    file that was written before it, no file is there that was made of later rows, and a decision that waited in the
    spool is in one of the two.

    Args:
        passphrase: what the secrets are sealed with; None to leave them out.

    Raises:
        InvalidInputError: ``backup.inside_home``.
        NotFoundError: there is no home, or no database yet.
        ConflictError: another backup is being made in the folder.
        StorageFullError: there is too little room; nothing is left of the backup.
        UnavailableError: the database cannot be reached or copied.
    """
    home, folder = existing_home(settings, with_database=True), folder.expanduser().resolve()
    if folder.is_relative_to(home.folder):
        raise InvalidInputError(
            f"{folder} is inside the home, which the backup is to survive; choose a folder on another disk.",
            code="backup.inside_home",
        )
    clock = clock or SystemClock()
    begun_at = clock.now()
    name = backup_name(begun_at)
    with database(settings, home, is_migrated=False) as url, new_backup(folder, name) as unfinished:
        layout = BackupLayout(unfinished)
        layout.home.mkdir(mode=0o700)
        with progress.stage("counting rows", total=1, unit=""):
            state = read_database_state(url)
        _refuse_full_disk(unfinished, home, state)
        copy_settled(home.folder, layout.home, leave_out=LEFT_OUT, progress=progress)
        with progress.stage("copying the database", total=1, unit=""):
            kind, until_s = _copy_database(home, url, layout, state)
        copy_files(home.folder, layout.home, leave_out=LEFT_OUT, progress=progress, until_s=until_s)
        if passphrase is not None:
            seal(dict(_secrets(home)), passphrase, layout.sealed)
        folders, files = inventory(unfinished, progress)
        manifest = BackupManifest(
            release=release(),
            begun_at=begun_at,
            ended_at=clock.now(),
            database=kind,
            server_version=state.server_version,
            migrations=state.migrations,
            kept_rows=state.kept_rows,
            secrets="left out" if passphrase is None else "sealed",
            folders=folders,
            files=files,
        )
        write_manifest(unfinished, manifest)
    return BackupMade(folder / name, manifest)


def passphrase_in(file: Path) -> bytes:
    """The passphrase that an operator keeps in a file.

    Raises:
        InvalidInputError: ``backup.passphrase``.
    """
    return read_passphrase(file.expanduser())


def _copy_database(
    home: Home, url: str, layout: BackupLayout, state: DatabaseState
) -> tuple[DatabaseKind, float]:
    """How it was copied, and of which instant the copy is, in seconds since 1970."""
    # a task of the platform is told the embedded server's URL as it would be told any other
    if url == EmbeddedPostgres(home.postgres).expected_url:
        take_base_backup(url, layout.base_backup)
        return "base backup", time.time()
    with exported_snapshot(url) as snapshot:
        until_s = time.time()
        dump_database(url, layout.dump, snapshot=snapshot, server_version=state.server_version)
    return "dump", until_s


def _secrets(home: Home) -> dict[str, bytes]:
    tops = [home.folder / name for name in SECRETS]
    files = [file for top in tops for file in (top, *top.rglob("*")) if file.is_file()]
    return {file.relative_to(home.folder).as_posix(): file.read_bytes() for file in files}


def _refuse_full_disk(folder: Path, home: Home, state: DatabaseState) -> None:
    needed = state.size_bytes + size_of_files(home.folder, leave_out=LEFT_OUT) + _ROOM_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StorageFullError(
            f"A backup takes up to {needed / 2**30:.1f} GiB and {folder.parent} has {free / 2**30:.1f} GiB free; "
            "free some space or choose another folder."
        )
