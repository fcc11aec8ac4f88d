"""Assignments of several riders at once, against all that there are."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest

from drivetrain.dispatch.matching.domain.assignment import best_pairs, closest_pairs
from drivetrain.dispatch.state.domain.drivers import FloatArray

Solve = Callable[[FloatArray], list[tuple[int, int]]]


def cost_of(costs: FloatArray, pairs: list[tuple[int, int]]) -> float:
    return sum(float(costs[pair]) for pair in pairs)


def least_cost(costs: FloatArray) -> float:
    """By trying every assignment of the riders to the drivers and to nobody."""
    riders, drivers = costs.shape
    places = [*range(drivers), *[-1] * riders]
    return min(
        sum(min(0.0, float(costs[rider, place])) for rider, place in enumerate(chosen) if place >= 0)
        for chosen in set(permutations(places, riders))
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_other_assignment_costs_less(seed: int) -> None:
    random = np.random.default_rng(seed)
    riders, drivers = random.integers(1, 4, 2)
    costs = random.uniform(-60, 10, (riders, drivers))
    costs[random.random(costs.shape) < 0.3] = np.inf
    assert cost_of(costs, best_pairs(costs)) == pytest.approx(least_cost(costs))


@pytest.mark.parametrize("solve", [best_pairs, closest_pairs])
@pytest.mark.parametrize("seed", range(10))
def test_nobody_is_assigned_twice_or_for_nothing(solve: Solve, seed: int) -> None:
    random = np.random.default_rng(seed)
    costs = random.uniform(-60, 30, (12, 9))
    costs[random.random(costs.shape) < 0.5] = np.inf
    pairs = solve(costs)
    riders, drivers = zip(*pairs, strict=True)
    assert len(set(riders)) == len(set(drivers)) == len(pairs)
    assert all(costs[pair] < 0 for pair in pairs)


def test_the_closest_pair_is_made_first_where_the_best_sum_would_part_it() -> None:
    costs = np.array([[-50.0, -45.0], [-48.0, -10.0]])
    assert closest_pairs(costs) == [(0, 0), (1, 1)]
    assert best_pairs(costs) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("solve", [best_pairs, closest_pairs])
@pytest.mark.parametrize("shape", [(0, 0), (3, 0), (2, 2)])
def test_where_nobody_is_possible_there_are_no_pairs(solve: Solve, shape: tuple[int, int]) -> None:
    assert solve(np.full(shape, np.inf)) == []
