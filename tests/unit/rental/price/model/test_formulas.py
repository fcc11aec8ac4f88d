"""From the trees' numbers to a price and its range, by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.rental.price.model.formulas import LOWEST_PRICE, bounds_around, bounds_of_one


def bounds(price: float, spread: float, low_factor: float, high_factor: float) -> tuple[float, float]:
    low, high = bounds_around(
        np.asarray([price]), np.asarray([spread]), np.asarray([[low_factor, high_factor]])
    )
    return low.item(), high.item()


def test_the_range_is_factors_times_spread_around_the_price():
    assert bounds(100.0, 10.0, 2.0, 3.0) == (80.0, 130.0)


def test_a_range_never_reaches_below_the_lowest_price_and_keeps_its_width():
    assert bounds(15.0, 10.0, 2.0, 3.0) == (LOWEST_PRICE, 51.0)


def test_factors_of_nothing_leave_the_price_alone():
    assert bounds(LOWEST_PRICE, 10.0, 0.0, 0.0) == (LOWEST_PRICE, LOWEST_PRICE)


@given(st.floats(LOWEST_PRICE, 1e6), st.floats(0.0, 1e6), st.floats(0.0, 50.0), st.floats(0.0, 50.0))
def test_one_row_has_the_bits_of_many(price, spread, low_factor, high_factor):
    assert bounds_of_one(price, spread, (low_factor, high_factor)) == bounds(
        price, spread, low_factor, high_factor
    )
