"""One installation as its products see it: its folders, tables, settings and database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from drivetrain.core.announcements import Announcements
from drivetrain.core.audit import AuditTrail
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.branches import Branches
from drivetrain.lifecycle.kit.car_values import CarValues
from drivetrain.lifecycle.kit.jobs import DatasetReader
from drivetrain.lifecycle.kit.personal_data import PersonalData
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.releasing.registry import ModelCatalog, ModelVersion
from drivetrain.lifecycle.serving.predictions import DecisionWriter

G = TypeVar("G")


@dataclass(frozen=True, slots=True)
class TableLimits:
    """How much a table that somebody gives may cost.

    Attributes:
        rows: most rows.
        parse_timeout_s: time it may take to parse, seconds.
    """

    rows: int
    parse_timeout_s: float


class RunningDecisionWriter(DecisionWriter, Protocol):
    """A decision log that writes between its start and its end, on one event loop."""

    async def start(self) -> None:
        """Begin to write."""
        ...

    async def close(self) -> None:
        """Write what waits, and let go of the database."""
        ...


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """A migrated database.

    Attributes:
        engine: for a product's own tables. Typed loosely because this layer knows no SQL library.
        log: not started yet.
        audit: for changes of a product's own tables.
    """

    url: str
    engine: Any
    catalog: ModelCatalog
    log: RunningDecisionWriter
    audit: AuditTrail


class Installation(Protocol):
    """What a command or a process of a product works on.

    Attributes:
        folder: the home, ``DRIVETRAIN_HOME``, absolute.
        quarantine: folder for rows that were set aside, with their reasons.
        uploads: folder in which uploaded tables wait for their job.
    """

    @property
    def folder(self) -> Path: ...  # noqa: D102

    @property
    def quarantine(self) -> Path: ...  # noqa: D102

    @property
    def uploads(self) -> Path: ...  # noqa: D102

    @property
    def address(self) -> str:
        """Where this machine's browsers reach the API, such as ``http://127.0.0.1:8000``."""
        ...

    @property
    def is_exposed(self) -> bool:
        """Whether the API listens for other machines than its own."""
        ...

    @property
    def tables(self) -> DatasetReader:
        """The tables of the home."""
        ...

    @property
    def limits(self) -> TableLimits:
        """How much a table may cost."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock to go by."""
        ...

    def settings(self, group: type[G]) -> G:
        """The settings of a group.

        Raises:
            InvalidInputError: a value cannot be used.
        """
        ...

    def database(self, *, pool_size: int = 2) -> AbstractContextManager[OpenDatabase]:
        """The database of the running platform, or one that is started for as long as the block runs.

        Raises:
            UnavailableError: it cannot be reached or started.
        """
        ...

    def derived_key(self, purpose: str) -> bytes:
        """A secret key of 32 bytes for one purpose, the same ever after; no two purposes have one key.

        Raises:
            UnavailableError: the installation's secret cannot be read or written.
        """
        ...

    def announcements(self) -> Announcements:
        """Where messages to people are written."""
        ...

    def car_values(self, database: OpenDatabase) -> CarValues:
        """What values cars on offer, whichever product does."""
        ...

    def personal_data(self) -> Sequence[PersonalData]:
        """What knows the rows of all products that belong to people."""
        ...

    def branches(self, engine: Any) -> Branches:
        """What knows the branches of companies, whichever product does."""
        ...

    def files_of(self, version: ModelVersion) -> Files:
        """The verified files of a model version.

        Raises:
            ArtifactRefusedError: they are not what was registered.
        """
        ...
