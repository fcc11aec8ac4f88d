"""Twins of the buffer's ports, and a small analyzed table to ask questions of."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.fakes import FixedClock

from drivetrain.core.errors import ConflictError, DrivetrainError, NotFoundError, TooManyRequestsError
from drivetrain.core.progress import SilentProgress
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.rental.buffer.application.analyze_buffer import AnalyzeBuffer, BufferAnalysis
from drivetrain.rental.buffer.application.find_analysis import FindAnalysis
from drivetrain.rental.buffer.application.ports import (
    AnalysisRequest,
    AnalysisStatus,
    FinishedAnalysis,
    StoredAnalysis,
    StoredPolicy,
)
from drivetrain.rental.buffer.application.records import METHOD, AnalysisRecord, failure_record
from drivetrain.rental.buffer.domain.working import Working
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, Columns, generate

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
FEW = ClusterBootstrap(draws=40)
SHA = "a" * 64
OTHER_SHA = "b" * 64
HEADER = (
    "rental_id,car_id,checkin_type,state,delay_at_checkout_in_minutes,previous_ended_rental_id,"
    "time_delta_with_previous_rental_in_minutes"
)


class MemoryAnalysisStore:
    """Twin of ``PostgresAnalysisStore``."""

    def __init__(self) -> None:
        self.stored: dict[str, StoredAnalysis] = {}
        self.methods: dict[str, int] = {}
        self.arrays: dict[str, bytes] = {}
        self.stages: list[tuple[str, int]] = []

    def add(
        self,
        request: AnalysisRequest,
        *,
        method: int,
        total: int,
        also: Callable[[Any], None] = lambda _: None,
    ) -> None:
        also(None)
        self.stored[request.analysis_id] = StoredAnalysis(
            request, AnalysisStatus.QUEUED, "", 0, total, request.created_at, None, None, None
        )
        self.methods[request.analysis_id] = method

    def get(self, analysis_id: str) -> StoredAnalysis:
        if analysis_id not in self.stored:
            raise NotFoundError("There is no analysis of this id.", code="rental.analysis_not_found")
        return self.stored[analysis_id]

    def newest_standing(self, sha256: str, *, method: int) -> StoredAnalysis | None:
        mine = [
            each
            for key, each in self.stored.items()
            if each.request.is_standing and each.request.sha256 == sha256 and self.methods[key] == method
        ]
        return min(
            mine,
            key=lambda each: (each.status is not AnalysisStatus.DONE, -each.request.created_at.timestamp()),
            default=None,
        )

    def working(self, analysis_id: str) -> bytes:
        if analysis_id not in self.arrays:
            raise NotFoundError("There is no analysis of this id.", code="rental.analysis_not_found")
        return self.arrays[analysis_id]

    def advance(self, analysis_id: str, *, stage: str, done: int, instant: datetime) -> None:
        self.stages.append((stage, done))
        self._change(
            analysis_id,
            status=AnalysisStatus.RUNNING,
            stage=stage,
            done=done,
            heartbeat_at=instant,
            error=None,
            finished_at=None,
        )

    def finish(self, analysis_id: str, record: AnalysisRecord, working: bytes, finished_at: datetime) -> None:
        plain = json.loads(json.dumps(record))
        request = dataclasses.replace(
            self.stored[analysis_id].request, is_synthetic=record["table"]["is_synthetic"]
        )
        done = self.stored[analysis_id].total
        self.arrays[analysis_id] = working
        self._change(
            analysis_id,
            request=request,
            status=AnalysisStatus.DONE,
            stage="",
            done=done,
            heartbeat_at=finished_at,
            finished_at=finished_at,
            record=plain,
        )

    def fail(self, analysis_id: str, error: DrivetrainError, failed_at: datetime) -> None:
        why = failure_record(error)
        self._change(
            analysis_id,
            status=AnalysisStatus.FAILED,
            heartbeat_at=failed_at,
            finished_at=failed_at,
            error=why,
        )

    def _change(self, analysis_id: str, **values: object) -> None:
        self.stored[analysis_id] = dataclasses.replace(self.stored[analysis_id], **values)  # type: ignore[arg-type]


class MemoryPolicyStore:
    """Twin of ``PostgresPolicyStore``."""

    def __init__(self) -> None:
        self.stored: list[StoredPolicy] = []

    def add(self, stored: StoredPolicy) -> None:
        if any(each.policy.version == stored.policy.version for each in self.stored):
            raise ConflictError("The version exists.", code="rental.policy_changed")
        self.stored.append(stored)

    def all(self) -> Sequence[StoredPolicy]:
        return sorted(self.stored, key=lambda stored: -stored.policy.version)


class RecordedJobs:
    """Remembers what was started; refuses when it is busy."""

    def __init__(self, *, is_busy: bool = False) -> None:
        self.started: list[tuple[str, ...]] = []
        self.is_busy = is_busy

    def start(
        self, job: str, *arguments: str, connection: Any | None = None, actor: str = "platform"
    ) -> None:
        if self.is_busy:
            raise TooManyRequestsError("Another analysis is running here.")
        self.started.append((job, *arguments))


class OneTable:
    """A shelf with one table of rentals, or none."""

    def __init__(self, sha256: str | None = SHA) -> None:
        self.sha256 = sha256

    def current(self, name: str) -> DatasetReference:
        if self.sha256 is None:
            raise NotFoundError(f"There is no {name} table yet.", code="data.none_yet")
        return DatasetReference(
            name, self.sha256[:12], self.sha256, Path("table.csv"), "made up", "unstated", True
        )

    def history(self, name: str) -> Sequence[DatasetReference]:
        return () if self.sha256 is None else (self.current(name),)


class OneAnalysis:
    """The port ``Analyses`` with the small analysis under every id."""

    def __call__(self, analysis_id: str | None = None) -> FinishedAnalysis:
        return FinishedAnalysis(analysis_id or "current", small_analysis().record)

    def working(self, analysis: FinishedAnalysis) -> Working:
        return small_analysis().working


def request(analysis_id: str = "id-1", **changed: object) -> AnalysisRequest:
    """A request for a standing analysis of the current table."""
    plain: dict[str, object] = {
        "analysis_id": analysis_id,
        "created_at": NOW,
        "created_by": "platform",
        "source": "a table",
        "sha256": SHA,
        "is_synthetic": True,
        "is_standing": True,
    }
    return AnalysisRequest(**{**plain, **changed})  # type: ignore[arg-type]


def find_analysis(
    store: MemoryAnalysisStore | None = None,
    *,
    jobs: RecordedJobs | None = None,
    tables: OneTable | None = None,
) -> FindAnalysis:
    """Finds in memory, at a fixed time."""
    return FindAnalysis(
        store or MemoryAnalysisStore(), tables or OneTable(), jobs or RecordedJobs(), FixedClock(NOW)
    )


def finished_store(analysis_id: str = "id-1", **changed: object) -> MemoryAnalysisStore:
    """A store with the small analysis in it."""
    store = MemoryAnalysisStore()
    finish(store, analysis_id, **changed)
    return store


def finish(
    store: MemoryAnalysisStore, analysis_id: str, analysis: BufferAnalysis | None = None, **changed: object
) -> None:
    """Put a finished analysis into a store."""
    analysis = analysis or small_analysis()
    store.add(request(analysis_id, **changed), method=METHOD, total=7)
    store.finish(analysis_id, analysis.record, analysis.working.pack(), NOW)


@cache
def small_cells(n_cars: int = 1_500, seed: int = 3) -> Columns:
    """A generated table of known truth."""
    return generate(ChainTruth(), n_cars=n_cars, seed=seed)


@cache
def small_analysis(seed: int = 3) -> BufferAnalysis:
    """A whole analysis with few draws, made once."""
    analyze = AnalyzeBuffer(SilentProgress(), ClusterBootstrap(draws=40, seed=1))
    return analyze(small_cells(seed=seed), source="a made-up table", sha256=SHA, is_synthetic=True)
