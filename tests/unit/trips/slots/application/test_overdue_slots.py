"""A slot is overdue when the one after it is over and nobody has scored it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from drivetrain.trips.slots.application.overdue_slots import LOOKED_BACK, FindOverdueSlots
from drivetrain.trips.slots.application.ports import ScorerStatus, SlotRecord
from drivetrain.trips.slots.domain.proof import Tally
from drivetrain.trips.slots.domain.slots import Slot, SlotGrid, SlotState

NOW = datetime(2026, 5, 1, 12, 2, tzinfo=UTC)
GRID = SlotGrid(5)


@dataclass
class Reader:
    """A ledger of slots as it stands."""

    first: datetime | None
    written: Sequence[SlotRecord] = ()

    def now(self) -> datetime:
        return NOW

    def began_at(self) -> datetime | None:
        return self.first

    def records(self, begin: datetime, end: datetime) -> Sequence[SlotRecord]:
        return [record for record in self.written if begin <= record.slot.slot_at < end]

    def tallies(self, begin: datetime, end: datetime) -> Sequence[Tally]:
        return []

    def scorers(self) -> Sequence[ScorerStatus]:
        return []


def at(minute: int) -> Slot:
    """A slot of the hour before noon."""
    return Slot(datetime(2026, 5, 1, 11, minute, tzinfo=UTC), 5)


def test_before_the_schedule_begins_nothing_is_overdue() -> None:
    assert FindOverdueSlots(Reader(None), GRID)() == []


def test_the_youngest_slot_that_is_over_has_time_until_the_next_one_is() -> None:
    assert FindOverdueSlots(Reader(at(55).slot_at), GRID)() == []
    assert FindOverdueSlots(Reader(at(50).slot_at), GRID)() == [at(50)]


@pytest.mark.parametrize(
    ("state", "overdue"),
    [
        (SlotState.DONE, False),
        (SlotState.LATE, False),
        (SlotState.CAUGHT_UP, False),
        (SlotState.MISSED, False),  # too old to be scored: nobody waits for it
        (SlotState.DUE, True),  # the last attempt failed
        (SlotState.RUNNING, True),
    ],
)
def test_what_is_settled_is_not_overdue(state, overdue) -> None:
    reader = Reader(at(50).slot_at, [SlotRecord(at(50), state)])
    assert FindOverdueSlots(reader, GRID)() == ([at(50)] if overdue else [])


def test_a_gap_between_scored_slots_is_found() -> None:
    written = [SlotRecord(at(minute), SlotState.DONE) for minute in (30, 35, 45)]
    assert FindOverdueSlots(Reader(at(30).slot_at, written), GRID)() == [at(40), at(50)]


def test_no_more_than_a_day_is_looked_at() -> None:
    overdue = FindOverdueSlots(Reader(NOW - 30 * LOOKED_BACK), GRID)()
    assert len(overdue) == LOOKED_BACK / timedelta(minutes=5)
