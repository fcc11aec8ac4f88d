"""What became of the last build of the web app: a note that the build keeps and the API reads."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drivetrain.core.locks import try_share

Failure = Literal["npm_unreachable", "node_missing", "failed"]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The note of one place in which builds appear, and the lock that a build holds while it goes on.

    Attributes:
        folder: need not exist.
    """

    folder: Path

    @property
    def lock_file(self) -> Path:
        """Locked while a build goes on; it stays."""
        return self.folder / "build.lock"

    @property
    def _file(self) -> Path:
        return self.folder / "build-failure.json"

    def is_building(self) -> bool:
        """Whether a build goes on now."""
        try:
            lock = os.open(self.lock_file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            return not try_share(lock)
        finally:
            os.close(lock)

    def failure(self) -> Failure | None:
        """Why the last build failed; None where it did not, or there was none."""
        try:
            failure: Failure = json.loads(self._file.read_text(encoding="utf-8"))["failure"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return failure

    def write(self, failure: Failure) -> None:
        """Keep why a build failed. A disk that is full costs the note and nothing else."""
        with suppress(OSError):
            self._file.write_text(json.dumps({"failure": failure}), encoding="utf-8")

    def clear(self) -> None:
        """The last build did not fail."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
