"""The scheduled scoring of one installation: its use cases wired on the database, for commands and for the scorer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from drivetrain.core.progress import Progress
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.releasing.registry import ModelCatalog, ModelVersion
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.duration.application.ports import RideModel
from drivetrain.trips.duration.model.contract import MODEL_NAME
from drivetrain.trips.duration.model.predictor import load
from drivetrain.trips.rides.adapters.sources import ride_source
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.slots.adapters.answers import proof_answer, slot_answer
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.settings import SlotSettings
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.backfill_slots import BackfillSlots
from drivetrain.trips.slots.application.models import CatalogPastModels
from drivetrain.trips.slots.application.ports import PastModels
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.application.run_due_slots import RunDueSlots, SlotRun
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.domain.slots import Agenda, SlotGrid

POOL = 4
"""Connections: the writing one, its heartbeat, and room for a second run beside it."""

_log = structlog.get_logger("drivetrain.scorer")


@dataclass(frozen=True, slots=True)
class SlotScoring:
    """Everything that can be done with slots."""

    ledger: PostgresSlotWriter
    reader: PostgresSlotReader
    grid: SlotGrid
    due: RunDueSlots
    backfill: BackfillSlots

    def score_one(self, slot_at: datetime) -> ScoringReport:
        """Score the slot that begins at an instant."""
        return _report_of([self.backfill.one(slot_at)])

    def score_window(self, begin: datetime, end: datetime, progress: Progress) -> ScoringReport:
        """Score every slot that begins in ``[begin, end)``."""
        return _report_of(self.backfill.window(begin, end, progress))

    def score_due(self) -> ScoringReport:
        """Score all slots that are due."""
        return _report_of(self.due())


@dataclass(frozen=True, slots=True)
class ScoringReport:
    """What became of slots, in the words of the API.

    Attributes:
        failed: begin, code and detail of each slot that could not be scored.
    """

    slots: Sequence[Mapping[str, object]]
    failed: Sequence[Mapping[str, object]]

    @property
    def nothing_to_do(self) -> bool:
        """True when nothing was scored and nothing failed."""
        return not self.slots and not self.failed


def open_scoring(
    engine: Engine, settings: SlotSettings, source: RideSource, models: PastModels
) -> SlotScoring:
    """Wire the use cases on a migrated database.

    Raises:
        InvalidInputError: slots of this length do not divide an hour.
    """
    ledger, reader, grid = (
        PostgresSlotWriter(engine),
        PostgresSlotReader(engine),
        SlotGrid(settings.every_min),
    )
    score = ScoreSlot(ledger, source, models)
    return SlotScoring(
        ledger=ledger,
        reader=reader,
        grid=grid,
        due=RunDueSlots(score, ledger, grid, timedelta(minutes=settings.catch_up_min)),
        backfill=BackfillSlots(score, ledger, grid),
    )


@contextmanager
def installed_scoring(installation: Installation) -> Iterator[SlotScoring]:
    """The scoring of an installation, on its database.

    Raises:
        InvalidInputError: the day cannot be replayed.
        UnavailableError: the home cannot be written to, or the database cannot be reached.
    """
    with installation.database(pool_size=POOL) as database:
        source, models = ride_source(installation), live_models(installation, database.catalog)
        yield open_scoring(database.engine, installation.settings(SlotSettings), source, models)


def proof_of(installation: Installation, begin: datetime, end: datetime) -> Mapping[str, object]:
    """The proof of a window in the words of the API; neither model nor source is needed."""
    grid = SlotGrid(installation.settings(SlotSettings).every_min)
    with installation.database(pool_size=1) as database:
        return proof_answer(ReconcileWindow(PostgresSlotReader(database.engine), grid)(begin, end))


def score_due(
    scoring: SlotScoring,
    stop: Callable[[], bool] = lambda: False,
    on_slot: Callable[[SlotRun, float], None] = lambda *_: None,
    todo: Agenda | None = None,
) -> int:
    """Score what is due, a log line for each slot.

    Args:
        on_slot: called with each slot, and the seconds it took.
        todo: what is due, read just before; read now when None.

    Returns:
        How many slots were scored.
    """
    scored, started = 0, time.perf_counter()
    for run in scoring.due(stop, todo):
        took_s = time.perf_counter() - started
        log_slot(run, took_s)
        on_slot(run, took_s)
        scored += run.record is not None
        started = time.perf_counter()
    return scored


def log_slot(run: SlotRun, took_s: float) -> None:
    """One line for each slot, scored or not."""
    slot_at = iso_utc(run.slot.slot_at)
    if run.error is not None:
        _log.warning("slot not scored", slot_at=slot_at, code=run.error.code, why=run.error.detail)
    elif run.record is not None and run.record.done_at is not None:
        _log.info(
            "slot scored",
            slot_at=slot_at,
            state=run.record.state,
            rows=run.record.rows,
            version=run.record.model_version,
            delay_s=round((run.record.done_at - run.slot.due_at).total_seconds(), 1),
            took_ms=round(took_s * 1000),
        )


def _report_of(runs: Iterable[SlotRun]) -> ScoringReport:
    slots, failed = [], []
    for run in runs:
        if run.record is not None:
            slots.append(slot_answer(run.record))
        elif run.error is not None:
            failed.append(
                {"slot_at": iso_utc(run.slot.slot_at), "code": run.error.code, "detail": run.error.detail}
            )
    return ScoringReport(slots, failed)


def live_models(installation: Installation, catalog: ModelCatalog) -> CatalogPastModels:
    """The versions of the catalog, with the files of the installation."""

    def open_model(version: ModelVersion) -> RideModel:
        return load(installation.files_of(version), ModelRef(version.model, version.version))

    return CatalogPastModels(MODEL_NAME, catalog, open_model)
