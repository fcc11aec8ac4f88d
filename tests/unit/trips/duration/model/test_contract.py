"""The start of a trip is read as the City's portal writes it, and as spreadsheets save that again."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import FieldError
from drivetrain.lifecycle.data.cells import read_cell
from drivetrain.trips.duration.model.contract import START, TRIP_DURATION

(AT,) = (column for column in TRIP_DURATION.columns if column.name == START)


@pytest.mark.parametrize(
    "text", ["05/16/2022 4:45:00 PM", "5/16/2022 16:45", "05/16/2022 16:45", "2022-05-16T16:45:00-05:00"]
)
def test_one_instant_in_the_writings_of_the_portal_and_its_copies(text: str) -> None:
    assert read_cell(AT, text, "trips") == "2022-05-16T21:45:00Z"


@pytest.mark.parametrize("text", ["16/5/2022 16:45", "5/16/2022 24:45", "5/16/2022"])
def test_a_day_before_its_month_and_a_day_alone_are_refused(text: str) -> None:
    read = read_cell(AT, text, "trips")
    assert isinstance(read, FieldError)
    assert read.code == "trips.trip_start_timestamp_not_an_instant"
