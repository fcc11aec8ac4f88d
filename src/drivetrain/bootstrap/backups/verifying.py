"""Verifying a backup: every file against its manifest, and the log or the dump of the database by PostgreSQL's programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.adapters.disk.backup_manifest import MANIFEST, damages, read_manifest
from drivetrain.adapters.embedded.base_backup import verify_log
from drivetrain.adapters.embedded.dump import verify_dump
from drivetrain.bootstrap.backups.layout import BackupLayout
from drivetrain.core.backups import BackupManifest, Damage
from drivetrain.core.errors import UnavailableError
from drivetrain.core.progress import Progress


@dataclass(frozen=True, slots=True)
class BackupVerified:
    """What was found.

    Attributes:
        manifest: None where it is damaged itself; then nothing else was looked at.
    """

    folder: Path
    manifest: BackupManifest | None
    damages: Sequence[Damage]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damages

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "folder": str(self.folder),
            "is_whole": self.is_whole,
            "files": None if self.manifest is None else len(self.manifest.files),
            "damages": [damage.as_dict() for damage in self.damages],
        }


def verify_backup(folder: Path, progress: Progress) -> BackupVerified:
    """Look at every byte of a backup; nothing is changed.

    Raises:
        NotFoundError: the folder is no backup.
        UnavailableError: ``backup.other_format``.
    """
    try:
        manifest = read_manifest(folder)
    except UnavailableError as error:
        if error.code != "backup.damaged":
            raise
        return BackupVerified(folder, None, [Damage(MANIFEST, "or its digest has another content")])
    found = list(damages(folder, manifest, progress)) or _damage_of_database(folder, manifest, progress)
    return BackupVerified(folder, manifest, found)


def whole_manifest(folder: Path, progress: Progress) -> BackupManifest:
    """The manifest of a backup that is whole.

    Raises:
        NotFoundError: the folder is no backup.
        UnavailableError: ``backup.damaged``.
    """
    verified = verify_backup(folder, progress)
    if verified.manifest is None or not verified.is_whole:
        first = verified.damages[0]
        raise UnavailableError(
            f"{folder} is damaged: {first.path} {first.what}; {len(verified.damages)} in all. Restore another backup.",
            code="backup.damaged",
        )
    return verified.manifest


def _damage_of_database(folder: Path, manifest: BackupManifest, progress: Progress) -> list[Damage]:
    layout = BackupLayout(folder)
    with progress.stage("verifying the database", total=1, unit=""):
        try:
            if manifest.database == "dump":
                verify_dump(layout.dump)
            else:
                verify_log(layout.base_backup)
        except UnavailableError as error:
            name = layout.dump.name if manifest.database == "dump" else layout.base_backup.name
            return [Damage(name, error.detail)]
    return []
