"""The note of the last good backup: written by the task that makes them, read by whoever tells how old it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from drivetrain.core.files import write_private
from drivetrain.core.health import Condition
from drivetrain.core.time import Clock, iso_utc

_NAME = "backup"


@dataclass(frozen=True, slots=True)
class BackupNote:
    """The note in a file of the home, and how old a backup may become before that is shown."""

    path: Path
    clock: Clock
    longest_age: timedelta

    def write(self, begun_at: datetime) -> None:
        """Note a backup that was verified.

        Raises:
            OSError: the disk is full.
        """
        write_private(self.path, json.dumps({"begun_at": begun_at.isoformat()}).encode())

    def last_good_at(self) -> datetime | None:
        """When the last verified backup began; None where there is none."""
        try:
            return datetime.fromisoformat(json.loads(self.path.read_bytes())["begun_at"])
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def condition(self) -> Condition:
        """Degraded once the last good backup is too old, or while there is none."""
        begun_at = self.last_good_at()
        if begun_at is None:
            return Condition(_NAME, "degraded", "No backup was made and verified yet.")
        if self.clock.now() - begun_at > self.longest_age:
            return Condition(
                _NAME, "degraded", f"The last backup that was verified began at {iso_utc(begun_at)}."
            )
        return Condition(_NAME, "ok")
