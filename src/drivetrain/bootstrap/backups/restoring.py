"""Restoring a backup into a home that does not exist yet."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from drivetrain.adapters.disk.errors import keeping
from drivetrain.adapters.disk.sealed_files import unseal
from drivetrain.adapters.embedded.base_backup import place_base_backup
from drivetrain.adapters.embedded.dump import load_dump
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database_state import DatabaseState, has_tables, read_database_state
from drivetrain.adapters.postgres.migrate import refuse_unknown
from drivetrain.bootstrap.backups.layout import SECRETS, BackupLayout
from drivetrain.bootstrap.backups.verifying import whole_manifest
from drivetrain.bootstrap.home import Home
from drivetrain.core.backups import BackupManifest
from drivetrain.core.errors import ConflictError, InvalidInputError, StorageFullError, UnavailableError
from drivetrain.core.files import UNFINISHED, sync, sync_tree, write_private
from drivetrain.core.progress import Progress
from drivetrain.products import MIGRATIONS
from drivetrain.settings import Settings

_ROOM_BYTES = 128 << 20
"""The log that the database writes at its first start."""


@dataclass(frozen=True, slots=True)
class BackupRestored:
    """A home that can be started.

    Attributes:
        kept_rows: rows counted in the restored database, by append-only table.
    """

    home: Path
    manifest: BackupManifest
    kept_rows: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "home": str(self.home),
            "release": self.manifest.release,
            "begun_at": self.manifest.begun_at.isoformat(),
            "secrets": self.manifest.secrets,
            "kept_rows": self.kept_rows,
        }


def restore_backup(
    settings: Settings,
    backup: Path,
    home: Path,
    passphrase: bytes | None,
    progress: Progress,
    *,
    without_secrets: bool = False,
) -> BackupRestored:
    """Verify a backup, make a home of it beside the one it is to become, start its database once, and rename it.

    A dump goes to the server of ``DRIVETRAIN_DATABASE_URL``, or to an embedded server of the new home without one.

    Args:
        home: missing, or an empty folder.
        without_secrets: whether secrets that are sealed are left out; they are then put there by hand.

    Raises:
        NotFoundError: the folder is no backup.
        InvalidInputError: the passphrase is missing or wrong, or the backup does not go to that server.
        ConflictError: the home, or the database, is not empty; the backup is of a newer release.
        StorageFullError: the disk is full.
        UnavailableError: the backup is damaged, or the database does not start on it.
    """
    backup, home = backup.expanduser().resolve(), home.expanduser().resolve()
    _refuse_used(home)
    manifest = whole_manifest(backup, progress)
    refuse_unknown(manifest.migrations, *MIGRATIONS)
    if manifest.secrets == "sealed" and passphrase is None and not without_secrets:
        raise InvalidInputError(
            "The secrets of this backup are sealed; give --passphrase-file, or --without-secrets to put them there yourself.",
            code="backup.passphrase",
        )
    layout = BackupLayout(backup)
    with _appearing_home(home, manifest) as unfinished:
        with progress.stage("copying the files", total=1, unit=""):
            shutil.copytree(layout.home, unfinished.folder, dirs_exist_ok=True)
        if manifest.secrets == "sealed" and passphrase is not None:
            _unseal(layout.sealed, passphrase, unfinished)
        state = _restore_database(settings, manifest, layout, unfinished, progress)
        _refuse_lost_rows(manifest, state)
    return BackupRestored(home, manifest, dict(state.kept_rows))


def _restore_database(
    settings: Settings, manifest: BackupManifest, layout: BackupLayout, home: Home, progress: Progress
) -> DatabaseState:
    if manifest.database == "dump" and settings.database_url is not None:
        return _loaded(layout, settings.database_url.get_secret_value(), progress)
    if settings.database_url is not None:
        raise InvalidInputError(
            "The backup is of the embedded server and cannot be loaded into another one; unset DRIVETRAIN_DATABASE_URL.",
            code="backup.embedded_only",
        )
    if manifest.database == "base backup":
        with progress.stage("copying the database", total=1, unit=""):
            place_base_backup(layout.base_backup, home.postgres)
    server = EmbeddedPostgres(home.postgres)
    try:
        with progress.stage("starting the database", total=1, unit=""):
            url = server.start()
        return (
            read_database_state(url) if manifest.database == "base backup" else _loaded(layout, url, progress)
        )
    finally:
        server.stop()


def _loaded(layout: BackupLayout, url: str, progress: Progress) -> DatabaseState:
    if has_tables(url):
        raise ConflictError(
            "The database of DRIVETRAIN_DATABASE_URL already holds an installation; name an empty one.",
            code="backup.database_not_empty",
        )
    with progress.stage("loading the database", total=1, unit=""):
        load_dump(layout.dump, url)
    return read_database_state(url)


def _refuse_lost_rows(manifest: BackupManifest, state: DatabaseState) -> None:
    for table, rows in manifest.kept_rows.items():
        if state.kept_rows.get(table, 0) < rows:
            raise UnavailableError(
                f"The restored table {table} has {state.kept_rows.get(table, 0):,} rows and had {rows:,} when the backup "
                "began; restore another backup.",
                code="backup.rows_lost",
            )


def _unseal(sealed: Path, passphrase: bytes, home: Home) -> None:
    for name, content in unseal(sealed, passphrase).items():
        path = PurePosixPath(name)
        if path.parts[:1][0] not in SECRETS or ".." in path.parts:
            raise UnavailableError(f"{sealed.name} holds {name}, which is no secret.", code="backup.damaged")
        write_private(home.folder / path, content)


def _refuse_used(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise ConflictError(
            f"{home} is not empty; restore into a new folder, and move it there once you have looked at it.",
            code="backup.home_not_empty",
        )


@contextmanager
def _appearing_home(home: Path, manifest: BackupManifest) -> Iterator[Home]:
    unfinished = home.with_name(f".{home.name}{UNFINISHED}")
    with keeping(home.parent):
        home.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(home.parent).free < manifest.size_bytes + _ROOM_BYTES:
            raise StorageFullError(
                f"The backup takes {manifest.size_bytes / 2**30:.1f} GiB, which {home.parent} does not have free; "
                "free some space or choose another folder."
            )
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir(mode=0o700)
            yield Home(unfinished)
            sync_tree(unfinished)
            unfinished.rename(home)
            sync(home.parent)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)  # it has its name when all went well
