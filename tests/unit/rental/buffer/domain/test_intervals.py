"""Intervals from resampling cars, and Wilson's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import binomtest

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.buffer.domain.intervals import CarResampling, divide, estimate, wilson


def test_every_draw_draws_as_many_cars_as_there_are():
    blocks = list(CarResampling(draws=50, seed=1).weights(7))
    assert np.concatenate(blocks).sum(axis=1).tolist() == [7.0] * 50


def test_the_same_seed_gives_the_same_cars_to_different_sums_and_another_seed_others():
    first, second = (
        csr_array(np.array([[1.0, 2, 3, 0, 5]])),
        csr_array(np.array([[1.0, 2, 3, 0, 5], [0, 0, 1, 1, 0]])),
    )
    same = CarResampling(draws=100, seed=3)
    np.testing.assert_array_equal(same.sums(first)[0], same.sums(second)[0])
    assert not np.array_equal(same.sums(first), CarResampling(draws=100, seed=4).sums(first))


def test_blocks_do_not_change_the_draws(monkeypatch):
    whole = np.concatenate(list(CarResampling(draws=60, seed=5).weights(11)))
    monkeypatch.setattr("drivetrain.rental.buffer.domain.intervals._CELLS_AT_ONCE", 25)
    np.testing.assert_array_equal(whole, np.concatenate(list(CarResampling(draws=60, seed=5).weights(11))))


def test_column_zero_is_the_table_itself():
    by_car = csr_array(np.array([[1.0, 2, 3], [0, 0, 4]]))
    assert CarResampling(draws=40).sums(by_car)[:, 0].tolist() == [6.0, 4.0]


def test_the_spread_of_a_resampled_sum_is_that_of_the_theory():
    """The variance of a sum over n cars drawn with replacement is n times the variance between cars."""
    adds = np.random.default_rng(2).poisson(1.5, 400).astype(np.float64)
    drawn = CarResampling(draws=4_000, seed=6).sums(csr_array(adds[None, :]))[0, 1:]
    assert drawn.mean() == pytest.approx(adds.sum(), rel=0.01)
    assert drawn.std() == pytest.approx(math.sqrt(400 * adds.var()), rel=0.05)


def test_an_interval_takes_drawn_values_so_that_infinite_ends_stay_infinite():
    draws = np.concatenate([[5.0], np.arange(1.0, 98.0), [np.inf] * 3])
    found = estimate(draws)
    assert (float(found.value), float(found.low), float(found.high)) == (5.0, 3.0, math.inf)


def test_a_figure_undefined_in_too_many_draws_has_no_interval():
    found = estimate(np.concatenate([[5.0], np.ones(90), [np.nan] * 10]))
    assert float(found.value) == 5.0
    assert math.isnan(float(found.low)) and math.isnan(float(found.high))


@pytest.mark.parametrize(("successes", "trials"), [(5, 57), (1, 3), (129, 1_215)])
def test_wilson_agrees_with_scipy(successes, trials):
    published = binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson(successes, trials) == pytest.approx((successes / trials, published.low, published.high))


@pytest.mark.parametrize(("successes", "trials"), [(0, 8), (8, 8)])
def test_wilson_stays_between_nothing_and_all(successes, trials):
    share, low, high = wilson(successes, trials)
    assert 0 <= low <= share <= high <= 1
    assert high > low


def test_wilson_knows_nothing_without_trials():
    assert all(math.isnan(value) for value in wilson(0, 0))


def test_a_ratio_is_infinite_over_nothing_and_undefined_of_nothing():
    ratio = divide(np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.0, 2.0]))
    assert math.isinf(ratio[0]) and math.isnan(ratio[1]) and ratio[2] == 0.5


@pytest.mark.parametrize("draws", [0, 39, 100_001])
def test_too_few_or_too_many_draws_are_refused(draws):
    with pytest.raises(InvalidInputError):
        CarResampling(draws=draws)
