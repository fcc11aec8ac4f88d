"""What the header and the cells of a table mean, one at a time."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import FieldError
from drivetrain.lifecycle.data.cells import (
    UNCALCULATED,
    CellKind,
    match_header,
    misnamed_columns,
    read_cell,
)
from drivetrain.lifecycle.data.contracts import NumberColumn

LENGTH = NumberColumn(
    "length",
    "l",
    unit="m",
    low=0,
    high=10_000,
    usual_low=0,
    usual_high=1,
    example=1,
    whole=False,
    optional=True,
)


@pytest.mark.parametrize(
    ("header", "hinted"),
    [
        (["make", "numberofseats"], ["number_of_seats"]),
        (["make", "Number of seat"], ["number_of_seats"]),
        (["make", "colour"], ["color"]),
        (["make", "notes"], []),
        (["make", "number_of_seats", "number_of_seat"], []),  # the column is there
        (["make"], []),
    ],
)
def test_an_ignored_column_that_may_be_meant_for_an_optional_one_is_told(header, hinted):
    optional = ["number_of_seats", "color"]
    warnings = misnamed_columns(match_header(header, ["make", *optional], optional), optional)
    assert [(warning.field, warning.code) for warning in warnings] == [
        (name, "input.misnamed_column") for name in hinted
    ]
    assert all(repr(header[1]) in warning.detail for warning in warnings)


def test_a_number_of_a_spreadsheet_has_no_digit_groups():
    as_text = read_cell(LENGTH, "1.125", "test")
    assert isinstance(as_text, FieldError)
    assert as_text.code == "test.length_ambiguous"
    assert read_cell(LENGTH, "1.125", "test", kind=CellKind.NUMBER) == 1.125


@pytest.mark.parametrize(
    ("text", "code"), [(UNCALCULATED, "input.uncalculated_formula"), ("#N/A", "input.error_value")]
)
def test_formulas_without_a_value_have_their_codes_where_nothing_is_needed(text, code):
    error = read_cell(LENGTH, text, "test")
    assert isinstance(error, FieldError)
    assert error.code == code
    assert read_cell(LENGTH, "", "test") is None
