"""Value rules: a range that only widens, grids that hold the car's own point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.resale.used.domain.value import (
    Drift,
    age_grid,
    distance_grid,
    future_ranges,
    future_values,
    used_values,
)

factors = st.floats(0.3, 1.0)


@given(st.lists(st.tuples(factors, st.floats(0.001, 1.5), st.floats(0.001, 1.5)), min_size=2, max_size=6))
def test_the_range_of_the_future_widens_every_year_whatever_the_model_says(years):
    value = 20_000 * np.cumprod([loss for loss, _, _ in years])
    low = value * np.exp([-below for _, below, _ in years])
    high = value * np.exp([above for _, _, above in years])
    least, most = future_ranges(value, low, high)
    assert (np.diff([high[0] / low[0], *(most / least)]) > 0).all()
    assert (np.diff([high[0] - low[0], *(most - least)]) >= -1e-9 * value[0]).all()
    assert ((least < value[1:]) & (value[1:] < most)).all()


def test_without_drift_the_range_stays_the_widest_that_the_model_gave():
    value, low, high = (
        np.array([100.0, 80.0, 60.0]),
        np.array([80.0, 72.0, 40.0]),
        np.array([125.0, 100.0, 66.0]),
    )
    least, most = future_ranges(value, low, high, Drift(market=0.0, course=0.0))
    np.testing.assert_allclose(least, [64.0, 40.0])
    np.testing.assert_allclose(most, [109.0, 85.0])  # 45 wide, as today


def test_doubts_about_time_add_up_by_their_squares():
    assert Drift(market=0.1, course=0.06).spread(4) == pytest.approx(math.sqrt(0.1**2 * 4 + 0.24**2))
    assert Drift().spread(0) == 0


def test_future_values_name_their_year_and_distance_in_whole_cents():
    value = np.array([10_000.0, 8_500.123, 7_000.0])
    found = future_values(value, value * 0.9, value * 1.1, [5_000, 13_000, 21_000], [False, False, True])
    assert [(each.years, each.distance, each.value, each.is_beyond_table) for each in found] == [
        (1, 13_000, 8_500.12, False),
        (2, 21_000, 7_000.0, True),
    ]
    plain = found[0].as_dict("mileage_miles")
    assert plain["range"] == {"low": found[0].low, "high": found[0].high, "coverage": 0.9}
    assert (plain["years"], plain["mileage_miles"], plain["beyond_table"]) == (1, 13_000, False)


@given(st.floats(0, 400_000), st.floats(1_000, 200_000))
def test_a_grid_of_distances_rises_and_holds_the_cars_own(own, farthest):
    grid = distance_grid(own, farthest)
    assert grid == sorted(set(grid))
    assert grid[0] == 0
    assert round(own) in grid
    assert grid[-1] >= round(max(own, farthest))


@given(st.integers(0, 40), st.integers(0, 60))
def test_a_grid_of_ages_goes_year_by_year_and_holds_the_cars_own(own, oldest):
    grid = age_grid(own, oldest)
    assert grid == list(range(len(grid)))
    assert own in grid


def test_a_value_says_of_which_year_it_is():
    (value,) = used_values(np.array([9_500.004]), np.array([8_000.0]), np.array([11_000.0]), "GBP", 2020)
    assert value.as_dict() == {
        "value": 9_500.0,
        "currency": "GBP",
        "range": {"low": 8_000.0, "high": 11_000.0, "coverage": 0.9},
        "as_of_year": 2020,
    }
    assert value.relative_width() == pytest.approx(3_000 / 9_500)
