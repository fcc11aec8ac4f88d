"""The grid, what is due, and what a slot ended as."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.slots.domain.slots import (
    Slot,
    SlotGrid,
    SlotMark,
    SlotState,
    agenda,
    ended_as,
    uncovered,
)

GRID = SlotGrid(5)
NINE = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)

# zoned by the last
instants = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
lengths = st.sampled_from([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60])


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def slots_of(day: date) -> list[Slot]:
    start, length_min = CHICAGO.day(day)
    return GRID.between(start, start + minutes(length_min))


@pytest.mark.parametrize(
    ("day", "slots"), [(date(2026, 5, 1), 288), (date(2026, 3, 8), 276), (date(2025, 11, 2), 300)]
)
def test_a_civil_day_has_as_many_slots_as_its_hours(day: date, slots: int) -> None:
    """A day, the day whose clock skips an hour, and the day whose clock repeats one."""
    found = slots_of(day)
    assert len(found) == len(set(found)) == slots
    assert {slot.slot_at.astimezone(CHICAGO.zone).date() for slot in found} == {day}
    assert found[-1].due_at == slots_of(day + DAY)[0].slot_at


def test_the_repeated_hour_has_its_slots_twice_and_the_skipped_none() -> None:
    by_clock = [slot.slot_at.astimezone(CHICAGO.zone) for slot in slots_of(date(2025, 11, 2))]
    assert sum(each.hour == 1 for each in by_clock) == 24
    assert (
        sum(
            each.hour == 2
            for each in [s.slot_at.astimezone(CHICAGO.zone) for s in slots_of(date(2026, 3, 8))]
        )
        == 0
    )


@pytest.mark.parametrize("length", [0, -5, 7, 25, 61, 120])
def test_a_length_that_does_not_divide_an_hour_is_refused(length: int) -> None:
    with pytest.raises(InvalidInputError) as raised:
        SlotGrid(length)
    assert raised.value.code == "trips.slot_length"


@given(instants, lengths)
def test_every_instant_lies_in_one_slot(instant: datetime, length: int) -> None:
    grid = SlotGrid(length)
    slot = grid.containing(instant)
    assert slot.slot_at <= instant < slot.due_at
    assert grid.at(slot.slot_at) == slot
    assert slot.slot_at.minute % length == 0
    assert grid.last_over(instant).due_at == slot.slot_at


@given(instants, st.integers(-100, 2_000), lengths)
def test_slots_between_two_instants_are_those_that_begin_there(
    begin: datetime, span_min: int, length: int
) -> None:
    grid, end = SlotGrid(length), begin + minutes(span_min)
    found = grid.between(begin, end)
    assert all(begin <= slot.slot_at < end for slot in found)
    assert all(a.due_at == b.slot_at for a, b in pairwise(found))
    if found:
        assert found[0].slot_at - grid.length < begin
        assert found[-1].due_at >= end
    else:
        assert span_min < length


def test_at_the_end_of_all_time_no_slot_begins() -> None:
    """Rounding such a begin up to the grid would leave the calendar."""
    assert GRID.between(datetime(9999, 12, 31, 23, 58, tzinfo=UTC), NINE) == []


def test_an_instant_between_two_begins_is_no_slot() -> None:
    with pytest.raises(InvalidInputError) as raised:
        GRID.at(NINE + minutes(1))
    assert raised.value.code == "trips.not_a_slot"
    assert "09:00" in raised.value.detail and "09:05" in raised.value.detail


@pytest.mark.parametrize(
    ("length", "after_s", "state"),
    [
        (5, 1, SlotState.DONE),
        (5, 60, SlotState.DONE),
        (5, 61, SlotState.LATE),
        (5, 299, SlotState.LATE),
        (5, 300, SlotState.CAUGHT_UP),  # the next one is over
        (5, 86_400, SlotState.CAUGHT_UP),
        (1, 30, SlotState.DONE),  # of a short slot half its length is the tolerance
        (1, 31, SlotState.LATE),
        (1, 60, SlotState.CAUGHT_UP),
    ],
)
def test_a_slot_ends_by_how_long_it_waited(length: int, after_s: int, state: SlotState) -> None:
    slot = Slot(NINE, length)
    assert ended_as(slot, slot.due_at + timedelta(seconds=after_s)) is state


def mark(number: int, state: SlotState, *, is_held: bool = False) -> SlotMark:
    return SlotMark(Slot(NINE + number * minutes(5), 5), state, is_held)


def test_due_is_what_is_over_and_not_settled_and_nobody_is_at() -> None:
    marks = [
        mark(0, SlotState.DONE),
        mark(1, SlotState.RUNNING, is_held=True),
        mark(2, SlotState.RUNNING),  # its lease has run out
        mark(3, SlotState.DUE),
        mark(4, SlotState.MISSED),
        mark(5, SlotState.LATE),
        mark(6, SlotState.CAUGHT_UP),
    ]
    found = agenda(GRID, NINE, NINE + minutes(47), minutes(600), marks)
    assert [slot.slot_at for slot in found.due] == [NINE + minutes(each) for each in (10, 15, 35, 40)]
    assert found.too_old == []


def test_what_is_beyond_the_bound_is_given_up_oldest_first() -> None:
    found = agenda(GRID, NINE, NINE + minutes(60), minutes(20), [mark(0, SlotState.DONE)])
    assert [slot.slot_at for slot in found.too_old] == [NINE + minutes(each) for each in range(5, 35, 5)]
    assert [slot.slot_at for slot in found.due] == [NINE + minutes(each) for each in range(35, 60, 5)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), lengths), max_size=12), lengths)
def test_no_minute_is_covered_twice_whatever_lengths_there_were(
    marked: list[tuple[int, int]], length: int
) -> None:
    """Marks of former grids that do not touch each other, and a new grid laid over them."""
    covered: list[Slot] = []
    for number, former in sorted(marked):
        slot = Slot(NINE + number * minutes(former), former)
        if not any(slot.overlaps(each) for each in covered):
            covered.append(slot)
    covered.sort()
    fresh = uncovered(SlotGrid(length), NINE, NINE + minutes(360), covered)
    assert not any(slot.overlaps(each) for slot in fresh for each in covered)
    left_out = set(SlotGrid(length).between(NINE, NINE + minutes(360))) - set(fresh)
    assert all(any(slot.overlaps(each) for each in covered) for slot in left_out)
