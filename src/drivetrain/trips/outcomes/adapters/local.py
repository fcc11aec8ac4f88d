"""Outcomes and quality of trips from the command line, on the installation's database."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.bootstrap.installation import database, home_of
from drivetrain.bootstrap.scoring import ride_source, slot_outcomes
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.core.time import SystemClock, parse_optional_instant
from drivetrain.lifecycle.serving.batches import Mode
from drivetrain.settings import Settings
from drivetrain.trips.duration.model.contract import MODEL_NAME
from drivetrain.trips.outcomes.adapters.quality_report import report
from drivetrain.trips.outcomes.adapters.quality_schemas import quality_answer
from drivetrain.trips.outcomes.adapters.quality_store import PostgresQualityStore
from drivetrain.trips.outcomes.adapters.rows import TRIP_OUTCOMES, in_table, record_rows
from drivetrain.trips.outcomes.adapters.store import PostgresOutcomeStore
from drivetrain.trips.outcomes.application.read_quality import Quality, ReadQuality
from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes
from drivetrain.trips.outcomes.application.report_slot_outcomes import ReportedAs
from drivetrain.trips.outcomes.domain.quality import By

CALLER = "command line"


def record_file(settings: Settings, file: Path, *, mode: Mode, is_synthetic: bool) -> dict[str, Any]:
    """Record the outcomes of a table; what the API answers.

    Raises:
        InvalidInputError: there is no such file, or rows are wrong and the mode is atomic.
        UnreadableInputError: the file is not a table.
        ConflictError: other outcomes stand already, and the mode is atomic.
        UnavailableError: the database cannot be reached.
    """
    if not file.is_file():
        raise InvalidInputError(f"There is no file {file}.", code="input.no_file")
    limits = ParseLimits(rows=settings.file_rows, wall_s=settings.parse_timeout_s)
    with _engine(settings) as engine, tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        rows = LimitedTableReader(limits)(file, TRIP_OUTCOMES, Path(folder))
        done = record_rows(
            RecordOutcomes(PostgresOutcomeStore(engine), SystemClock()),
            rows,
            mode,
            in_table,
            subject="The table",
            by=CALLER,
            source="file",
            is_synthetic=is_synthetic,
        )
        return {
            "counts": done.counts,
            "failed_rows": done.failed_rows(),
            "ignored_columns": list(rows.ignored_columns),
        }


def record_slots(settings: Settings, begin: datetime, end: datetime, progress: Progress) -> dict[str, Any]:
    """Record how long the rides of scored slots took, where the source at hand knows.

    Returns:
        Slots by what became of them (``ReportedAs``), outcomes by theirs, and the sources that are not at
        hand.

    Raises:
        InvalidInputError: the window is empty or too long, or the day to be replayed cannot be read.
        UnavailableError: the database cannot be reached; what was recorded stays.
    """
    home = home_of(settings)
    with _engine(settings) as engine:
        source = ride_source(settings, home)
        slots: Counter[str] = Counter(dict.fromkeys(ReportedAs, 0))
        counts: Counter[str] = Counter()
        others: set[str] = set()
        for done in slot_outcomes(engine, source, by=CALLER).window(begin, end, progress):
            slots[done.reported_as] += 1
            counts.update(done.counts)
            if done.reported_as is ReportedAs.OTHER_SOURCE:
                others.add(done.source)
        return {
            "source": source.name,
            "is_synthetic": source.is_synthetic,
            "slots": dict(slots),
            "counts": dict(counts),
            "other_sources": sorted(others),
        }


def show_quality(settings: Settings, *, begin: str | None, end: str | None, by: str) -> dict[str, Any]:
    """The quality of a window in words of the API."""
    found = _read(settings, begin, end, (By(by),))
    return quality_answer(found, By(by))


def quality_page(settings: Settings, *, begin: str | None, end: str | None) -> str:
    """The report on a window, one HTML page."""
    return report(_read(settings, begin, end, tuple(By)), SystemClock().now())


def _read(settings: Settings, begin: str | None, end: str | None, by: tuple[By, ...]) -> Quality:
    with _engine(settings) as engine:
        read = ReadQuality(PostgresQualityStore(engine, MODEL_NAME), SystemClock())
        return read(parse_optional_instant(begin, "--from"), parse_optional_instant(end, "--to"), by=by)


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    with database(settings, home_of(settings)) as url:
        engine = open_engine(url, pool_size=1)
        try:
            yield engine
        finally:
            engine.dispose()
