"""Profiles as points: six questions that count the same, nothing missing, no odd buyer far away."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.buyers import generated, profile

from drivetrain.lifecycle.learning.features import as_columns, take
from drivetrain.resale.segments.model.contract import BODY_SHARES, BUYER_PROFILE
from drivetrain.resale.segments.model.features import (
    FARTHEST,
    FEATURES,
    QUESTION_OF,
    QUESTIONS,
    FeatureSpace,
    fit_space,
    squared_distances,
)


@pytest.fixture(scope="module")
def space():
    return fit_space(generated().rows)


def points(space, *profiles):
    return space.matrix(as_columns(profiles, BUYER_PROFILE.names))


def test_every_feature_belongs_to_one_of_the_six_questions():
    assert len(QUESTION_OF) == len(FEATURES)
    assert set(QUESTION_OF) == set(QUESTIONS)


def test_the_six_questions_spread_buyers_about_equally(space):
    matrix = space.matrix(generated().rows)
    variances = {
        question: sum(matrix[:, at].var() for at, own in enumerate(QUESTION_OF) if own == question)
        for question in QUESTIONS
    }
    assert all(0.5 < variance < 2 for variance in variances.values()), variances


def test_what_a_profile_does_not_say_counts_as_the_middle(space):
    silent = profile(
        median_price_eur=None, median_age_years=None, median_power_kw=None, **dict.fromkeys(BODY_SHARES, 0.0)
    )
    (point,) = points(space, silent)
    said = [question in {"breadth", "fuel"} for question in QUESTION_OF]
    assert np.isfinite(point).all()
    assert not point[~np.array(said)].any()


def test_an_odd_buyer_is_not_farther_than_the_limit(space):
    (odd,) = points(
        space,
        profile(median_price_eur=10_000_000, price_ratio=1_000, median_power_kw=2_000, median_age_years=120),
    )
    for question in ("price", "age", "power", "breadth"):
        own = [at for at, each in enumerate(QUESTION_OF) if each == question]
        assert (odd[own] ** 2).sum() <= FARTHEST**2 + 1e-9


def test_shares_that_add_up_to_less_than_one_mean_the_same_as_those_that_do(space):
    half = {name: profile()[name] / 2 for name in BODY_SHARES}
    np.testing.assert_allclose(points(space, profile(**half)), points(space, profile()))


def test_a_table_without_any_difference_still_has_a_space():
    rows = as_columns([profile()] * 5, BUYER_PROFILE.names)
    assert not fit_space(rows).matrix(rows).any()


def test_a_field_that_no_profile_says_still_has_a_space():
    rows = as_columns([profile(median_power_kw=None)] * 5, BUYER_PROFILE.names)
    assert np.isfinite(fit_space(rows).matrix(rows)).all()


def test_the_space_survives_a_file(space):
    again = FeatureSpace.from_dict(space.as_dict())
    np.testing.assert_array_equal(again.matrix(generated().rows), space.matrix(generated().rows))


def test_distances_add_up_over_the_questions(space):
    matrix = space.matrix(take(generated().rows, np.arange(20)))
    whole = squared_distances(matrix, matrix[:3])
    np.testing.assert_allclose(
        sum(squared_distances(matrix, matrix[:3], question) for question in QUESTIONS), whole
    )
    np.testing.assert_allclose(whole, ((matrix[:, np.newaxis] - matrix[:3]) ** 2).sum(axis=2))
