"""Clocks by table are what the zone's rules say, in both nights of the year on which they bite; distances are the globe's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from drivetrain.core.city import CivilTime, great_circle_km, grid_km

CHICAGO = CivilTime("America/Chicago")
ZONES = ["America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "UTC"]
"""Among them one without changes, one that jumps half an hour, and offsets that are no whole hours."""
ZONE = ZoneInfo("America/Chicago")
EPOCH = datetime(1970, 1, 1)  # civil


def by_the_rules(instant: datetime) -> int:
    return (instant.astimezone(ZONE).replace(tzinfo=None) - EPOCH) // timedelta(minutes=1)


def table_of(instants: list[datetime]) -> np.ndarray:
    return CHICAGO.minutes(np.asarray([at.replace(tzinfo=None) for at in instants], dtype="datetime64[us]"))


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
    together = CHICAGO.minutes(many)
    assert [int(CHICAGO.minutes(many[at : at + 1])[0]) for at in range(len(many))] == together.tolist()


def us(*texts):
    return np.array(texts, dtype="datetime64[us]")


@pytest.mark.parametrize("name", ZONES)
def test_instants_and_civil_times_of_any_zone_are_as_the_rules_say(name):
    zone, clocks = ZoneInfo(name), CivilTime(name)
    seconds = np.random.default_rng(5).integers(0, 4_102_444_800, 2_000)
    instants = [datetime.fromtimestamp(int(each), UTC) for each in seconds]
    civil = [each.astimezone(zone).replace(tzinfo=None) for each in instants]
    shown = clocks.times(seconds.astype("datetime64[s]").astype("datetime64[us]"))
    assert shown.tolist() == civil
    firsts = [each.replace(tzinfo=zone, fold=0).astimezone(UTC).replace(tzinfo=None) for each in civil]
    assert clocks.instants(shown).tolist() == firsts


@pytest.mark.parametrize("name", ZONES)
def test_every_quarter_of_an_hour_of_a_year_is_as_the_rules_say(name):
    zone, clocks = ZoneInfo(name), CivilTime(name)
    civil = np.arange("2022-01-01", "2023-01-01", 15, dtype="datetime64[m]").astype("datetime64[us]")
    expected = []
    for each in civil.tolist():
        first = each.replace(tzinfo=zone).astimezone(UTC)
        exists = first.astimezone(zone).replace(tzinfo=None) == each
        expected.append(first.replace(tzinfo=None) if exists else None)
    assert clocks.instants(civil).tolist() == expected


@pytest.mark.parametrize(
    ("civil", "instant"),
    [
        ("2022-03-13T01:59:59.999999", "2022-03-13T07:59:59.999999"),  # the last microsecond before the gap
        ("2022-03-13T02:00", "NaT"),  # skipped
        ("2022-03-13T02:59:59.999999", "NaT"),
        ("2022-03-13T03:00", "2022-03-13T08:00"),
        ("2022-11-06T00:59:59.999999", "2022-11-06T05:59:59.999999"),
        ("2022-11-06T01:00", "2022-11-06T06:00"),  # comes twice: the first pass
        ("2022-11-06T01:59:59.999999", "2022-11-06T06:59:59.999999"),
        ("2022-11-06T02:00", "2022-11-06T08:00"),
        ("NaT", "NaT"),
    ],
)
def test_the_hour_that_is_skipped_is_none_and_the_one_that_is_repeated_is_its_first_pass(civil, instant):
    assert np.array_equal(CHICAGO.instants(us(civil)), us(instant), equal_nan=True)
    if instant != "NaT":
        assert CHICAGO.times(us(instant)) == us(civil)


def test_what_is_unknown_stays_unknown_and_nothing_stays_nothing():
    assert np.isnat(CHICAGO.times(us("NaT"))).all()
    assert len(CHICAGO.times(us())) == len(CHICAGO.instants(us())) == len(CHICAGO.minutes(us())) == 0


@pytest.mark.parametrize(
    ("day", "length_min"), [(date(2022, 3, 1), 1440), (date(2022, 11, 6), 1500), (date(2022, 3, 13), 1380)]
)
def test_a_day_is_as_long_as_its_clocks_make_it(day, length_min):
    start, length = CHICAGO.day(day)
    assert (start.astimezone(ZONE).date(), start.astimezone(ZONE).hour, length) == (day, 0, length_min)


def test_distances_are_those_of_the_globe():
    chicago, berlin = (np.array([41.8789]), np.array([-87.6252])), (np.array([52.52]), np.array([13.405]))
    assert great_circle_km(*chicago, *berlin) == pytest.approx(7_080, rel=0.005)
    assert great_circle_km(*chicago, *chicago) == grid_km(*chicago, *chicago) == 0
    north = (chicago[0] + 1, chicago[1])
    assert great_circle_km(*chicago, *north) == pytest.approx(
        grid_km(*chicago, *north)
    )  # one degree of a meridian
    assert great_circle_km(*chicago, *north) == pytest.approx(111.19, abs=0.01)


def test_the_way_along_streets_is_never_shorter_than_the_straight_one_and_the_same_back():
    draw = np.random.default_rng(1)
    here, there = ((41.6 + 0.4 * draw.random(500), -87.9 + 0.4 * draw.random(500)) for _ in range(2))
    straight, grid = great_circle_km(*here, *there), grid_km(*here, *there)
    assert (grid >= straight * (1 - 1e-6)).all()
    assert (grid <= straight * np.sqrt(2) * (1 + 1e-4)).all()
    assert np.allclose(straight, great_circle_km(*there, *here))


def test_an_unknown_place_is_at_an_unknown_distance():
    nowhere, here = np.array([np.nan]), np.array([41.8])
    assert np.isnan(great_circle_km(nowhere, nowhere, here, here)).all()
    assert np.isnan(grid_km(here, here, nowhere, nowhere)).all()
