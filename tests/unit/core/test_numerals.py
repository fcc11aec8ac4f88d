"""Numbers as people write them: each text means one thing in its column, or is refused with both readings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivetrain.core.numerals import AmbiguousNumber, read_numerals, write_numeral


def anything(_: float) -> bool:
    return True


def whole(number: float) -> bool:
    return number == int(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1250", 1250),
        ("-12", -12),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1),
        ("1e3", 1000),
        ("0.125", 0.125),  # no group begins with a zero
        ("1234.567", 1234.567),  # nor has four digits
        ("12,5", 12.5),
        ("0,125", 0.125),
        ("1 250", 1250),
        ("1\u00a0250", 1250),
        ("1\u202f250,75", 1250.75),
        ("1'250", 1250),
        ("1\u2019250.5", 1250.5),
        ("1.250.000", 1_250_000),
        ("1,250,000", 1_250_000),
        ("1.250,5", 1250.5),
        ("1,250.5", 1250.5),
        ("-1.250.000,5", -1_250_000.5),
    ],
)
def test_a_writing_that_means_one_thing_is_read(text, number):
    assert read_numerals([text], anything) == {text: number}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "12 50",  # not in groups of three
        "1.25.000",
        "1,2,3",
        "1.250.00",
        "1 250 00",
        "0.250.000",
        "1,250,000,5",
        "1.250,5,5",
        "1'250 000",  # two marks for groups
        "nan",
        "inf",
        "0x10",
        "1_000",
        "١٢",  # digits of another script
        "12 km",
    ],
)
def test_what_is_no_number_is_none(text):
    assert read_numerals([text], anything) == {text: None}


@pytest.mark.parametrize("text", ["1.250", "150.000", "1,250", "-8.200"])
def test_alone_a_mark_with_three_digits_is_ambiguous(text):
    read = read_numerals([text], anything)[text]
    decimal = float(text.replace(",", "."))
    assert read == AmbiguousNumber(decimal, decimal * 1000)


@pytest.mark.parametrize(
    ("others", "number"),
    [
        (["12.5"], 1.25),
        (["0.125"], 1.25),
        (["1,250,000"], 1.25),  # the comma groups, so the point is the decimal one
        (["1.250.000"], 1250),
        (["12,5"], 1250),  # the comma is the decimal one, so the point groups
        (["1.250,5"], 1250),
    ],
)
def test_the_other_texts_of_the_column_decide(others, number):
    assert read_numerals(["1.250", *others], anything)["1.250"] == number


def test_a_column_that_contradicts_itself_decides_nothing():
    read = read_numerals(["1.250", "12.5", "1.250.000"], anything)
    assert read == {"1.250": AmbiguousNumber(1.25, 1250), "12.5": 12.5, "1.250.000": 1_250_000}


def test_two_marks_that_are_both_ambiguous_decide_nothing():
    read = read_numerals(["1.250", "1,300"], anything)
    assert all(isinstance(cell, AmbiguousNumber) for cell in read.values())


def test_what_the_column_may_hold_decides_where_one_reading_is_impossible():
    assert read_numerals(["1.250"], whole) == {"1.250": 1250}
    assert read_numerals(["150.000"], whole)["150.000"] == AmbiguousNumber(150, 150_000)
    assert (
        read_numerals(["150.000", "150.500"], whole)["150.000"] == 150_000
    )  # one of the column's texts tells
    assert read_numerals(["1.600"], lambda liters: liters < 10) == {"1.600": 1.6}


@given(st.lists(st.integers(1_000, 999_999_999), min_size=1), st.sampled_from([" ", "'", "\u202f"]))
def test_spaces_and_apostrophes_group_whatever_else_the_column_holds(numbers, mark):
    texts = {f"{number:,}".replace(",", mark): float(number) for number in numbers}
    assert read_numerals(texts, anything) == texts


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-9_999_999, 9_999_999).map(lambda n: n / 1000)
)
@example(1.125)
@example(-150.125)
def test_a_number_that_is_written_is_read_as_itself_in_every_column(number):
    for other in ("1.250.000", "12,5", "7"):
        assert read_numerals([write_numeral(number), other], anything)[write_numeral(number)] == number


@given(st.text(alphabet="0123456789.,' eE+-", max_size=12))
def test_no_text_is_read_as_a_number_that_its_digits_do_not_spell(text):
    read = read_numerals([text], anything)[text]
    if isinstance(read, float) and "e" not in text.lower():
        significant = "".join(letter for letter in text if letter.isdigit()).strip("0")
        digits = "".join(str(digit) for digit in Decimal(repr(read)).as_tuple().digits).strip("0")
        assert digits == significant
