"""Drivers are ranked by the wait that is to be expected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.dispatch.matching.domain.policy import PickUpPolicy, Ranking
from drivetrain.dispatch.state.domain.cells import Nearby

NOW_US = 1_000_000_000


def ranking(*drivers: tuple[float, float]) -> Ranking:
    """The ranking of drivers by distance, km, and age of the position, s."""
    distances, ages = [np.array(column, dtype=np.float64) for column in zip(*drivers, strict=True)]
    nearby = Nearby(
        [f"d{number}" for number in range(len(drivers))],
        np.zeros(len(drivers)),
        np.zeros(len(drivers)),
        distances,
        NOW_US - (ages * 1e6).astype(np.int64),
    )
    return PickUpPolicy().rank(nearby, now_us=NOW_US)


def test_the_nearer_comes_first() -> None:
    assert ranking((3.0, 0.0), (1.0, 0.0), (2.0, 0.0)).rows.tolist() == [1, 2, 0]


def test_of_two_at_one_place_the_one_who_was_heard_of_last() -> None:
    assert ranking((1.0, 50.0), (1.0, 2.0)).rows.tolist() == [1, 0]


def test_a_position_of_a_minute_ago_counts_as_half_a_minute_more() -> None:
    (one,) = ranking((1.0, 60.0)).unsure_min
    assert one == pytest.approx(0.5)


def test_a_clock_that_goes_back_makes_no_position_younger_than_new() -> None:
    assert ranking((1.0, -5.0)).age_s.tolist() == [0.0]


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 900)), min_size=1, max_size=100))
def test_scores_fall_with_the_wait_and_everybody_is_ranked_once(drivers: list[tuple[float, float]]) -> None:
    ranked = ranking(*drivers)
    waits = ranked.eta_min + ranked.unsure_min
    assert sorted(ranked.rows.tolist()) == list(range(len(drivers)))
    assert (np.diff(waits) >= 0).all()
    assert (np.diff(ranked.scores) <= 0).all()
    assert ((ranked.scores >= 0) & (ranked.scores <= 1)).all()
