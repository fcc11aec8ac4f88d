"""The nearest rows: words by being another, numbers by their share of the usual span, missing values half."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drivetrain.lifecycle.learning.comparables import NearestRows
from drivetrain.lifecycle.learning.features import Feature, FeatureEncoder

ENCODER = FeatureEncoder((Feature("fuel", ("diesel", "petrol")), Feature("power")))
MATRIX = np.array([[1.0, 100.0], [2.0, 100.0], [1.0, 150.0], [1.0, 100.0], [1.0, 200.0]])


def rows_near(fuel: float, power: float, count: int = 5, **options: object) -> list[int]:
    return NearestRows(MATRIX, ENCODER, [10.0, 20.0], least_span=1.0, **options).nearest(
        np.array([fuel, power]), count
    )


def test_equal_rows_come_first_in_the_order_of_the_table():
    assert rows_near(1.0, 100.0)[:2] == [0, 3]
    assert rows_near(2.0, 100.0)[0] == 1


def test_a_field_counts_by_its_weight():
    """Half of the usual span of power weighs as much as another fuel; less weighs less."""
    assert rows_near(1.0, 100.0)[2:] == [1, 2, 4]
    assert rows_near(1.0, 145.0)[0] == 2


def test_no_more_than_there_are_and_no_more_than_asked_for():
    assert len(rows_near(1.0, 100.0, count=9)) == 5
    assert rows_near(1.0, 100.0, count=2) == [0, 3]


def test_only_some_rows_are_looked_at_and_keep_their_numbers():
    near = NearestRows(MATRIX, ENCODER, [10.0, 20.0], least_span=1.0)
    assert near.nearest(np.array([1.0, 100.0]), 2, slice(2, 5)) == [3, 2]


@pytest.mark.parametrize("number", [np.float32, np.float64])
def test_a_missing_number_counts_half(number):
    near = NearestRows(
        np.array([[1.0, math.nan], [1.0, 100.0], [1.0, 500.0]]),
        ENCODER,
        [1.0, 8.0],
        least_span=1.0,
        number=number,
    )
    assert near.nearest(np.array([1.0, 110.0]), 3) == [1, 0, 2]


def test_a_missing_number_in_the_question_makes_all_numbers_equal():
    assert rows_near(1.0, math.nan) == [0, 2, 3, 4, 1]
