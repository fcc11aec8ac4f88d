"""Find the analysis that a question is about: the one named, or that of the installation's current table."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from drivetrain.core.errors import ConflictError, DrivetrainError, TooManyRequestsError, UnavailableError
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.jobs import DatasetReader, JobStarter
from drivetrain.rental.buffer.application.jobs import ANALYZE_CURRENT
from drivetrain.rental.buffer.application.ports import (
    AnalysisStatus,
    AnalysisStore,
    FinishedAnalysis,
    StoredAnalysis,
)
from drivetrain.rental.buffer.application.records import METHOD, failure_record
from drivetrain.rental.buffer.model.chains.dataset import DATASET_NAME

if TYPE_CHECKING:
    from drivetrain.rental.buffer.domain.working import Working

STALE_AFTER = timedelta(seconds=60)
"""An unfinished analysis that was not heard of for so long has lost its process."""

_TABLE_LOOK_S = 1.0
_RETRY_AFTER_S = 3
_RECORDS_KEPT = 4  # about 10 MB each once decoded
_WORKINGS_KEPT = 2  # about 30 MB each

T = TypeVar("T")


@dataclass(slots=True)
class _Recent(Generic[T]):
    """The values asked for last, by key; made once each, however many threads ask."""

    most: int
    _values: OrderedDict[object, T] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: object, make: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._values:
                self._values[key] = make()
                while len(self._values) > self.most:
                    self._values.popitem(last=False)
            self._values.move_to_end(key)
            return self._values[key]


class FindAnalysis:
    """Finds finished analyses and keeps the last ones at hand.

    Blocking; safe to call from several threads.
    """

    def __init__(self, store: AnalysisStore, tables: DatasetReader, jobs: JobStarter, clock: Clock) -> None:
        self._store = store
        self._tables = tables
        self._jobs = jobs
        self._clock = clock
        self._records: _Recent[FinishedAnalysis] = _Recent(_RECORDS_KEPT)
        self._workings: _Recent[Working] = _Recent(_WORKINGS_KEPT)
        self._ids: dict[str, str] = {}
        self._table: tuple[float, str] = (float("-inf"), "")

    def __call__(self, analysis_id: str | None = None) -> FinishedAnalysis:
        """The finished analysis of this id; without one, that of the current table.

        Raises:
            NotFoundError: no such analysis, or no table.
            UnavailableError: it is not finished yet; where nobody works on the current table's, that is
                started.
            ConflictError: it failed.
        """
        chosen_id = self._standing_id() if analysis_id is None else analysis_id
        return self._records.get(chosen_id, lambda: self._finished(self.status(chosen_id)))

    def status(self, analysis_id: str) -> StoredAnalysis:
        """How an analysis stands; one whose process was lost counts as failed.

        Raises:
            NotFoundError: there is none of this id.
        """
        return self._with_abandonment(self._store.get(analysis_id))

    def working(self, analysis: FinishedAnalysis) -> Working:
        """The arrays of a finished analysis; the first look at one takes a tenth of a second."""
        from drivetrain.rental.buffer.domain.working import Working  # SciPy: only for those who ask

        return self._workings.get(
            analysis.analysis_id, lambda: Working.unpack(self._store.working(analysis.analysis_id))
        )

    def _standing_id(self) -> str:
        sha256 = self._current_table()
        if sha256 not in self._ids:
            self._ids[sha256] = self._finished_standing(sha256)
        return self._ids[sha256]

    def _current_table(self) -> str:
        """Checksum of the current table, looked up at most once a second."""
        looked_at, sha256 = self._table
        if time.monotonic() - looked_at > _TABLE_LOOK_S or not sha256:
            versions = self._tables.history(DATASET_NAME)
            # which says what to do
            sha256 = versions[0].digest if versions else self._tables.current(DATASET_NAME).digest
            self._table = (time.monotonic(), sha256)
        return sha256

    def _finished_standing(self, sha256: str) -> str:
        stored = self._store.newest_standing(sha256, method=METHOD)
        if stored is None or is_abandoned(stored, self._clock.now()):
            self._start()
            raise _not_ready("is being made")
        return self._finished(stored).analysis_id

    def _start(self) -> None:
        try:
            self._jobs.start(ANALYZE_CURRENT)
        except TooManyRequestsError:
            return  # it is probably this very job; the caller asks again in any case

    def _finished(self, stored: StoredAnalysis) -> FinishedAnalysis:
        if stored.error is not None:
            if stored.request.is_standing and not stored.error["is_final"]:
                raise _not_ready(f"failed ({stored.error['detail']}) and is tried again")
            raise ConflictError(
                f"The analysis of {stored.request.source} failed: {stored.error['detail']}",
                code="rental.analysis_failed",
            )
        if stored.record is None:
            raise _not_ready(
                f"is at stage {stored.done} of {stored.total} ({stored.stage or stored.status.value})"
            )
        return FinishedAnalysis(stored.request.analysis_id, stored.record)

    def _with_abandonment(self, stored: StoredAnalysis) -> StoredAnalysis:
        if stored.error is not None or not is_abandoned(stored, self._clock.now()):
            return stored
        return replace(stored, status=AnalysisStatus.FAILED, error=failure_record(abandoned_error()))


def is_abandoned(stored: StoredAnalysis, instant: datetime) -> bool:
    """True for an analysis that has no result, not by fault of its table, and was not heard of for a minute.

    An upload that waits for its turn is not heard of meanwhile, and not forgotten either.
    """
    if stored.status is AnalysisStatus.QUEUED and not stored.request.is_standing:
        return False
    return needs_run(stored) and instant - stored.heartbeat_at > STALE_AFTER


def needs_run(stored: StoredAnalysis) -> bool:
    """True for an analysis that has no result, where the table is not known to be at fault."""
    return stored.status is not AnalysisStatus.DONE and (stored.error is None or not stored.error["is_final"])


def abandoned_error() -> DrivetrainError:
    """The error of an analysis whose process ended before it was done."""
    return DrivetrainError(
        "Its process ended before it was done; send the table again.", code="rental.analysis_lost"
    )


def _not_ready(how_far: str) -> UnavailableError:
    return UnavailableError(
        f"The analysis {how_far}; ask again shortly.",
        code="rental.analysis_not_ready",
        retry_after_s=_RETRY_AFTER_S,
    )
