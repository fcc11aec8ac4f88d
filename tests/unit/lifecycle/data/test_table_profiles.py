"""A table is seen cell by cell: what is missing, how numbers lie, what is odd, and what stands there twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from drivetrain.lifecycle.data import table_profiles
from drivetrain.lifecycle.data.table_profiles import ColumnProfile, TableProfile, TableProfiler


def profiled(header: Sequence[str], rows: Sequence[Sequence[str]]) -> TableProfile:
    profiler = TableProfiler(header)
    for row in rows:
        profiler.take(row)
    return profiler.profile()


def column(*cells: str) -> ColumnProfile:
    return profiled(["price"], [[cell] for cell in cells]).columns[0]


def test_a_column_of_words_is_counted_with_its_gaps():
    seen = column("petrol", "diesel", " petrol ", "", "n/a")
    assert (seen.filled, seen.missing, seen.words) == (3, 2, 2)
    assert seen.most_frequent == [("petrol", 2), ("diesel", 1)]
    assert (seen.numbers, seen.odd, seen.odd_cells) == (None, 0, ())


def test_a_column_of_numbers_has_its_distribution_and_what_is_odd_in_it():
    seen = column(*(str(price) for price in range(1_000, 1_100)), "POA", "999999")
    assert seen.numbers is not None
    assert seen.numbers.known == 101
    assert seen.numbers.quantiles["p50"] == 1_050
    assert (seen.odd, [(each.row, each.cell) for each in seen.odd_cells]) == (
        2,
        [(101, "POA"), (102, "999999")],
    )


@pytest.mark.parametrize(
    ("cells", "median"),
    [
        (("12.500", "9.990", "8.900"), 9_990),  # nothing decides: thousands
        (("1.500", "2.25", "3.75"), 2.25),  # 2.25 proves a decimal point
        (("1'250", "1'300", "1'400"), 1_300),
        (("12.500,50", "9.990,00", "8.900,10"), 9_990),
    ],
)
def test_numbers_are_read_as_a_column_writes_them(cells, median):
    numbers = column(*cells).numbers
    assert numbers is not None
    assert numbers.quantiles["p50"] == pytest.approx(median)


def test_codes_with_zeros_in_front_are_words():
    assert column("00123", "00124", "00125").numbers is None


def test_where_half_of_the_numbers_are_equal_none_is_far():
    assert column(*["5"] * 9, "3").odd == 0


def test_rows_that_repeat_another_are_counted_with_the_first():
    seen = profiled(["a", "b"], [["1", "x"], ["2", "y"], ["1", "x"], ["1", "x"], ["1"]])
    assert (seen.rows, seen.repeated, seen.first_repeated) == (5, 2, [(3, 1), (4, 1)])
    assert seen.columns[1].missing == 1


def test_words_and_columns_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_profiles, "MOST_WORDS", 3)
    seen = column("a", "b", "c", "d", "e", "a")
    assert (seen.words, seen.filled, seen.most_frequent[0]) == (3, 6, ("a", 2))
    assert len(profiled([str(n) for n in range(100)], [["x"] * 100]).columns) == table_profiles.MOST_COLUMNS


def test_it_is_plain_values_in_the_end():
    plain = profiled(["km"], [["1"], ["2"], ["x"]]).as_dict()
    assert plain["columns"][0]["numbers"]["known"] == 2
    assert sum(each["cells"] for each in plain["columns"][0]["numbers"]["bins"]) == 2
