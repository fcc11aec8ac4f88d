"""Factors find who likes the same, and a buyer is folded in by the same equations."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.market.recommendations.domain.factors import (
    CONFIDENCE,
    RIDGE,
    Interest,
    common_to_all,
    fitted_factors,
    folded_in,
)

TYPES = 12


def two_circles(seed: int = 1) -> Interest:
    """Half of the buyers look at the even types, the other half at the odd ones."""
    draw = np.random.default_rng(seed)
    buyers = np.repeat(np.arange(200), 4)
    types = draw.integers(0, TYPES // 2, len(buyers)) * 2 + buyers % 2
    return Interest.summed(buyers, types, np.ones(len(buyers)))


def test_who_looked_at_one_type_of_a_circle_is_offered_the_others():
    factors = fitted_factors(two_circles(), 200, TYPES)
    scores = factors @ folded_in(factors, common_to_all(factors), [0], [1.0])
    assert scores[2::2].min() > scores[1::2].max()


def test_a_buyer_who_is_folded_in_solves_the_equation_of_the_paper():
    factors = fitted_factors(two_circles(), 200, TYPES)
    amounts = np.zeros(TYPES)
    amounts[[0, 4]] = 1.0, 3.0
    confidence, likes = 1.0 + CONFIDENCE * amounts, (amounts > 0).astype(float)
    left = factors.T @ np.diag(confidence) @ factors + RIDGE * np.eye(factors.shape[1])
    expected = np.linalg.solve(left, factors.T @ (confidence * likes))
    assert folded_in(factors, common_to_all(factors), [0, 4], [1.0, 3.0]) == pytest.approx(expected)


def test_a_seed_gives_the_same_factors_whatever_the_order_of_the_looks():
    interest = two_circles()
    order = np.random.default_rng(5).permutation(len(interest.buyers))
    shuffled = Interest.summed(interest.buyers[order], interest.types[order], interest.amounts[order])
    assert fitted_factors(shuffled, 200, TYPES) == pytest.approx(fitted_factors(interest, 200, TYPES))


def test_a_type_that_nobody_looked_at_has_no_factors_and_so_no_score():
    factors = fitted_factors(two_circles(), 200, TYPES + 1)
    assert not factors[TYPES].any()


def test_pairs_that_are_given_twice_are_added_up():
    summed = Interest.summed(np.array([1, 0, 1]), np.array([2, 1, 2]), np.array([1.0, 2.0, 3.0]))
    assert summed.buyers.tolist() == [0, 1]
    assert summed.types.tolist() == [1, 2]
    assert summed.amounts.tolist() == [2.0, 4.0]
