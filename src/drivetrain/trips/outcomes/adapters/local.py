"""Outcomes and quality of trips from the command line, on the installation's database."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from drivetrain.adapters.console.files import given_file
from drivetrain.adapters.console.output import CALLER
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.core.progress import Progress
from drivetrain.core.time import parse_optional_instant
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.serving.batches import Mode
from drivetrain.trips.duration.model.contract import MODEL_NAME
from drivetrain.trips.outcomes.adapters.quality.report import report
from drivetrain.trips.outcomes.adapters.quality.schemas import quality_answer
from drivetrain.trips.outcomes.adapters.quality.store import PostgresQualityStore
from drivetrain.trips.outcomes.adapters.reports import slot_outcomes
from drivetrain.trips.outcomes.adapters.rows import TRIP_OUTCOMES, in_table, record_rows
from drivetrain.trips.outcomes.adapters.store import PostgresOutcomeStore
from drivetrain.trips.outcomes.application.read_quality import Quality, ReadQuality, both_ends
from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes
from drivetrain.trips.outcomes.application.report_slot_outcomes import ReportedAs
from drivetrain.trips.outcomes.domain.quality import By
from drivetrain.trips.rides.adapters.sources import ride_source


def record_file(installation: Installation, file: Path, *, mode: Mode, is_synthetic: bool) -> dict[str, Any]:
    """Record the outcomes of a table; what the API answers.

    Raises:
        InvalidInputError: there is no such file, or rows are wrong and the mode is atomic.
        UnreadableInputError: the file is not a table.
        ConflictError: other outcomes stand already, and the mode is atomic.
        UnavailableError: the database cannot be reached.
    """
    limits = ParseLimits(rows=installation.limits.rows, wall_s=installation.limits.parse_timeout_s)
    given_file(file)
    with (
        installation.database(pool_size=1) as database,
        tempfile.TemporaryDirectory(prefix="drivetrain-") as folder,
    ):
        rows = LimitedTableReader(limits)(file, TRIP_OUTCOMES, Path(folder))
        result = record_rows(
            RecordOutcomes(PostgresOutcomeStore(database.engine), installation.clock),
            rows,
            mode,
            in_table,
            subject="The table",
            by=CALLER,
            source="file",
            is_synthetic=is_synthetic,
        )
        return {
            "counts": result.counts,
            "failed_rows": result.failed_rows(),
            "ignored_columns": [],
            **rows.notes(),
        }


def record_slots(
    installation: Installation, begin: datetime, end: datetime, progress: Progress
) -> dict[str, Any]:
    """Record how long the rides of scored slots took, where the source at hand knows.

    Returns:
        Slots by what became of them (``ReportedAs``), outcomes by theirs, and the sources that are not at
        hand.

    Raises:
        InvalidInputError: the window is empty or too long, or the day to be replayed cannot be read.
        UnavailableError: the database cannot be reached; what was recorded stays.
    """
    with installation.database(pool_size=1) as database:
        source = ride_source(installation)
        slots: Counter[str] = Counter(dict.fromkeys(ReportedAs, 0))
        counts: Counter[str] = Counter()
        other_sources: set[str] = set()
        for slot_report in slot_outcomes(database.engine, source, by=CALLER).window(begin, end, progress):
            slots[slot_report.reported_as] += 1
            counts.update(slot_report.counts)
            if slot_report.reported_as is ReportedAs.OTHER_SOURCE:
                other_sources.add(slot_report.source)
        return {
            "source": source.name,
            "is_synthetic": source.is_synthetic,
            "slots": dict(slots),
            "counts": dict(counts),
            "other_sources": sorted(other_sources),
        }


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """The ends of a window and of what it is compared with, as they were typed; None where they were left out."""

    begin: str | None = None
    end: str | None = None
    reference_begin: str | None = None
    reference_end: str | None = None


def show_quality(installation: Installation, request: WindowRequest, by: str) -> dict[str, Any]:
    """The quality of a window in words of the API."""
    return quality_answer(_read(installation, request, (By(by),)), By(by))


def quality_page(installation: Installation, request: WindowRequest) -> str:
    """The report on a window, one HTML page."""
    return report(_read(installation, request, tuple(By)), installation.clock.now())


def _read(installation: Installation, request: WindowRequest, by: tuple[By, ...]) -> Quality:
    begin = parse_optional_instant(request.begin, "--from")
    end = parse_optional_instant(request.end, "--to")
    reference = both_ends(
        parse_optional_instant(request.reference_begin, "--reference-from"),
        parse_optional_instant(request.reference_end, "--reference-to"),
        "--reference-from",
    )
    with installation.database(pool_size=1) as database:
        read_quality = ReadQuality(PostgresQualityStore(database.engine, MODEL_NAME), installation.clock)
        return read_quality(begin, end, by=by, reference=reference)
