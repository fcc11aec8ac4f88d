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
        uploads: folder in which uploaded tables wait.
        table_rows: most rows of a table.
        parse_timeout_s: time a table may take to parse, seconds.
    """

    engine: Any
    tables: DatasetReader
    quarantine: Path
    uploads: Path
    table_rows: int
    parse_timeout_s: float
    clock: Clock


Job = Callable[[JobPorts, Sequence[str]], None]
"""Does the work; its arguments are text, as they come over a command line."""


class JobStarter(Protocol):
    """Has jobs done beside a serving process, each as a background task in a child."""

    def start(
        self, job: str, *arguments: str, connection: Any | None = None, actor: str = "platform"
    ) -> None:
        """Have a job of the platform's products done, and return at once.

        Args:
            connection: of SQLAlchemy, in a transaction: the job is done if that commits. None for at once.
            actor: who asked for it.

        Raises:
            TooManyRequestsError: as many of these jobs wait as may.
            UnavailableError: the database cannot be reached.
        """
        ...
