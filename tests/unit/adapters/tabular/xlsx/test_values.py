"""Stored values as text: every digit of a number, and the day that a spreadsheet shows for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.adapters.tabular.xlsx.styles import Shows
from drivetrain.adapters.tabular.xlsx.values import date_text, is_plain_whole, number_text
from drivetrain.lifecycle.data.cells import CellKind


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("150000", "150000"),
        ("150000.0", "150000"),
        ("1.5E5", "150000"),
        ("007", "7"),
        ("-0", "0"),
        ("0.1234567890123456", "0.1234567890123456"),  # nine decimals are not the end
        ("0.30000000000000004", "0.30000000000000004"),
        ("9007199254740992", "9007199254740992"),
        ("9007199254740993", "9007199254740992"),  # no double between the two
        ("1e20", "1e+20"),
        ("4.4000000000000004", "4.4"),  # how Excel stores 4.4
        (" 7 ", "7"),
        ("1.125", "1.125"),
    ],
)
def test_a_number_is_as_short_as_it_stays_exact(stored, text):
    assert number_text(stored) == text


@pytest.mark.parametrize(
    "stored", ["", "x", "1,5", "1 000", "0x10", "NaN", "INF", "1e999", "1_000", "--1", "\u0661"]
)
def test_what_is_no_number_has_no_text(stored):
    assert number_text(stored) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_comes_back(number):
    text = number_text(repr(number))
    assert text is not None
    assert float(text) == number


@given(st.text(alphabet="0123456789.-+eE \u0661", max_size=20))
def test_the_quick_look_leaves_nothing_out(stored):
    if is_plain_whole(stored):
        assert number_text(stored) == stored


@pytest.mark.parametrize(
    ("serial", "shows", "from_1904", "text"),
    [
        (44697, Shows.DATE, False, "2022-05-16"),
        (44697.90625, Shows.DATE_TIME, False, "2022-05-16T21:45:00"),
        (44697.90625, Shows.DATE, False, "2022-05-16T21:45:00"),  # shows less than it is
        (44697, Shows.DATE_TIME, False, "2022-05-16T00:00:00"),
        (43235.90625, Shows.DATE_TIME, True, "2022-05-16T21:45:00"),
        (0.90625, Shows.TIME, False, "21:45:00"),
        (0.90625, Shows.TIME, True, "21:45:00"),
        (44697.9062500001, Shows.DATE_TIME, False, "2022-05-16T21:45:00"),
        (44697.999999999, Shows.DATE_TIME, False, "2022-05-17T00:00:00"),  # less than a millisecond before
        (1 / 86_400_000, Shows.TIME, False, "00:00:00.001000"),
        (1, Shows.DATE, False, "1900-01-01"),
        (59, Shows.DATE, False, "1900-02-28"),
        (61, Shows.DATE, False, "1900-03-01"),
        (60, Shows.DATE, True, "1904-03-01"),
        (0, Shows.DATE, True, "1904-01-01"),
        (2_958_465, Shows.DATE, False, "9999-12-31"),
        (2_957_003, Shows.DATE, True, "9999-12-31"),
    ],
)
def test_a_date_is_what_a_spreadsheet_shows(serial, shows, from_1904, text):
    assert date_text(serial, shows, from_1904=from_1904) == (text, CellKind.DATE)


@pytest.mark.parametrize(
    ("serial", "text"), [(1.5 / 24, "1:30:00"), (1.104166667, "26:30:00"), (0, "0:00:00")]
)
def test_a_duration_is_no_date(serial, text):
    assert date_text(serial, Shows.DURATION, from_1904=False) == (text, CellKind.TEXT)


@pytest.mark.parametrize(
    ("serial", "from_1904"), [(-1, False), (60, False), (2_958_466, False), (2_957_004, True), (1e300, False)]
)
def test_what_no_calendar_shows_is_no_date(serial, from_1904):
    assert date_text(serial, Shows.DATE, from_1904=from_1904) is None


@given(st.datetimes(min_value=datetime(1900, 3, 1), max_value=datetime(9999, 12, 31, 23, 59)))
def test_every_second_is_found_again(moment):
    second = moment.replace(microsecond=0)
    serial = (second - datetime(1899, 12, 30)) / timedelta(days=1)
    assert date_text(serial, Shows.DATE_TIME, from_1904=False) == (second.isoformat(), CellKind.DATE)
