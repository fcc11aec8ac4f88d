"""How a process beside the workers is: a note in the home that it renews, and that the workers read."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from drivetrain.core.health import Condition

SILENT_AFTER_S = 30.0
"""A process that has not renewed its note for so long has ended or hangs."""


class ProcessReport:
    """The note of one process. A disk that is full costs the note and nothing else."""

    def __init__(self, folder: Path, name: str) -> None:
        """Nothing is written yet.

        Args:
            folder: ``run`` in the home; made if missing.
            name: of the process, and of its condition.
        """
        self._path = folder / f"{name}.json"
        self._name = name

    def write(self, why: str = "") -> None:
        """Renew it.

        Args:
            why: what does not work; empty where all is well.
        """
        unfinished = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished.write_text(json.dumps({"why": why}), encoding="utf-8")
            unfinished.replace(self._path)

    def condition(self) -> Condition:
        """What it says; degraded where it is missing or was not renewed."""
        try:
            age_s = time.time() - self._path.stat().st_mtime
            why = str(json.loads(self._path.read_text(encoding="utf-8"))["why"])
        except (OSError, ValueError, KeyError, TypeError):
            return Condition(self._name, "degraded", "Its process has not started yet.")
        if age_s > SILENT_AFTER_S:
            why = f"Its process was not heard of for {age_s:.0f} s."
        return Condition(self._name, "degraded" if why else "ok", why)
