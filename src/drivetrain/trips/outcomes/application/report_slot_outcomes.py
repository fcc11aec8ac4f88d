"""Report how long the rides of scored slots took, where their source knows: drawn rides, or those of a replayed day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.rides.domain.cleaning import LONGEST_DRIVEN_MIN
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.slots.application.ports import SlotReader, SlotRecord
from drivetrain.trips.slots.domain.ids import trip_ids
from drivetrain.trips.slots.domain.slots import WRITTEN, Slot

ENDED_AFTER = timedelta(minutes=LONGEST_DRIVEN_MIN)
"""A ride of a slot may be under way for so long after the slot's end. What it takes is not to be known
before."""

LOOK_BACK = timedelta(days=7)
"""Slots that were due longer ago are reported on request only."""

MOST_WINDOW = timedelta(days=366)
"""In one request."""


class ReportedAs(StrEnum):
    """What became of a slot's outcomes."""

    RECORDED = "recorded"
    UNDER_WAY = "under_way"
    """Left for later: one of its rides may not have ended."""
    OTHER_SOURCE = "other_source"
    """It was scored from a source that is not at hand, so nobody here knows."""
    OTHER_RIDES = "other_rides"
    """The source at hand gives other rides for it than were scored: its rate, its seed or the way it draws has
    changed since."""


@dataclass(frozen=True, slots=True)
class SlotReport:
    """What became of one slot's outcomes.

    Attributes:
        source: of the rides, as the slot was scored.
        counts: of outcomes, as ``AddedOutcomes.counts`` has them; empty unless they were recorded.
    """

    slot: Slot
    source: str
    reported_as: ReportedAs
    counts: Mapping[str, int] = field(default_factory=dict)


class SlotOutcomes(Protocol):
    """Which slots were reported. Every method raises UnavailableError without the database."""

    def unreported(self, source: str, begin: datetime, due_by: datetime) -> SlotRecord | None:
        """The oldest unmarked slot that was scored from a source, begins at ``begin`` or later and is due by ``due_by``."""
        ...

    def are_written(self, slot: Slot, rides: Rides) -> bool:
        """True when the table holds as many rides of the slot, with the same sums of starts and of areas."""
        ...

    def mark(self, slot: Slot) -> None:
        """Note that a slot was reported."""
        ...


@dataclass(frozen=True, slots=True)
class ReportSlotOutcomes:
    """Reports the outcomes of slots. Again changes nothing; what somebody else has reported stays as it is.

    Attributes:
        by: who reports.
    """

    reader: SlotReader
    outcomes: SlotOutcomes
    source: RideSource
    record: RecordOutcomes
    by: str

    def oldest(self) -> SlotReport | None:
        """Report the oldest slot of the last days whose rides have ended; None when all of them are reported.

        Raises:
            UnavailableError: the database or the source cannot be reached; the slot stays unreported.
        """
        now = self.reader.now()
        record = self.outcomes.unreported(self.source.name, now - LOOK_BACK, now - ENDED_AFTER)
        return None if record is None else self._report(record, now)

    def window(self, begin: datetime, end: datetime, progress: Progress) -> Iterator[SlotReport]:
        """Report every scored slot that begins in ``[begin, end)``, whether it was reported before or not.

        Raises:
            InvalidInputError: the window is empty, or longer than ``MOST_WINDOW``.
            UnavailableError: the database or the source cannot be reached; what was recorded stays.
        """
        if not timedelta(0) < end - begin <= MOST_WINDOW:
            raise InvalidInputError(
                f"A window ends after it begins, at most {MOST_WINDOW.days} days later.",
                code="trips.bad_window",
            )
        scored = [
            record
            for record in self.reader.records(begin, end)
            if record.state in WRITTEN and record.slot.slot_at >= begin
        ]
        with progress.stage("report", total=len(scored), unit="slots") as stage:
            for record in scored:
                yield self._report(record, self.reader.now())
                stage.advance()

    def _were_scored(self, record: SlotRecord, rides: Rides) -> bool:
        """True when the slot was scored with these rides, and they took as long then."""
        if record.fingerprint:
            return record.fingerprint == rides.fingerprint()
        return self.outcomes.are_written(record.slot, rides)  # scored before fingerprints were kept

    def _report(self, record: SlotRecord, now: datetime) -> SlotReport:
        slot = record.slot
        if record.source != self.source.name:
            return SlotReport(slot, record.source, ReportedAs.OTHER_SOURCE)
        if slot.due_at + ENDED_AFTER > now:
            return SlotReport(slot, record.source, ReportedAs.UNDER_WAY)
        rides = self.source.rides(slot.slot_at, slot.length_min)
        if not self._were_scored(record, rides):
            self.outcomes.mark(slot)
            return SlotReport(slot, record.source, ReportedAs.OTHER_RIDES)
        counts = self.record.of_rides(
            trip_ids(slot.slot_at, len(rides)),
            rides,
            by=self.by,
            source=record.source,
            is_synthetic=self.source.is_synthetic,
        )
        # after the outcomes are durable: cut off before it, the same is recorded again
        self.outcomes.mark(slot)
        return SlotReport(slot, record.source, ReportedAs.RECORDED, counts)
