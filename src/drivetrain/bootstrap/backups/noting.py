"""Where the last good backup is noted. Light: every worker imports it."""

from __future__ import annotations

from datetime import timedelta

from drivetrain.adapters.disk.backup_note import BackupNote
from drivetrain.bootstrap.home import Home
from drivetrain.core.time import Clock, SystemClock
from drivetrain.settings import Settings


def backup_note(settings: Settings, home: Home, clock: Clock | None = None) -> BackupNote:
    """Where the last good backup is noted."""
    return BackupNote(
        home.last_backup, clock or SystemClock(), timedelta(hours=settings.backup_longest_age_h)
    )
