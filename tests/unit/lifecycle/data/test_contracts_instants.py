"""An instant needs its zone in JSON; a table may hold civil time of its own zone, which skips and repeats."""

from __future__ import annotations

import json

import polars as pl
import pytest

from drivetrain.adapters.tabular.frame_checks import check_table
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.lifecycle.data.cells import read_cell
from drivetrain.lifecycle.data.contracts import Contract, InstantColumn, NumberColumn, contract_from_dict

AT = InstantColumn(
    "at",
    "When.",
    "2022-05-16T21:45:00Z",
    zone="America/Chicago",
    first_year=2000,
    last_year=2099,
    writings=("%m/%d/%Y %I:%M:%S %p",),
)
AREA = NumberColumn(
    "area", "Where.", "number", 1, 77, 1, 77, 8, optional=True, without="The answer is coarser."
)
CONTRACT = Contract(
    "trips", "test", (AT, AREA), NumberColumn("minutes", "How long.", "min", 1, 120, 2, 90, 12)
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2022-05-16T21:45:00Z", "2022-05-16T21:45:00Z"),
        ("2022-05-16T16:45:00-05:00", "2022-05-16T21:45:00Z"),
        ("2022-05-16 23:45+02:00", "2022-05-16T21:45:00Z"),
        ("2022-11-06T01:30:00-05:00", "2022-11-06T06:30:00Z"),  # the first of the two
        ("2022-11-06T01:30:00-06:00", "2022-11-06T07:30:00Z"),  # the second
        ("2022-05-16T21:45:00.25Z", "2022-05-16T21:45:00.250000Z"),
    ],
)
def test_an_instant_with_its_zone_is_kept_in_utc_by_json_and_table_alike(written, canonical):
    row, warnings = CONTRACT.check_row({"at": written, "area": 8})
    assert (row["at"], warnings) == (canonical, ())
    assert read_cell(AT, written, "test") == canonical


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2022-05-16T16:45:00", "test.at_not_an_instant"),  # no zone
        ("05/16/2022 4:45:00 PM", "test.at_not_an_instant"),  # a table's writing
        ("2022-05-16", "test.at_not_an_instant"),
        ("soon", "test.at_not_an_instant"),
        ("", "test.at_not_an_instant"),
        ("2022-02-30T12:00:00Z", "test.at_not_an_instant"),
        ("1999-12-31T23:59:59Z", "test.at_out_of_range"),
        ("2100-01-01T00:00:00Z", "test.at_out_of_range"),
        ("0001-01-01T00:00:00+23:59", "test.at_not_an_instant"),  # before the calendar begins
        (1_652_737_500, "test.at_not_text"),
        (None, "test.at_not_text"),
        (True, "test.at_not_text"),
        ("2022-05-16T21:45:00Z" + " " * 100_000, "test.at_not_an_instant"),
    ],
)
def test_json_refuses_what_is_not_an_instant_with_its_zone(value, code):
    with pytest.raises(ContractError) as caught:
        CONTRACT.check_row({"at": value, "area": 8})
    assert [error.code for error in caught.value.errors] == [code]


@pytest.mark.parametrize(
    ("cell", "canonical"),
    [
        ("2022-05-16 16:45:00", "2022-05-16T21:45:00Z"),  # summer: five hours
        ("2022-03-01 00:15:00", "2022-03-01T06:15:00Z"),  # winter: six
        ("05/16/2022 4:45:00 PM", "2022-05-16T21:45:00Z"),
        ("5/16/2022 12:00:00 AM", "2022-05-16T05:00:00Z"),  # midnight
        (" 2022-05-16T16:45 ", "2022-05-16T21:45:00Z"),
        ("2022-03-13 01:59:59", "2022-03-13T07:59:59Z"),  # the last second before the jump
        ("2022-03-13 03:00:00", "2022-03-13T08:00:00Z"),  # the first after it
        ("2022-11-06 01:30:00", "2022-11-06T06:30:00Z"),  # comes twice: the first
        ("2022-11-06 02:00:00", "2022-11-06T08:00:00Z"),
    ],
)
def test_a_table_may_hold_civil_time(cell, canonical):
    assert read_cell(AT, cell, "test") == canonical


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2022-03-13 02:00:00", "test.at_does_not_exist"),
        ("03/13/2022 2:59:59 AM", "test.at_does_not_exist"),
        ("2022-05-16", "test.at_not_an_instant"),
        ("1652737500", "test.at_not_an_instant"),
        ("16:45", "test.at_not_an_instant"),
        ("9999-12-31 23:59:59", "test.at_not_an_instant"),  # its instant is past the calendar
        ("0001-01-01 00:00:00", "test.at_out_of_range"),
        ("1999-12-31 17:59:59", "test.at_out_of_range"),
        ("", "input.missing_value"),
    ],
)
def test_a_table_is_refused_a_time_that_never_was(cell, code):
    found = read_cell(AT, cell, "test")
    assert isinstance(found, FieldError)
    assert found.code == code


def test_a_whole_table_is_read_as_its_cells_are_with_the_faults_apart():
    cells = [
        "2022-05-16 16:45:00",
        "2022-03-13 02:30:00",
        "",
        None,
        "soon",
        "1999-01-01 00:00:00",
        "2022-11-06 01:15:00",
    ]
    frame = pl.DataFrame({"at": cells, "area": ["8"] * 6 + [None]})
    checked = check_table(frame, CONTRACT, with_target=False)
    assert checked.frame.get_column("at").to_list() == ["2022-05-16T21:45:00Z", "2022-11-06T06:15:00Z"]
    assert checked.counts == {
        "test.at_does_not_exist": 1,
        "input.missing_value": 2,
        "test.at_not_an_instant": 1,
        "test.at_out_of_range": 1,
    }
    told = {warning.code: lines.to_list() for warning, lines in checked.warnings}
    assert told == {"test.at_comes_twice": [1], "test.area_missing": [1]}


def test_a_row_without_an_optional_value_is_told_where_that_matters():
    row, warnings = CONTRACT.check_row({"at": "2022-05-16T21:45:00Z"})
    assert row["area"] is None
    assert [warning.as_dict() for warning in warnings] == [
        {"field": "area", "code": "test.area_missing", "detail": "The answer is coarser."}
    ]


def test_the_contract_survives_json_and_shows_a_date_time():
    again = contract_from_dict(json.loads(json.dumps(CONTRACT.as_dict())))
    assert again == CONTRACT
    assert again.schema()["properties"]["at"]["format"] == "date-time"
    assert again.schema()["required"] == ["at"]
