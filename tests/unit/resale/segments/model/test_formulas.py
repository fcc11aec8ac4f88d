"""The arithmetic of segments: memberships, spread and reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drivetrain.resale.segments.model.features import FEATURES
from drivetrain.resale.segments.model.formulas import (
    Centers,
    Spread,
    centers_of,
    fit_spread,
    memberships,
    reach_of,
)

WIDTH = len(FEATURES)
TWO = Centers(np.array([[0.0] * WIDTH, [1.0] * WIDTH]), Spread(2.0, 10.0), np.array([1.0, 1.0]))


@given(arrays(np.float64, (4, 3), elements=st.floats(0, 1e6)))
def test_memberships_are_shares_and_the_nearest_has_the_largest(distances):
    shares = memberships(distances)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()
    np.testing.assert_array_equal(shares[np.arange(4), distances.argmin(axis=1)], shares.max(axis=1))


def test_a_point_between_two_centers_belongs_to_both_by_half():
    placed = TWO.place(np.full((1, WIDTH), 0.5), np.array([30.0]))
    assert placed.confidence[0] == placed.second_confidence[0] == 0.5
    assert {placed.first[0], placed.second[0]} == {0, 1}


def test_fewer_interactions_make_the_same_place_less_sure():
    point = np.full((4, WIDTH), 0.4)
    sure = TWO.place(point, np.array([1.0, 2.0, 10.0, 1_000.0])).confidence
    assert (np.diff(sure) > 0).all()


def test_no_interactions_count_as_one():
    assert TWO.spread.of(np.array([0.0]))[0] == TWO.spread.of(np.array([1.0]))[0] == 12.0


def test_an_only_segment_is_certain_and_its_own_second():
    placed = Centers(np.zeros((1, WIDTH)), Spread(1.0, 0.0), np.array([1.0])).place(
        np.ones((2, WIDTH)), np.ones(2)
    )
    assert placed.confidence.tolist() == [1.0, 1.0]
    assert placed.first.tolist() == placed.second.tolist() == [0, 0]


def test_the_spread_is_learned_from_how_distance_falls_with_interactions():
    interactions = np.repeat([1.0, 2.0, 5.0, 20.0, 100.0], 200)
    noise = np.random.default_rng(3).normal(0, 0.1, len(interactions))
    spread = fit_spread(2 + 12 / interactions + noise, interactions)
    assert (spread.base, spread.by_chance) == (pytest.approx(2, abs=0.05), pytest.approx(12, abs=0.1))


def test_where_distance_does_not_fall_with_interactions_the_spread_is_their_mean():
    assert fit_spread(np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 100.0])) == Spread(2.0, 0.0)
    assert fit_spread(np.array([1.0, 3.0]), np.array([7.0, 7.0])) == Spread(2.0, 0.0)
    assert fit_spread(np.zeros(3), np.ones(3)).base > 0


def test_the_reach_is_tukeys_fence():
    assert reach_of(np.array([1.0, 4.0, 9.0, 16.0, 25.0])) == pytest.approx((4 + 1.5 * 2) ** 2)
    assert reach_of(np.zeros(3)) > 0


def test_centers_are_means_by_label():
    points = np.array([[0.0, 0.0], [2.0, 4.0], [5.0, 5.0]])
    assert centers_of(points, np.array([1, 1, 0]), 2).tolist() == [[5.0, 5.0], [1.0, 2.0]]
