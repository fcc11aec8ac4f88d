"""Civil times of Chicago become instants; the hour that does not exist becomes none."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.trips.bulk.domain.starts import instants_of, known_starts


def us(*texts):
    return np.array(texts, dtype="datetime64[us]")


@pytest.mark.parametrize(
    ("civil", "instant"),
    [
        ("2022-01-15T12:00", "2022-01-15T18:00"),  # winter
        ("2022-07-15T12:00", "2022-07-15T17:00"),  # summer
        ("2022-03-13T01:59:59.999999", "2022-03-13T07:59:59.999999"),  # the last microsecond before the gap
        ("2022-03-13T02:00", "NaT"),  # skipped
        ("2022-03-13T02:59:59", "NaT"),
        ("2022-03-13T03:00", "2022-03-13T08:00"),
        ("2022-11-06T00:59", "2022-11-06T05:59"),
        ("2022-11-06T01:30", "2022-11-06T06:30"),  # comes twice: the first pass
        ("2022-11-06T02:00", "2022-11-06T08:00"),
        ("NaT", "NaT"),
        ("1999-12-31T23:59", "NaT"),  # before the calendar
        ("2100-01-01T00:00", "NaT"),  # after it
        ("9999-12-31T23:59", "NaT"),
    ],
)
def test_civil_times_become_instants(civil, instant):
    assert np.array_equal(instants_of(us(civil)), us(instant), equal_nan=True)


def test_many_are_as_one_by_one_in_their_order():
    draw = np.random.default_rng(3)
    civil = np.datetime64("2022-01-01", "us") + draw.integers(0, 365 * 24 * 60, 500) * np.timedelta64(1, "m")
    together = instants_of(civil)
    assert np.array_equal(
        together, np.concatenate([instants_of(civil[at : at + 1]) for at in range(500)]), equal_nan=True
    )


def test_no_rows_are_no_rows():
    assert len(instants_of(us())) == 0


def test_instants_outside_the_calendar_are_as_good_as_none():
    assert np.isnat(
        known_starts(us("1999-12-31", "2000-01-01", "2099-12-31", "2100-01-01", "NaT"))
    ).tolist() == [
        True,
        False,
        False,
        True,
        True,
    ]
