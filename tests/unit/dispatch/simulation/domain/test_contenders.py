"""Who is offered to whom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivetrain.dispatch.matching.domain.policy import PickUpPolicy, Weights
from drivetrain.dispatch.simulation.domain.catalog import CONTENDERS
from drivetrain.dispatch.simulation.domain.contenders import Assignment, Contender, Window
from drivetrain.dispatch.state.domain.drivers import FloatArray


def window(
    distances_km: list[list[float]],
    *,
    waited_min: list[float] | None = None,
    acceptance: list[list[float]] | None = None,
    idle_min: list[list[float]] | None = None,
) -> Window:
    distances = np.array(distances_km)
    return Window(
        distances,
        distances < 5.0,
        np.zeros(len(distances)) if waited_min is None else np.array(waited_min),
        lambda: np.full(distances.shape, 0.7) if acceptance is None else np.array(acceptance),
        lambda: np.zeros(distances.shape) if idle_min is None else np.array(idle_min),
    )


def contender(assignment: Assignment, **weights: float) -> Contender:
    return Contender("one", "", PickUpPolicy(weights=Weights(**weights)), assignment)


def test_first_come_takes_the_nearest_although_the_next_rider_needs_them() -> None:
    crowded = window([[1.0, 1.2], [0.1, 4.0]])
    assert contender(Assignment.FIRST_COME).propose(crowded) == [(0, 0), (1, 1)]
    assert contender(Assignment.CLOSEST).propose(crowded) == [(0, 1), (1, 0)]
    assert contender(Assignment.OPTIMAL).propose(crowded) == [(0, 1), (1, 0)]


def test_the_only_driver_goes_to_whom_waiting_weighs_more() -> None:
    scarce = window([[2.0], [1.0]], waited_min=[2.0, 0.0])  # 3.3 minutes nearer, 2 minutes later
    assert contender(Assignment.OPTIMAL, waited=1.0).propose(scarce) == [(1, 0)]
    assert contender(Assignment.OPTIMAL, waited=2.0).propose(scarce) == [(0, 0)]


def test_a_far_driver_is_kept_for_somebody_else_until_the_rider_has_waited() -> None:
    careful = contender(Assignment.OPTIMAL, served_min=6.0, waited=1.0)
    assert careful.propose(window([[2.0]])) == []  # 8.8 minutes
    assert careful.propose(window([[2.0]], waited_min=[3.0])) == [(0, 0)]


def test_who_will_probably_refuse_is_asked_later_where_refusals_count() -> None:
    unsure = window([[1.0, 1.1]], acceptance=[[0.1, 0.9]])
    assert contender(Assignment.OPTIMAL).propose(unsure) == [(0, 0)]
    assert contender(Assignment.OPTIMAL, refusal_min=1.0).propose(unsure) == [(0, 1)]


def test_who_stands_idle_for_longer_is_asked_first_where_places_count() -> None:
    crowded = window([[1.0, 1.1]], idle_min=[[0.0, -5.0]])
    assert contender(Assignment.OPTIMAL).propose(crowded) == [(0, 0)]
    assert contender(Assignment.OPTIMAL, place=0.2).propose(crowded) == [(0, 1)]


@pytest.mark.parametrize("one", CONTENDERS, ids=lambda one: one.key)
@given(
    distances=arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats(0, 10))
)
def test_every_policy_offers_each_once_and_only_what_is_possible(
    one: Contender, distances: FloatArray
) -> None:
    pairs = one.propose(window(distances.tolist()))
    assert len({rider for rider, _ in pairs}) == len({driver for _, driver in pairs}) == len(pairs)
    assert all(distances[pair] < 5.0 for pair in pairs)
