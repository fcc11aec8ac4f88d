"""Prices as they are answered: whole cents, a range with its promise, reasons in order."""

from __future__ import annotations

import numpy as np

from drivetrain.core.prices import COVERAGE, PriceReason, range_of, reasons_of, rows_in_cents


def test_rows_are_rounded_to_whole_cents_alike_whatever_their_number():
    price, low, high = np.array([10.005, 99.999]), np.array([8.004, 80.0]), np.array([12.016, 120.126])
    rows = list(rows_in_cents(price, low, high))
    assert rows[1] == (100.0, 80.0, 120.13)
    assert list(rows_in_cents(price[:1], low[:1], high[:1])) == rows[:1]


def test_a_range_says_what_it_promises():
    assert range_of(80.0, 120.5) == {"low": 80.0, "high": 120.5, "coverage": COVERAGE}


def test_the_largest_effect_comes_first_whatever_its_sign():
    reasons = reasons_of(("make", "year"), {"year": 2019, "make": "Ford"}, [1.5, -20.25])
    assert reasons == [PriceReason("year", 2019, -20.25), PriceReason("make", "Ford", 1.5)]
