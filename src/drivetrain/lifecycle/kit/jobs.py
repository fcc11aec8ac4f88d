"""Long work of a product in a process of its own: what such a process is given, and how one is started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.datasets import DatasetReference


class DatasetReader(Protocol):
    """The tables of an installation."""

    def current(self, name: str) -> DatasetReference:
        """The table added last, its bytes checked.

        Raises:
            NotFoundError: there is none yet.
            ConflictError: it was changed after it was kept.
        """
        ...

    def history(self, name: str) -> Sequence[DatasetReference]:
        """Every table added under the name, newest first; bytes are not checked."""
        ...


@dataclass(frozen=True, slots=True)
class JobPorts:
    """The ports of one job process.

    Attributes:
        engine: the database. Typed loosely because this layer knows no SQL library.
        quarantine: folder for rows that were set aside, with their reasons.
        table_rows: most rows of a table.
        parse_timeout_s: time a table may take to parse, seconds.
    """

    engine: Any
    tables: DatasetReader
    quarantine: Path
    table_rows: int
    parse_timeout_s: float
    clock: Clock


Job = Callable[[JobPorts, Sequence[str]], None]
"""Does the work; its arguments are text, as they come over a command line."""


class JobStarter(Protocol):
    """Starts jobs beside a serving process."""

    def start(self, job: str, *arguments: str) -> None:
        """Start a job of the platform's products and return at once.

        Raises:
            TooManyRequestsError: this process has as many jobs running as it may.
            UnavailableError: the process cannot be started.
        """
        ...
