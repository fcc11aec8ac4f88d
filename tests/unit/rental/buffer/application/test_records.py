"""Numbers of an analysis as JSON can say them."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.core.statistics import Estimate, EstimateArray
from drivetrain.rental.buffer.application.records import figure, number


@pytest.mark.parametrize(
    ("value", "shown"),
    [(322.0, 322), (0.5, 0.5), (1 / 3, 0.333333), (float("nan"), None), (float("inf"), None), (-0.0, 0)],
)
def test_numbers_become_what_json_can_say(value, shown):
    assert number(value) == shown
    assert type(number(value)) is type(shown)


def test_one_estimate_and_that_of_an_array_read_alike():
    shown = {"value": 1, "low": 0.5, "high": None}
    assert figure(Estimate(1.0, 0.5, float("inf"))) == shown
    assert figure(EstimateArray(np.ones(2), np.array([0.0, 0.5]), np.full(2, np.inf)), 1) == shown
