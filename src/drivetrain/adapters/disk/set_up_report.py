"""How far a set-up is: a note that one process keeps and others read, gone when there is nothing left to do."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from drivetrain.core.health import Condition


@dataclass(frozen=True, slots=True)
class SetUpState:
    """What is being done now.

    Attributes:
        stage: as the start of a sentence: ``Training models``.
        done: of ``total`` things, how many are finished; both 0 where they are not counted.
    """

    stage: str
    done: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        """One sentence for people."""
        return f"{self.stage}: {self.done} of {self.total} done." if self.total else f"{self.stage}."


class SetUpReport:
    """The note, in a file of the home. A disk that is full costs the note and nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, state: SetUpState) -> None:
        """Replace what it says."""
        unfinished = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            unfinished.write_text(json.dumps(asdict(state)), encoding="utf-8")
            unfinished.replace(self._path)

    def clear(self) -> None:
        """Nothing is left to do."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def read(self) -> SetUpState | None:
        """What is being done; None where nothing is."""
        try:
            return SetUpState(**json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def conditions(self) -> list[Condition]:
        """The set-up as one more part of the platform's health, for as long as it goes on."""
        state = self.read()
        return [] if state is None else [Condition("set-up", "degraded", state.text)]
