"""The synthetic table of rental delays: of the size asked for, whole, and marked wherever it goes."""

from __future__ import annotations

import csv

import pytest

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.rental.buffer.domain.chains import COLUMNS, PREVIOUS_ID, RENTAL_ID, chain, check_rentals
from drivetrain.rental.buffer.model.chains.dataset import (
    DATASET_NAME,
    DELAY_COLUMNS,
    RENTAL_DELAYS,
    is_marked_synthetic,
)
from drivetrain.rental.buffer.model.chains.synthetic import draw, write_synthetic


@pytest.mark.parametrize("rows", [1, 2, 17, 3_000])
def test_it_has_the_rows_asked_for_and_every_one_passes(rows):
    columns = draw(rows, seed=4)
    checked = check_rentals(columns)
    assert {len(column) for column in columns.values()} == {rows}
    assert (len(checked.table), checked.errors) == (rows, ())


def test_it_looks_like_the_published_table():
    """Shares within a fifth of the published ones: 8.7 % chained, 12.7 % of those in conflict."""
    rentals = chain(check_rentals(draw(20_000, seed=1)).table)
    assert 0.07 < len(rentals) / 20_000 < 0.105
    assert 0.10 < rentals.is_conflict.sum() / rentals.is_known.sum() < 0.155


def test_the_same_seed_writes_the_same_file_and_another_one_does_not(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_synthetic(tmp_path / name, 200, seed, SilentProgress())
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_every_number_is_below_zero_and_links_lead_to_earlier_rows():
    columns = draw(2_000, seed=1)
    assert columns[RENTAL_ID] == list(range(-2_000, 0))
    assert all(
        previous is None or previous < own
        for own, previous in zip(columns[RENTAL_ID], columns[PREVIOUS_ID], strict=True)
    )
    assert is_marked_synthetic(columns)


@pytest.mark.parametrize(("rows", "seed"), [(0, 1), (5, -1)])
def test_what_cannot_be_drawn_is_refused(tmp_path, rows, seed):
    with pytest.raises(InvalidInputError):
        write_synthetic(tmp_path / "x.csv", rows, seed, SilentProgress())


def test_a_generated_table_added_as_real_stays_synthetic(tmp_path):
    write_synthetic(tmp_path / "found.csv", 50, 1, SilentProgress())
    store = DatasetStore(tmp_path / "datasets", [RENTAL_DELAYS])
    added = store.add(
        DATASET_NAME, tmp_path / "found.csv", source="said to be real", licence="unstated", is_synthetic=False
    )
    assert added.is_synthetic


def test_one_generated_rental_among_real_ones_is_enough_and_none_is_real(tmp_path):
    store = DatasetStore(tmp_path / "datasets", [RENTAL_DELAYS])
    row = ["363965", "mobile", "ended", "-81", "", ""]  # a delay below zero is no mark
    for name, ids, is_synthetic in (
        ("real.csv", ("505000", "505001"), False),
        ("mixed.csv", ("505000", "-7"), True),
    ):
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *([number, *row] for number in ids)])
        added = store.add(DATASET_NAME, tmp_path / name, source="s", licence="l", is_synthetic=False)
        assert added.is_synthetic is is_synthetic


def test_the_contract_has_the_published_columns_in_order():
    assert DELAY_COLUMNS.names == COLUMNS == RENTAL_DELAYS.header


def test_the_tables_own_check_counts_good_rows_and_names_bad_ones():
    cells = {name: list(column) for name, column in draw(50, seed=1).items()}
    cells["checkin_type"][3] = "by hand"
    assert RENTAL_DELAYS.check is not None
    good, errors = RENTAL_DELAYS.check(cells)
    assert good < 50
    assert errors[0].row == 4
