"""Ids of rides: the same for the same slot and number, different for all others, in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.slots.domain.ids import MOST_RIDES, trip_id, trip_ids

NINE = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
slots = st.integers(1, 70_000_000).map(
    lambda minutes: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def test_ids_do_not_change_from_one_version_of_this_code_to_the_next() -> None:
    """Rides that were written are found again by their ids."""
    assert str(trip_id(NINE, 7)) == "019de2c4-2a80-8c94-a182-44d900000007"


@given(slots, st.integers(0, 300))
def test_many_ids_are_the_single_ones(slot_at: datetime, count: int) -> None:
    found = [UUID(bytes=octets.tobytes()) for octets in trip_ids(slot_at, count)]
    assert found == [trip_id(slot_at, number) for number in range(count)]
    assert all(each.version == 8 and each.variant == RFC_4122 for each in found)


@given(slots, st.integers(0, MOST_RIDES - 1), slots, st.integers(0, MOST_RIDES - 1))
def test_ids_sort_as_slots_and_numbers_do(one: datetime, first: int, other: datetime, second: int) -> None:
    """So they are equal only for the same ride of the same slot."""
    a, b = trip_id(one, first), trip_id(other, second)
    assert (a < b) == ((one, first) < (other, second))
    assert (a == b) == ((one, first) == (other, second))


def test_more_rides_than_numbers_are_refused() -> None:
    with pytest.raises(InvalidInputError):
        trip_ids(NINE, MOST_RIDES + 1)
