"""The state of drivers follows the largest sequence, whatever the order, the groups and the repeats."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.driver_columns import FRESH_US, Update, columns, newest_of_each, state_of, table_of

from drivetrain.dispatch.state.domain import drivers
from drivetrain.dispatch.state.domain.cells import index_of
from drivetrain.dispatch.state.domain.drivers import STATUS_CODES, DriverTable

UPDATES = st.lists(
    st.builds(
        Update,
        driver_id=st.sampled_from([f"d{number}" for number in range(6)]),
        sequence=st.integers(0, 12),
        latitude=st.floats(-60, 80),
        longitude=st.floats(-180, 180),
        status=st.sampled_from(sorted(STATUS_CODES)),
        vehicle=st.sampled_from(["", "sedan", "van"]),
        at_us=st.integers(0, 2**50),
    ),
    max_size=80,
)


def expected(updates: list[Update]) -> dict[str, tuple[int, float, float, int, str, int]]:
    return {
        driver: (u.sequence, u.latitude, u.longitude, STATUS_CODES[u.status], u.vehicle, u.at_us)
        for driver, u in newest_of_each(updates).items()
    }


@given(UPDATES, st.lists(st.integers(0, 80), max_size=6))
def test_the_state_is_that_of_a_plain_loop_however_updates_are_grouped(
    updates: list[Update], cuts: list[int]
) -> None:
    edges = [0, *sorted(cuts), len(updates)]
    table = table_of(*(updates[start:end] for start, end in pairwise(edges)))
    assert state_of(table) == expected(updates)


@given(UPDATES, st.integers(0, 2**32))
def test_order_and_repeats_make_no_difference(updates: list[Update], seed: int) -> None:
    distinct = list({(u.driver_id, u.sequence): u for u in updates}.values())
    shuffled = [*distinct, *distinct[::2]]
    random.Random(seed).shuffle(shuffled)
    assert state_of(table_of(shuffled[:7], shuffled[7:])) == expected(distinct)


def test_an_update_counts_once() -> None:
    table = DriverTable()
    one = columns([Update("a", 1), Update("b", 1)])
    assert table.apply(one) == 2
    assert table.apply(one) == 0
    assert table.apply(columns([Update("a", 2), Update("a", 3), Update("b", 1)])) == 1


def test_the_table_grows_and_keeps_what_it_knows() -> None:
    many = [Update(f"d{number}", 1, latitude=number / 1_000) for number in range(5_000)]
    table = table_of(*(many[start : start + 700] for start in range(0, len(many), 700)))
    assert state_of(table) == expected(many)


def test_a_forgotten_driver_begins_anew() -> None:
    table = table_of([Update("old", 100, at_us=5), Update("new", 100, at_us=50)])
    ids = table.driver_ids
    assert table.forget(before_us=10) == 1
    assert table.forget(before_us=10) == 0
    assert list(state_of(table)) == ["new"]
    assert ids == ["old", "new"]  # whoever was reading them goes on
    table.apply(columns([Update("old", 1, at_us=60), Update("new", 1, at_us=60)]))
    assert {driver: state[0] for driver, state in state_of(table).items()} == {"new": 100, "old": 1}


def test_nothing_is_allocated_before_the_first_update() -> None:
    assert DriverTable().columns.sequences.nbytes == 0
    assert DriverTable().apply(columns([])) == 0


def test_drivers_beyond_the_bound_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "MOST_DRIVERS", 2)
    table = table_of([Update("a", 1), Update("b", 1), Update("c", 1), Update("c", 2)])
    table.apply(columns([Update("d", 1), Update("a", 5)]))
    assert {driver: state[0] for driver, state in state_of(table).items()} == {"a": 5, "b": 1}
    assert table.ignored == 3


def test_kinds_of_vehicles_beyond_the_bound_suit_no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "MOST_VEHICLES", 1)
    update = Update("a", 1, vehicle="sedan")
    table = table_of([update, replace(update, driver_id="b", vehicle="van"), Update("c", 1)])
    assert [state[4] for state in state_of(table).values()] == ["sedan", "", ""]
    index = index_of(table, now_us=FRESH_US, not_before_us=0)

    def suiting(vehicle: str) -> list[str]:
        near = index.nearest(40.7, -74.0, most=9, radius_km=1, not_before_us=0, vehicle=vehicle)
        return sorted(near.driver_ids)

    assert suiting("sedan") == ["a", "c"]
    assert suiting("van") == ["c"]
    assert suiting("") == ["a", "b", "c"]


def test_a_kind_of_vehicle_that_nobody_drives_any_more_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "MOST_VEHICLES", 2)
    update = Update("a", 1, vehicle="sedan", at_us=5)
    others = [replace(update, driver_id="b", vehicle="van", at_us=50), Update("c", 1, at_us=50)]
    table = table_of([update, *others, replace(update, driver_id="d", vehicle="bus", at_us=50)])
    table.forget(before_us=10)
    table.apply(columns([Update("d", 2, vehicle="bus", at_us=60), Update("e", 1, vehicle="tram", at_us=60)]))
    assert {driver: state[4] for driver, state in state_of(table).items()} == {
        "b": "van",
        "c": "",
        "d": "bus",
        "e": "",
    }


def test_drivers_who_are_made_up_are_counted_until_they_are_forgotten() -> None:
    table = table_of(
        [
            Update("d", 1, 40, -74, "idle", "", 20),
            Update("synthetic-1-driver-1", 1, 40, -74, "idle", "", 10),
            Update("synthetic-1-driver-2", 1, 40, -74, "idle", "", 20),
            Update("synthetic-1-driver-2", 2, 40, -74, "idle", "", 20),
        ]
    )
    assert table.synthetic == 2
    table.forget(15)
    assert table.synthetic == 1
    table.forget(25)
    assert table.synthetic == 0
