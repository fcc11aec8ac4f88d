"""What the use cases of the buffer ask of the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from drivetrain.core.errors import DrivetrainError
from drivetrain.rental.buffer.application.records import AnalysisRecord, FailureRecord
from drivetrain.rental.buffer.domain.chains import Cells
from drivetrain.rental.buffer.domain.policy import BufferPolicy

if TYPE_CHECKING:  # imports SciPy
    from drivetrain.rental.buffer.domain.working import Working


class AnalysisStatus(StrEnum):
    """How far an analysis is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RentalCells:
    """The cells of a table of rentals.

    Attributes:
        cells: column by column.
        sheet: name of the sheet of a spreadsheet that they stood in; None for a file without sheets.
    """

    cells: Cells
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """An analysis that somebody asked for.

    Attributes:
        source: what is analyzed, in words.
        sha256: of the file.
        is_standing: True for the analysis of the installation's own table, False for an upload.
    """

    analysis_id: str
    created_at: datetime
    created_by: str
    source: str
    sha256: str
    is_synthetic: bool
    is_standing: bool


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis as it stands now.

    Attributes:
        done, total: stages that are over, of how many.
        heartbeat_at: when its process was last heard of.
        error: of a failed one; None otherwise.
        record: the result; None before it is done.
    """

    request: AnalysisRequest
    status: AnalysisStatus
    stage: str
    done: int
    total: int
    heartbeat_at: datetime
    finished_at: datetime | None
    error: FailureRecord | None
    record: AnalysisRecord | None


class AnalysisStore(Protocol):
    """Where analyses are kept. Every method raises UnavailableError while it cannot be reached."""

    def add(
        self,
        request: AnalysisRequest,
        *,
        method: int,
        total: int,
        also: Callable[[Any], None] = lambda _: None,
    ) -> None:
        """Store a new request, queued.

        Args:
            also: called with the connection, in the same transaction.
        """
        ...

    def get(self, analysis_id: str) -> StoredAnalysis:
        """One analysis.

        Raises:
            NotFoundError: there is none of this id.
        """
        ...

    def newest_standing(self, sha256: str, *, method: int) -> StoredAnalysis | None:
        """The newest analysis of a table of the installation, finished or not; of two, the one that is done."""
        ...

    def working(self, analysis_id: str) -> bytes:
        """The arrays of a finished analysis, as ``Working.pack`` wrote them.

        Raises:
            NotFoundError: there is no finished analysis of this id.
        """
        ...

    def advance(self, analysis_id: str, *, stage: str, done: int, instant: datetime) -> None:
        """Note that an analysis is running, and how far it is."""
        ...

    def finish(self, analysis_id: str, record: AnalysisRecord, working: bytes, finished_at: datetime) -> None:
        """Store the result."""
        ...

    def fail(self, analysis_id: str, error: DrivetrainError, failed_at: datetime) -> None:
        """Store why there is no result."""
        ...


@dataclass(frozen=True, slots=True)
class FinishedAnalysis:
    """A finished analysis, ready for questions."""

    analysis_id: str
    record: AnalysisRecord


class Analyses(Protocol):
    """Finished analyses to ask questions of."""

    def __call__(self, analysis_id: str | None = None) -> FinishedAnalysis:
        """The one of this id; without one, that of the current table.

        Raises:
            NotFoundError: no such analysis, or no table.
            UnavailableError: it is not finished yet.
            ConflictError: it failed.
        """
        ...

    def working(self, analysis: FinishedAnalysis) -> Working:
        """Its arrays."""
        ...


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy version, when it was saved, and the analysis whose figures it promises; None without one."""

    policy: BufferPolicy
    created_at: datetime
    analysis_id: str | None


class PolicyStore(Protocol):
    """Where the versions of the policy are kept.

    Every method raises UnavailableError while it cannot be reached.
    """

    def add(self, stored: StoredPolicy) -> None:
        """Store a new version.

        Raises:
            ConflictError: the version exists.
        """
        ...

    def all(self) -> Sequence[StoredPolicy]:
        """Every version, newest first."""
        ...
