"""The task that makes a backup by the clock, verifies it, and removes old ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drivetrain.adapters.disk.backup_folder import backups_in, remove_backup
from drivetrain.adapters.disk.errors import keeping
from drivetrain.bootstrap.backups.making import make_backup, passphrase_in
from drivetrain.bootstrap.backups.noting import backup_note
from drivetrain.bootstrap.backups.verifying import verify_backup
from drivetrain.bootstrap.home import existing_home
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.tasks import Arguments, TaskPorts
from drivetrain.settings import Settings


def keep_backups(ports: TaskPorts, _: Arguments, progress: Progress) -> dict[str, Any]:
    """Do it once.

    Raises:
        InvalidInputError: no folder is set, or the passphrase cannot be read.
        StorageFullError: the disk is full; older backups stay.
        UnavailableError: the backup could not be made, or is damaged; older backups stay.
    """
    settings = Settings()
    if settings.backup_folder is None:
        raise InvalidInputError(
            "Set DRIVETRAIN_BACKUP_FOLDER to the folder of backups.", code="backup.no_folder"
        )
    return make_and_keep(settings, settings.backup_folder, progress, ports.installation.clock)


def make_and_keep(settings: Settings, folder: Path, progress: Progress, clock: Clock) -> dict[str, Any]:
    """Make a backup, verify it, note it, and remove those that are too many: only then, so that one is always good.

    Raises:
        StorageFullError: the disk is full; older backups stay.
        UnavailableError: the backup could not be made, or is damaged; older backups stay.
    """
    file = settings.backup_passphrase_file
    made = make_backup(settings, folder, None if file is None else passphrase_in(file), progress, clock=clock)
    verified = verify_backup(made.folder, progress)
    if not verified.is_whole:
        remove_backup(made.folder)
        first = verified.damages[0]
        raise UnavailableError(
            f"The backup just made was damaged on its disk and is removed: {first.path} {first.what}. Check the disk of "
            f"{folder}.",
            code="backup.damaged",
        )
    home = existing_home(settings)
    with keeping(home.folder):
        backup_note(settings, home, clock).write(made.manifest.begun_at)
    old = backups_in(made.folder.parent)[settings.backup_keep :]
    for backup in old:
        remove_backup(backup)
    return {**made.as_dict(), "removed": [backup.name for backup in old]}
