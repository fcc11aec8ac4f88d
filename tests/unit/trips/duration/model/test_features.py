"""Features are known before the trip, the same for one ride and a million, and know weekdays from days off."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from tests.support.trips import TRIP, rides_of, small_model, small_table, trip

from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.trips.duration.model import features, hours, predictor, typical
from drivetrain.trips.duration.model.features import NAMES, REASONS, starts_of_rides, starts_of_rows

HOUR, WEEK, OFF = (NAMES.index(name) for name in hours.FEATURES)


def seen(**changed) -> np.ndarray:
    return small_model().estimate(as_columns([trip(**changed)], list(trip(**changed)))).features[0]


def test_nothing_that_the_meter_knows_afterwards_is_even_named():
    for module in (features, hours, predictor, typical):
        assert not [
            word
            for word in (".fare", ".trip_total", ".trip_miles", "trip_seconds")
            if word in inspect.getsource(module)
        ]


def test_every_feature_is_told_under_one_name():
    assert sorted(name for group in REASONS.values() for name in group) == sorted(NAMES)


@pytest.mark.parametrize(
    ("instant", "hour", "day"),
    [
        ("2024-04-16T21:45:00Z", 16.75, 1),  # Tuesday, summer time
        ("2024-01-16T21:45:00Z", 15.75, 1),  # Tuesday, winter time
        ("2024-04-21T04:30:00Z", 23.5, 5),  # Saturday night in Chicago, Sunday in UTC
        ("2024-07-04T17:00:00Z", 12.0, 6),  # a holiday on a Thursday counts as Sunday
        ("2022-11-06T06:30:00Z", 1.5, 6),  # the autumn hour, first time
        ("2022-11-06T07:30:00Z", 1.5, 6),  # and second time
        ("2022-03-13T08:00:00Z", 3.0, 6),  # the first minute after the spring gap
    ],
)
def test_the_hour_of_the_week_is_that_of_chicago(instant, hour, day):
    row = seen(trip_start_timestamp=instant)
    assert (row[HOUR], row[WEEK], row[OFF]) == (hour, 24 * day + hour, float(day >= 5))


def test_with_few_days_a_tuesday_is_any_working_day():
    table = hours.hour_table(knows_week=False)
    assert len({tuple(table[kind * 1440 + 600]) for kind in range(5)}) == 1
    assert len({tuple(table[kind * 1440 + 600]) for kind in range(8)}) == 2


def test_rows_and_rides_give_the_same_starts_whatever_stands_in_the_figures_after_the_ride():
    rows = small_table().rows
    by_row, by_ride = starts_of_rows(rows), starts_of_rides(rides_of(rows))
    for name in ("pairs", "minutes", "civil_hours"):
        assert np.array_equal(getattr(by_row, name), getattr(by_ride, name))


def test_an_unknown_area_has_no_place_but_a_typical_duration():
    row = seen(pickup_community_area=None)
    assert np.isnan(row[[NAMES.index("pickup_latitude"), NAMES.index("street_km")]]).all()
    assert not np.isnan(row[[NAMES.index("typical_min"), NAMES.index("dropoff_latitude")]]).any()


def test_every_minute_of_the_week_belongs_to_one_band():
    for is_off in (False, True):
        for hour in range(24):
            assert sum(band.is_day_off == is_off and band.holds(hour) for band in hours.BANDS) == 1
    assert hours.BANDS[hours.band_table()[16 * 60]].words() == "working days, 15:00 to 19:00"
    assert TRIP["pickup_community_area"] == 8
