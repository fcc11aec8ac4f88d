"""The index gives exactly the nearest drivers that may be matched: compared with a plain loop over all of them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.driver_columns import FRESH_US, Update, columns, distance_km, table_of

from drivetrain.dispatch.state.domain.cells import NO_DRIVERS, CellIndex, index_of

CENTERS = [(40.7, -74.0), (-33.9, 151.2), (69.6, 18.9), (0.001, 0.001), (1.35, 103.8)]


def drivers_around(center: tuple[float, float], count: int, spread: float, seed: int) -> list[Update]:
    chance = random.Random(seed)
    return [
        Update(
            f"d{number}",
            1,
            latitude=center[0] + chance.gauss(0, spread),
            longitude=center[1] + chance.gauss(0, spread),
            status=chance.choice(["idle", "idle", "on_trip", "offline"]),
            vehicle=chance.choice(["", "sedan", "van"]),
            at_us=chance.choice([FRESH_US, FRESH_US + 1, FRESH_US - 1]),
        )
        for number in range(count)
    ]


def index(updates: list[Update], not_before_us: int = 0) -> CellIndex:
    return index_of(table_of(updates), now_us=FRESH_US, not_before_us=not_before_us)


def by_loop(
    updates: list[Update], place: tuple[float, float], most: int, radius_km: float, vehicle: str
) -> list[tuple[float, str]]:
    matched = [
        (distance_km(*place, u), u.driver_id)
        for u in updates
        if u.status == "idle"
        and u.at_us >= FRESH_US
        and (not vehicle or u.vehicle in {"", vehicle})
        and distance_km(*place, u) <= radius_km
    ]
    return sorted(matched)[:most]


@given(
    st.sampled_from(CENTERS),
    st.integers(0, 400),
    st.sampled_from([0.002, 0.02, 0.2, 2.0]),
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.sampled_from([0.1, 1.0, 7.3, 40.0]),
    st.sampled_from(["", "sedan", "bicycle"]),
)
def test_the_nearest_are_those_of_a_plain_loop(
    center: tuple[float, float],
    count: int,
    spread: float,
    seed: int,
    most: int,
    radius_km: float,
    vehicle: str,
) -> None:
    updates = drivers_around(center, count, spread, seed)
    chance = random.Random(seed + 1)
    place = (center[0] + chance.gauss(0, spread), center[1] + chance.gauss(0, spread))
    nearby = index(updates).nearest(
        *place, most=most, radius_km=radius_km, not_before_us=FRESH_US, vehicle=vehicle
    )
    truth = by_loop(updates, place, most, radius_km, vehicle)
    assert nearby.distances_km.tolist() == pytest.approx([distance for distance, _ in truth], abs=1e-6)
    # the same drivers; two at the same distance may change places
    assert sorted(nearby.driver_ids) == sorted(driver for _, driver in truth)


@pytest.mark.parametrize("most", [100, 400])
def test_no_candidate_is_missing_in_a_crowd(most: int) -> None:
    """A partition by another place than the last one wanted left out up to half of them, in three of a thousand searches."""
    center, updates = CENTERS[0], drivers_around(CENTERS[0], 3_000, 0.001, seed=most)
    drivers, chance = index(updates), random.Random(most)
    for _ in range(2_000):
        place = (center[0] + chance.gauss(0, 0.001), center[1] + chance.gauss(0, 0.001))
        found = drivers.nearest(*place, most=most, radius_km=5.0, not_before_us=FRESH_US)
        assert len(found) == most


def test_stale_positions_are_neither_indexed_nor_found_when_they_grow_old() -> None:
    updates = [Update("a", 1, at_us=10), Update("b", 1, at_us=20)]
    assert len(index(updates, not_before_us=15)) == 1
    both = index(updates)
    found = both.nearest(40.7, -74.0, most=5, radius_km=1, not_before_us=15)
    assert found.driver_ids == ["b"]
    assert found.at_us.tolist() == [20]


def test_an_index_does_not_change_with_the_table() -> None:
    table = table_of([Update("a", 1)])
    before = index_of(table, now_us=FRESH_US, not_before_us=0)
    table.apply(columns([Update("a", 2, status="offline", latitude=50.0)]))
    table.forget(before_us=2**60)
    assert before.nearest(40.7, -74.0, most=5, radius_km=1, not_before_us=0).driver_ids == ["a"]


def test_a_clock_that_is_set_back_by_an_hour_makes_no_position_fresh() -> None:
    table = table_of([Update("old", 1, at_us=3_700_000_000), Update("skewed", 1, at_us=300_000_000)])
    assert len(index_of(table, now_us=3_700_000_000, not_before_us=0)) == 2
    assert index_of(table, now_us=100_000_000, not_before_us=40_000_000).nearest(
        40.7, -74.0, most=5, radius_km=1, not_before_us=40_000_000
    ).driver_ids == ["skewed"]


def test_cities_share_an_index() -> None:
    updates = [
        Update(f"{number}", 1, latitude=center[0], longitude=center[1])
        for number, center in enumerate(CENTERS)
    ]
    both = index(updates)
    for number, center in enumerate(CENTERS):
        assert both.nearest(*center, most=9, radius_km=20, not_before_us=0).driver_ids == [f"{number}"]


@pytest.mark.parametrize(
    "place", [(90.0, 0.0), (-90.0, 0.0), (0.0, 180.0), (0.0, -180.0), (89.99, 179.99), (-60.0, -180.0)]
)
def test_the_ends_of_the_map_are_places_too(place: tuple[float, float]) -> None:
    found = index([Update("a", 1, latitude=place[0], longitude=place[1])]).nearest(
        *place, most=1, radius_km=5, not_before_us=0
    )
    assert found.driver_ids == ["a"]


def test_without_drivers_there_is_nobody() -> None:
    assert len(NO_DRIVERS.nearest(40.7, -74.0, most=5, radius_km=50, not_before_us=0)) == 0
