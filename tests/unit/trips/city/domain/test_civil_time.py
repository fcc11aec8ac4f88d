"""The holidays of Chicago by rule."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from drivetrain.trips.city.domain.civil_time import (
    HOLIDAY,
    day_kinds,
    federal_holidays,
)


@pytest.mark.parametrize(
    "day",
    [
        date(2022, 1, 1),
        date(2021, 12, 31),  # New Year of 2022 falls on a Saturday
        date(2022, 1, 17),
        date(2022, 2, 21),
        date(2022, 5, 30),
        date(2022, 6, 20),  # Juneteenth falls on a Sunday
        date(2022, 7, 4),
        date(2022, 9, 5),
        date(2022, 10, 10),
        date(2022, 11, 11),
        date(2022, 11, 24),
        date(2022, 12, 26),
        date(2099, 12, 25),
        date(2000, 1, 1),
    ],
)
def test_federal_holidays_are_known_by_rule(day):
    assert kind_of(day) == HOLIDAY


@pytest.mark.parametrize("day", [date(2022, 11, 25), date(2020, 6, 19), date(2022, 5, 23), date(2022, 3, 17)])
def test_other_days_are_their_weekday(day):
    assert kind_of(day) == day.weekday()


def test_a_year_has_eleven_holidays_and_at_most_as_many_observed_beside_them():
    for year in range(2021, 2100):
        assert 11 <= len(federal_holidays(year)) <= 16


def kind_of(day: date) -> int:
    return int(day_kinds(np.array([(day - date(1970, 1, 1)).days]))[0])
