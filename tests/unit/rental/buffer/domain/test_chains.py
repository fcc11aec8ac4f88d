"""Every way a table of rentals can be wrong is named by row, and the rest of it is still used."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drivetrain.core.errors import ContractError
from drivetrain.rental.buffer.domain.chains import COLUMNS, GAP, PREVIOUS_ID, chain, check_rentals

# rental, car, check-in, state, delay, previous, gap
GOOD = [
    (1, 10, "mobile", "ended", 45, None, None),
    (2, 10, "mobile", "canceled", None, 1, 30),
    (3, 10, "connect", "ended", None, 1, 90),
    (4, 11, "connect", "ended", -20, None, None),
    (5, 11, "connect", "ended", 5, 4, 0),
    (6, 11, "mobile", "ended", 5, 5, 720),
    (7, 12, "mobile", "ended", 5, None, None),
    (8, 10, "mobile", "ended", 5, 3, 0),
]


def cells(rows):
    return {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}


def refused(rows):
    return {(error.row, error.column, error.code) for error in check_rentals(cells(rows)).errors}


def test_a_good_table_becomes_chains_with_the_delay_of_the_previous_rental():
    checked = check_rentals(cells(GOOD))
    assert checked.errors == ()
    rentals = chain(checked.table)
    assert rentals.rental_id.tolist() == [2, 3, 5, 6, 8]
    assert rentals.gap_min.tolist() == [30, 90, 0, 720, 0]
    np.testing.assert_array_equal(rentals.previous_delay_min, [45, 45, -20, 5, np.nan])
    assert rentals.is_connect.tolist() == [False, True, True, False, False]
    assert rentals.is_canceled.tolist() == [True, False, False, False, False]
    assert rentals.car.tolist() == [0, 0, 1, 1, 0]
    assert rentals.rentals_by_car.tolist() == [4, 3, 1]


def test_text_cells_of_a_csv_mean_the_same_as_numbers():
    as_text = [tuple("" if value is None else f" {value} " for value in row) for row in GOOD]
    checked = check_rentals(cells(as_text))
    assert checked.errors == ()
    np.testing.assert_array_equal(
        chain(checked.table).gap_min, chain(check_rentals(cells(GOOD)).table).gap_min
    )


@pytest.mark.parametrize("word", ["NA", "n/a", "nan", "null", "-", " "])
def test_a_cell_that_says_unknown_is_an_empty_one(word):
    rows = [tuple(word if value is None else value for value in row) for row in GOOD]
    checked = check_rentals(cells(rows))
    assert checked.errors == ()
    np.testing.assert_array_equal(checked.table.delay_min, check_rentals(cells(GOOD)).table.delay_min)


def test_digit_groups_are_decided_by_the_column():
    rows = [
        (1, 10, "mobile", "ended", "1.250", None, None),
        (2, 11, "mobile", "ended", "-12,5", None, None),
        ("21.310", "12", "mobile", "ended", "1 440", None, None),
    ]
    checked = check_rentals(cells(rows))
    assert checked.errors == ()
    assert checked.table.rental_id.tolist() == [1, 2, 21_310]  # a part of a rental has no id
    assert checked.table.delay_min.tolist() == [1250, -12.5, 1440]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ((9, 12, "mobile", "ended", 0, 1, 30), PREVIOUS_ID, "rental.previous_of_another_car"),
        ((9, 12, "mobile", "ended", 0, 99, 30), PREVIOUS_ID, "rental.previous_not_found"),
        ((9, 12, "mobile", "ended", 0, 9, 30), PREVIOUS_ID, "rental.previous_is_itself"),
        ((9, 10, "mobile", "ended", 0, 2, 30), PREVIOUS_ID, "rental.previous_canceled"),
        ((9, 12, "mobile", "ended", 0, 7, -30), GAP, "rental.gap_out_of_range"),
        ((9, 12, "mobile", "ended", 0, 7, 721), GAP, "rental.gap_out_of_range"),
        ((9, 12, "mobile", "ended", 0, 7, None), GAP, "rental.gap_missing"),
        ((9, 12, "mobile", "ended", 0, None, 30), GAP, "rental.gap_without_previous"),
        ((9, 12, "mobile", "ended", 0, 7, "half an hour"), GAP, "rental.not_a_number"),
        (
            (9, 12, "mobile", "ended", "late", None, None),
            "delay_at_checkout_in_minutes",
            "rental.not_a_number",
        ),
        (
            (9, 12, "mobile", "ended", math.inf, None, None),
            "delay_at_checkout_in_minutes",
            "rental.not_a_number",
        ),
        (
            (9, 12, "mobile", "ended", "1.250", None, None),
            "delay_at_checkout_in_minutes",
            "rental.ambiguous_number",
        ),
        ((9, 12, "mobile", "ended", True, None, None), "delay_at_checkout_in_minutes", "rental.not_a_number"),
        ((9, 12, "paper", "ended", 0, None, None), "checkin_type", "rental.unknown_checkin_type"),
        ((9, 12, "mobile", "lost", 0, None, None), "state", "rental.unknown_state"),
        ((None, 12, "mobile", "ended", 0, None, None), "rental_id", "rental.id_missing"),
        ((9.5, 12, "mobile", "ended", 0, None, None), "rental_id", "rental.id_not_whole"),
        ((9, "", "mobile", "ended", 0, None, None), "car_id", "rental.id_missing"),
    ],
)
def test_a_wrong_row_is_named_once_and_the_others_stay(row, column, code):
    checked = check_rentals(cells([*GOOD, row]))
    assert [(error.row, error.column, error.code) for error in checked.errors] == [(9, column, code)]
    assert len(checked.table) == len(GOOD)


def test_every_row_of_a_repeated_id_is_refused_and_so_is_what_follows_it():
    rows = [(1, 10, "mobile", "ended", 0, None, None), (1, 10, "mobile", "ended", 50, None, None)]
    assert refused([*rows, (2, 10, "mobile", "ended", 0, 1, 30), (3, 10, "mobile", "ended", 0, 2, 30)]) == {
        (1, "rental_id", "rental.duplicate_rental"),
        (2, "rental_id", "rental.duplicate_rental"),
        (3, PREVIOUS_ID, "rental.previous_refused"),
        (4, PREVIOUS_ID, "rental.previous_refused"),
    }


def test_a_circle_is_refused_with_all_its_members_and_a_rental_that_hangs_on_it_is_not_called_a_member():
    rows = [
        (1, 10, "mobile", "ended", 0, 3, 30),
        (2, 10, "mobile", "ended", 0, 1, 30),
        (3, 10, "mobile", "ended", 0, 2, 30),
        (4, 10, "mobile", "ended", 0, 3, 30),
        (5, 10, "mobile", "ended", 0, None, None),
    ]
    circle = "rental.previous_in_a_circle"
    assert refused(rows) == {
        (1, PREVIOUS_ID, circle),
        (2, PREVIOUS_ID, circle),
        (3, PREVIOUS_ID, circle),
        (4, PREVIOUS_ID, "rental.previous_refused"),
    }


def test_a_long_chain_in_any_row_order_is_read_without_recursion():
    n = 5_000
    rows = [
        (at, 1, "mobile", "ended", 0, at - 1 if at > 1 else None, 30 if at > 1 else None)
        for at in range(n, 0, -1)
    ]
    checked = check_rentals(cells(rows))
    assert checked.errors == ()
    assert len(chain(checked.table)) == n - 1


def test_a_missing_column_is_named():
    table = cells(GOOD)
    del table[GAP]
    with pytest.raises(ContractError) as raised:
        check_rentals(table)
    assert [error.column for error in raised.value.errors] == [GAP]


def test_columns_of_different_length_are_refused():
    with pytest.raises(ContractError):
        check_rentals({**cells(GOOD), GAP: [0]})


def test_an_empty_table_is_an_empty_table():
    rentals = chain(check_rentals(cells([])).table)
    assert (len(rentals), rentals.n_cars) == (0, 0)
