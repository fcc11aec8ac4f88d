"""Rentals that are alike are counted together, and none is lost."""

from __future__ import annotations

import pytest
from tests.support.buffer_fakes import HEADER

from drivetrain.rental.buffer.domain.chains import Cells, RentalTable, chain, check_rentals
from drivetrain.rental.buffer.domain.groups import Previous, RentalGroup, group_rentals
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, generate

ROWS = (
    # id, car, type, state, delay, previous, gap
    (1, 1, "connect", "ended", 30, None, None),
    (2, 1, "connect", "ended", 0, 1, 0),
    (3, 1, "connect", "canceled", None, 2, 60),
    (4, 2, "mobile", "ended", -120, None, None),
    (5, 2, "mobile", "ended", 241, 4, 720),
    (6, 3, "mobile", "ended", None, None, None),
    (7, 3, "mobile", "ended", 1, 6, 59),
    (8, 4, "mobile", "ended", -120, None, None),
)


def table_of(cells: Cells) -> RentalTable:
    checked = check_rentals(cells)
    assert checked.errors == ()
    return checked.table


@pytest.fixture
def table() -> RentalTable:
    names = HEADER.split(",")
    return table_of({name: [row[index] for row in ROWS] for index, name in enumerate(names)})


def test_every_rental_is_in_the_group_of_its_kind(table: RentalTable) -> None:
    groups = group_rentals(table)
    expected = {
        RentalGroup(False, True, 4, None, None, 1),  # 30 late: of the class up to 30
        RentalGroup(False, True, 3, 0, Previous.LATE, 1),  # on time, after one that came back 30 late
        RentalGroup(True, True, None, 1, Previous.IN_TIME, 1),  # a gap of an hour is not below an hour
        RentalGroup(False, False, 0, None, None, 2),  # two alike
        RentalGroup(False, False, 8, 11, Previous.IN_TIME, 1),  # the longest gap is of the last class
        RentalGroup(False, False, None, None, None, 1),
        RentalGroup(False, False, 4, 0, Previous.UNKNOWN, 1),
    }
    assert set(groups) == expected
    assert len(groups) == len(expected)


def test_the_groups_add_up_to_the_table_and_to_its_conflicts() -> None:
    table = table_of(generate(ChainTruth(), n_cars=300, seed=5))
    groups = group_rentals(table)
    rentals = chain(table)
    assert sum(group.rentals for group in groups) == len(table)
    assert sum(group.rentals for group in groups if group.gap is not None) == len(rentals)
    late = sum(group.rentals for group in groups if group.previous is Previous.LATE)
    assert late == int(rentals.is_conflict.sum()) > 0
    assert sum(group.rentals for group in groups if group.is_canceled) == int(table.is_canceled.sum())


def test_an_empty_table_has_no_groups(table: RentalTable) -> None:
    nothing = {name: [] for name in HEADER.split(",")}
    assert list(group_rentals(table_of(nothing))) == []
