"""The scheduled scoring of one installation: its use cases wired on the database, for commands and for the scorer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import Engine

from drivetrain.adapters.disk.secrets import secret
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.bootstrap.installation import Home, database, home_of
from drivetrain.bootstrap.rides import installed_rides, replayed_rides
from drivetrain.core.progress import Progress
from drivetrain.core.time import SystemClock, iso_utc
from drivetrain.lifecycle.releasing.registry import ModelVersion
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.products import model_named
from drivetrain.settings import Settings
from drivetrain.trips.duration.application.ports import RideModel
from drivetrain.trips.duration.model.contract import MODEL_NAME
from drivetrain.trips.outcomes.adapters.slot_outcomes import PostgresSlotOutcomes
from drivetrain.trips.outcomes.adapters.store import PostgresOutcomeStore
from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes
from drivetrain.trips.outcomes.application.report_slot_outcomes import ReportSlotOutcomes
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.slots.adapters.answers import proof_answer, slot_answer
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.backfill_slots import BackfillSlots
from drivetrain.trips.slots.application.models import CatalogPastModels
from drivetrain.trips.slots.application.ports import PastModels
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.application.run_due_slots import RunDueSlots, SlotRun
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.domain.slots import SlotGrid

_POOL = 4
"""Connections: the writing one, its heartbeat, and room for a second run beside it."""

_log = structlog.get_logger("drivetrain.scorer")


@dataclass(frozen=True, slots=True)
class ScoringDesk:
    """Everything that can be done with slots."""

    ledger: PostgresSlotWriter
    book: PostgresSlotReader
    grid: SlotGrid
    due: RunDueSlots
    backfill: BackfillSlots
    outcomes: ReportSlotOutcomes

    def score_one(self, slot_at: datetime) -> SlotsScored:
        """Score the slot that begins at an instant."""
        return _told([self.backfill.one(slot_at)])

    def score_window(self, begin: datetime, end: datetime, progress: Progress) -> SlotsScored:
        """Score every slot that begins in ``[begin, end)``."""
        return _told(self.backfill.window(begin, end, progress))

    def score_due(self) -> SlotsScored:
        """Score what the schedule owes."""
        return _told(self.due())


@dataclass(frozen=True, slots=True)
class SlotsScored:
    """What became of slots, in the words of the API.

    Attributes:
        failed: begin, code and detail of each slot that could not be scored.
    """

    slots: Sequence[Mapping[str, Any]]
    failed: Sequence[Mapping[str, Any]]

    @property
    def nothing_to_do(self) -> bool:
        """True when nothing was scored and nothing failed."""
        return not self.slots and not self.failed


def open_scoring(
    settings: Settings,
    url: str,
    home: Home,
    *,
    source: RideSource | None = None,
    models: PastModels | None = None,
) -> ScoringDesk:
    """Wire the use cases on a migrated database.

    Args:
        source: the installation's own when None.
        models: those of the catalog when None.

    Raises:
        InvalidInputError: slots of this length do not divide an hour, or the day cannot be replayed.
        UnavailableError: the home cannot be written to.
    """
    engine = open_engine(url, pool_size=_POOL)
    ledger, book, grid = (
        PostgresSlotWriter(engine),
        PostgresSlotReader(engine),
        SlotGrid(settings.trips_every_min),
    )
    source = ride_source(settings, home) if source is None else source
    score = ScoreSlot(
        ledger,
        source,
        catalog_models(PostgresModelCatalog(engine, SystemClock()), home) if models is None else models,
    )
    return ScoringDesk(
        ledger=ledger,
        book=book,
        grid=grid,
        due=RunDueSlots(score, ledger, grid, timedelta(minutes=settings.trips_catch_up_min)),
        backfill=BackfillSlots(score, ledger, grid),
        outcomes=slot_outcomes(engine, source, by="scorer"),
    )


def slot_outcomes(engine: Engine, source: RideSource, *, by: str) -> ReportSlotOutcomes:
    """Wire the reports of how long scored rides took."""
    record = RecordOutcomes(PostgresOutcomeStore(engine), SystemClock())
    return ReportSlotOutcomes(PostgresSlotReader(engine), PostgresSlotOutcomes(engine), source, record, by)


@contextmanager
def scoring_desk(settings: Settings) -> Iterator[ScoringDesk]:
    """The desk, on the running platform's database or one started for as long as the block runs."""
    home = home_of(settings)
    with database(settings, home) as url:
        yield open_scoring(settings, url, home)


def proof_of(settings: Settings, begin: datetime, end: datetime) -> Mapping[str, Any]:
    """The proof of a window in the words of the API; neither model nor source is needed."""
    with database(settings, home_of(settings)) as url:
        book = PostgresSlotReader(open_engine(url, pool_size=1))
        return proof_answer(ReconcileWindow(book, SlotGrid(settings.trips_every_min))(begin, end))


def score_due(desk: ScoringDesk, stop: Callable[[], bool], told: Callable[[SlotRun, float], None]) -> int:
    """Score what is due, a log line for each slot.

    Args:
        told: of each slot, and the seconds it took.

    Returns:
        How many slots were scored.
    """
    scored, started = 0, time.perf_counter()
    for run in desk.due(stop):
        took_s = time.perf_counter() - started
        log_slot(run, took_s)
        told(run, took_s)
        scored += run.record is not None
        started = time.perf_counter()
    return scored


def score_due_once(settings: Settings) -> int:
    """Score what is due in a process of its own, which a Prefect server has started."""
    configure_logs(settings.log_level, process="scorer-flow", file=settings.log_file)
    with scoring_desk(settings) as desk:
        return score_due(desk, lambda: False, lambda *_: None)


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


def _told(runs: Iterable[SlotRun]) -> SlotsScored:
    slots, failed = [], []
    for run in runs:
        if run.record is not None:
            slots.append(slot_answer(run.record))
        elif run.error is not None:
            failed.append(
                {"slot_at": iso_utc(run.slot.slot_at), "code": run.error.code, "detail": run.error.detail}
            )
    return SlotsScored(slots, failed)


def ride_source(settings: Settings, home: Home) -> RideSource:
    """The installation's own source: the day to be replayed, or ``trips_rate`` times the demand that ``home`` has learned.

    Raises:
        InvalidInputError: the day cannot be replayed.
        UnavailableError: the home cannot be written to.
    """
    if settings.trips_day is not None:
        return replayed_rides(settings.trips_day)
    return installed_rides(home, rate=settings.trips_rate, seed=secret(home.folder, "rides"))


def catalog_models(catalog: PostgresModelCatalog, home: Home) -> CatalogPastModels:
    """The versions of the catalog, with the files of a home."""

    def open_model(version: ModelVersion) -> RideModel:
        files = home.open_version(version)
        return cast(RideModel, model_named(MODEL_NAME).load(files, ModelRef(version.model, version.version)))

    return CatalogPastModels(MODEL_NAME, catalog, open_model)
