"""Run an analysis that was asked for, and keep what it came to: a result, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from drivetrain.core.errors import DrivetrainError, FieldError, UnavailableError
from drivetrain.core.heartbeat import Heartbeat
from drivetrain.core.progress import Stage
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.core.time import Clock
from drivetrain.rental.buffer.application.analyze_buffer import DEFAULT_RESAMPLING, AnalyzeBuffer
from drivetrain.rental.buffer.application.jobs import READING
from drivetrain.rental.buffer.application.ports import AnalysisRequest, AnalysisStore, RentalCells
from drivetrain.rental.buffer.domain.chains import Cells
from drivetrain.rental.buffer.model.chains.dataset import is_marked_synthetic

HEARTBEAT_S = 10.0


@dataclass(frozen=True, slots=True)
class RunAnalysis:
    """Reads, analyzes and stores, one stage after another, each of them visible while it runs.

    Raises:
        UnavailableError: the store cannot be reached.
    """

    store: AnalysisStore
    clock: Clock
    resampling: ClusterBootstrap = DEFAULT_RESAMPLING

    def __call__(
        self,
        request: AnalysisRequest,
        read_cells: Callable[[], RentalCells],
        quarantine_rows: Callable[[Cells, Sequence[FieldError]], None],
    ) -> None:
        """Analyze a table that was asked for; a table that cannot be used is a result too.

        Args:
            read_cells: the cells of the table; an upload's sheet becomes part of its source.
            quarantine_rows: keeps the refused rows for a person to look at.
        """
        progress = StoredProgress(self.store, request.analysis_id, self.clock)
        try:
            with progress.beating():
                with progress.stage(READING, total=1, unit="table"):
                    table = read_cells()
                cells, source = table.cells, request.source
                if table.sheet is not None and not request.is_standing:
                    source = f"{source}, sheet {table.sheet!r}"
                is_synthetic = request.is_synthetic or is_marked_synthetic(cells)
                analysis = AnalyzeBuffer(progress, self.resampling)(
                    cells, source=source, sha256=request.sha256, is_synthetic=is_synthetic
                )
                quarantine_rows(cells, analysis.refused)
                packed = analysis.working.pack()
            self.store.finish(request.analysis_id, analysis.record, packed, self.clock.now())
        except DrivetrainError as error:
            self.store.fail(request.analysis_id, error, self.clock.now())


class StoredProgress:
    """Progress that others can read: each stage is stored when it begins, and a heartbeat in between."""

    def __init__(self, store: AnalysisStore, analysis_id: str, clock: Clock) -> None:
        self._store = store
        self._analysis_id = analysis_id
        self._clock = clock
        self._stage = ""
        self._done = 0

    @contextmanager
    def stage(self, name: str, *, total: int, unit: str) -> Iterator[Stage]:
        """Open a stage; what happens inside it is not stored."""
        self._stage = name
        self.beat()
        yield _Unseen()
        self._done += 1

    def beat(self) -> None:
        """Store how far the work is, and that it still goes on."""
        self._store.advance(self._analysis_id, stage=self._stage, done=self._done, instant=self._clock.now())

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat in the background for as long as the block runs."""

        def beat() -> bool:
            with suppress(UnavailableError):  # the next beat may be heard again
                self.beat()
            return True

        with Heartbeat("heartbeat", beat, HEARTBEAT_S):
            yield


class _Unseen:
    def advance(self, count: int = 1) -> None:
        """Steps inside a stage are too short to be stored."""
