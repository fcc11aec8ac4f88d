"""Civil time by table is what the zone's rules say, in both nights of the year on which they bite."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from drivetrain.trips.city.domain.civil_time import (
    HOLIDAY,
    MINUTES_PER_DAY,
    civil_minutes,
    day_kinds,
    federal_holidays,
)

ZONE = ZoneInfo("America/Chicago")
EPOCH = datetime(1970, 1, 1)  # civil


def by_the_rules(instant: datetime) -> int:
    return (instant.astimezone(ZONE).replace(tzinfo=None) - EPOCH) // timedelta(minutes=1)


def table_of(instants: list[datetime]) -> np.ndarray:
    return civil_minutes(np.asarray([at.replace(tzinfo=None) for at in instants], dtype="datetime64[us]"))


def test_random_instants_of_a_hundred_years_are_as_the_rules_say():
    seconds = np.random.default_rng(3).integers(946_684_800, 4_102_444_800, 3_000)
    instants = [datetime.fromtimestamp(int(each), UTC) for each in seconds]
    assert table_of(instants).tolist() == [by_the_rules(each) for each in instants]


@pytest.mark.parametrize(
    "change",
    [
        datetime(2022, 3, 13, 8, tzinfo=UTC),
        datetime(2022, 11, 6, 7, tzinfo=UTC),
        datetime(2006, 4, 2, 8, tzinfo=UTC),
    ],
    ids=["spring", "autumn", "spring by the old law"],
)
def test_the_minutes_around_a_change_are_as_the_rules_say(change):
    instants = [change + timedelta(seconds=each) for each in range(-7_200, 7_201, 60)]
    instants += [change - timedelta(microseconds=1), change]
    assert table_of(instants).tolist() == [by_the_rules(each) for each in instants]


def test_the_autumn_hour_is_lived_twice_and_the_spring_hour_never():
    autumn = table_of([datetime(2022, 11, 6, 6, 30, tzinfo=UTC), datetime(2022, 11, 6, 7, 30, tzinfo=UTC)])
    assert autumn[0] == autumn[1]
    spring = table_of([datetime(2022, 3, 13, 7, 59, tzinfo=UTC), datetime(2022, 3, 13, 8, 0, tzinfo=UTC)])
    assert spring[1] - spring[0] == 61


def test_one_instant_and_many_are_the_same():
    many = np.arange("2022-01-01", "2023-01-01", 7, dtype="datetime64[h]").astype("datetime64[us]")
    together = civil_minutes(many)
    assert [int(civil_minutes(many[at : at + 1])[0]) for at in range(len(many))] == together.tolist()


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
    noon = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    return int(day_kinds(table_of([noon]) // MINUTES_PER_DAY)[0])
