"""Numbers of an analysis as JSON can say them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.buffer_fakes import small_analysis

from drivetrain.core.statistics import Estimate, EstimateArray
from drivetrain.rental.buffer.application.records import METHOD, figure, number


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


def test_figures_that_are_computed_differently_are_those_of_another_method():
    """Where these figures change, METHOD counts up with them: only then are the analyses of an installation made again."""
    record = small_analysis().record
    along = record["frontiers"]["all"]["figures"]
    figures = [
        list(record["summary"]["conflict_rate"].values()),
        *([ends[60] for ends in along[name].values()] for name in ("avoided_share", "break_even")),
    ]
    expected = {
        3: [[0.110778, 0.069767, 0.150487], [0.72973, 0.570218, 0.875], [3.740741, 2.770126, 5.25]],
    }
    assert figures == [pytest.approx(of_method, abs=1e-4) for of_method in expected[METHOD]]
