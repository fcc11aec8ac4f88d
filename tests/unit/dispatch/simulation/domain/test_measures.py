"""Figures of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.dispatch.simulation.domain.cities import SYNTHETIC, Tariff
from drivetrain.dispatch.simulation.domain.course import Course
from drivetrain.dispatch.simulation.domain.demand import Demand
from drivetrain.dispatch.simulation.domain.measures import gini, measures_of

NAN = np.nan


def course(picked_up_s: list[float]) -> Course:
    """Four riders, the first of whom is not counted, and two drivers on shift for an hour each."""
    at_s = np.array([0.0, 100.0, 200.0, 300.0])
    from_km = np.zeros((4, 2))
    return Course(
        replace(SYNTHETIC, tariff=Tariff(1.0, 2.0, 0.5)),
        Demand(at_s, from_km, from_km + np.array([3.0, 4.0]), np.full(4, 600.0)),
        is_counted=np.array([False, True, True, True]),
        accepted_s=np.array([10.0, 120.0, 250.0, NAN]),
        picked_up_s=np.array(picked_up_s),
        driver=np.array([0, 0, 0, -1]),
        refusals=np.array([9, 1, 0, 2]),
        empty_km=np.array([4.0, 6.0]),
        on_shift_s=np.array([3_600.0, 3_600.0]),
        seconds=5_000.0,
        offers=14,
    )


def test_the_figures_of_a_run_by_hand() -> None:
    found = measures_of(course([20.0, 180.0, 350.0, NAN]))
    assert found is not None
    assert found.served == pytest.approx(2 / 3)
    assert (found.wait_s, found.wait_p50_s, found.pick_up_s) == (115.0, 115.0, 80.0)
    assert found.wait_p90_s == pytest.approx(80 + 0.9 * 70)
    assert found.refusals == 1.5
    assert found.empty_share == 0.5
    assert found.utilization == pytest.approx(1_200 / 7_200)
    assert found.earnings_per_h == pytest.approx(2 * (1 + 10 + 5) / 2)
    assert found.gini == pytest.approx(0.5)  # one of two drivers has everything


def test_a_run_in_which_nobody_was_served_has_no_figures() -> None:
    assert measures_of(course([NAN] * 4)) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_gini_is_half_the_mean_difference_of_all_pairs_by_the_mean(values: list[float]) -> None:
    array = np.array(values)
    pairs = np.abs(array[:, None] - array[None, :]).mean()
    expected = pairs / (2 * array.mean()) if array.sum() else 0.0
    assert gini(array) == pytest.approx(expected, abs=1e-9)
