"""Civil time of rides, both days of the clock change among them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.clock import civil_hours, civil_pieces, minutes_of_day, rounded, spread

AUTUMN, SPRING = date(2022, 11, 6), date(2022, 3, 13)


def at(text: str) -> np.datetime64:
    return np.datetime64(text, "us")


def test_a_slot_within_an_hour_is_one_piece() -> None:
    (piece,) = civil_pieces(datetime(2022, 3, 1, 14, 35, tzinfo=UTC), 5)
    assert (piece.weekday, piece.hour, piece.minute_of_day, piece.length_min) == (1, 8, 515.0, 5.0)


def test_a_slot_is_cut_at_the_hours_and_nothing_of_it_is_lost() -> None:
    pieces = list(civil_pieces(datetime(2022, 3, 2, 5, 50, tzinfo=UTC), 75))
    assert [(piece.weekday, piece.hour, piece.length_min) for piece in pieces] == [
        (1, 23, 10.0),
        (2, 0, 60.0),
        (2, 1, 5.0),
    ]


@pytest.mark.parametrize(
    ("day", "length_min", "hours"),
    [
        (date(2022, 3, 1), 1440, list(range(24))),
        (AUTUMN, 1500, [0, 1, 1, *range(2, 24)]),  # the hour after one comes twice
        (SPRING, 1380, [0, 1, *range(3, 24)]),  # the hour after two never comes
    ],
)
def test_a_civil_day_has_the_hours_that_its_clocks_show(day: date, length_min: int, hours: list[int]) -> None:
    start, length = CHICAGO.day(day)
    assert length == length_min
    assert [piece.hour for piece in civil_pieces(start, length)] == hours
    assert length // 5 in (276, 288, 300)


@pytest.mark.parametrize(
    ("slot_at", "length_min", "code"),
    [
        (datetime(2022, 3, 1, 14), 5, "trips.slot_without_zone"),  # that is the point
        (datetime(2022, 3, 1, 14, tzinfo=UTC), 0, "trips.bad_slot_length"),
    ],
)
def test_what_is_no_slot_is_refused(slot_at: datetime, length_min: int, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        list(civil_pieces(slot_at, length_min))
    assert refused.value.code == code


def test_hours_of_instants_follow_the_clocks_of_chicago() -> None:
    starts = np.array(
        [at("2022-11-06T06:30"), at("2022-11-06T07:30"), at("2022-03-13T08:30"), at("2022-03-02T05:59")]
    )
    days, weekdays, hours = civil_hours(starts)
    assert hours.tolist() == [1, 1, 3, 23]
    assert weekdays.tolist() == [6, 6, 6, 1]
    assert days[0] == AUTUMN.toordinal()
    assert minutes_of_day(starts).tolist() == [90.0, 90.0, 210.0, 1439.0]
    assert CHICAGO.times(starts).astype(str).tolist()[2] == "2022-03-13T03:30:00.000000"


def test_no_instants_have_no_hours() -> None:
    none = np.zeros(0, dtype="datetime64[us]")
    assert len(civil_hours(none)[0]) == len(spread(none)) == len(CHICAGO.times(none)) == 0


def test_starts_are_published_to_the_nearest_quarter() -> None:
    starts = np.array([at("2022-03-01T18:07:29"), at("2022-03-01T18:07:30"), at("2022-03-01T18:15")])
    assert rounded(starts).astype(str).tolist() == [
        f"2022-03-01T18:{minute}:00.000000" for minute in ("00", "15", "15")
    ]


def test_spreading_undoes_the_rounding_evenly_and_stays_within_the_day() -> None:
    start, length_min = CHICAGO.day(date(2022, 3, 1))
    first = at(start.replace(tzinfo=None).isoformat())
    stamps = first + np.repeat(np.arange(length_min // 15) * 15, 30).astype("timedelta64[m]")
    moved = spread(stamps)
    gaps_s = np.diff(np.sort(moved)) / np.timedelta64(1, "s")
    assert np.allclose(gaps_s, 30.0, atol=1e-3)  # no bursts: a ride every half minute, all day long
    assert moved.min() >= first
    assert moved.max() < first + np.timedelta64(1, "D")
    is_same = rounded(moved) == stamps
    assert (~is_same).sum() == 15  # half of midnight's quarter went to the end of the day
    assert np.array_equal(spread(stamps), moved)


def test_spreading_keeps_the_order_of_a_quarter_and_the_days_apart() -> None:
    stamps = np.array([at("2022-03-01T18:15")] * 3 + [at("2022-04-01T18:15")] * 3)
    moved = spread(stamps)
    assert (np.diff(moved[:3]) > np.timedelta64(0)).sum() >= 1
    assert (np.abs(moved - stamps) <= np.timedelta64(15, "m")).all()


def test_a_civil_day_ends_where_the_next_begins() -> None:
    start, length_min = CHICAGO.day(AUTUMN)
    assert start + timedelta(minutes=length_min) == CHICAGO.day(AUTUMN + timedelta(days=1))[0]
