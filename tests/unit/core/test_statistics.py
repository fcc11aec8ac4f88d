"""Intervals by the books, resampling of whole clusters, and the divergence of two distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.spatial.distance import jensenshannon
from scipy.stats import binomtest

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import (
    UNDEFINED,
    ClusterBootstrap,
    Estimate,
    EstimateArray,
    bootstrap_of_sums,
    divide,
    jensen_shannon,
    mean_over_draws,
    percentile_interval,
    share_interval,
    share_of,
    wilson,
)


def test_every_draw_draws_as_many_cars_as_there_are():
    blocks = list(ClusterBootstrap(draws=50, seed=1).weights(7))
    assert np.concatenate(blocks).sum(axis=1).tolist() == [7.0] * 50


def test_the_same_seed_gives_the_same_cars_to_different_sums_and_another_seed_others():
    first, second = (
        csr_array(np.array([[1.0, 2, 3, 0, 5]])),
        csr_array(np.array([[1.0, 2, 3, 0, 5], [0, 0, 1, 1, 0]])),
    )
    same = ClusterBootstrap(draws=100, seed=3)
    np.testing.assert_array_equal(same.sums(first)[0], same.sums(second)[0])
    assert not np.array_equal(same.sums(first), ClusterBootstrap(draws=100, seed=4).sums(first))


def test_blocks_do_not_change_the_draws():
    (whole,) = ClusterBootstrap(draws=60, seed=5).weights(11)
    blocks = list(ClusterBootstrap(draws=60, seed=5, cells_at_once=25).weights(11))
    assert len(blocks) == 30
    np.testing.assert_array_equal(whole, np.concatenate(blocks))


def test_column_zero_is_the_table_itself():
    by_car = csr_array(np.array([[1.0, 2, 3], [0, 0, 4]]))
    assert ClusterBootstrap(draws=40).sums(by_car)[:, 0].tolist() == [6.0, 4.0]


def test_the_spread_of_a_resampled_sum_is_that_of_the_theory():
    """The variance of a sum over n cars drawn with replacement is n times the variance between cars."""
    adds = np.random.default_rng(2).poisson(1.5, 400).astype(np.float64)
    drawn = ClusterBootstrap(draws=4_000, seed=6).sums(csr_array(adds[None, :]))[0, 1:]
    assert drawn.mean() == pytest.approx(adds.sum(), rel=0.01)
    assert drawn.std() == pytest.approx(math.sqrt(400 * adds.var()), rel=0.05)


def test_an_interval_takes_drawn_values_so_that_infinite_ends_stay_infinite():
    draws = np.concatenate([[5.0], np.arange(1.0, 98.0), [np.inf] * 3])
    found = percentile_interval(draws)
    assert (float(found.value), float(found.low), float(found.high)) == (5.0, 3.0, math.inf)


def test_a_figure_undefined_in_too_many_draws_has_no_interval():
    found = percentile_interval(np.concatenate([[5.0], np.ones(90), [np.nan] * 10]))
    assert float(found.value) == 5.0
    assert math.isnan(float(found.low)) and math.isnan(float(found.high))


class TestShareInterval:
    def drawn(self, successes: float, trials: float, draws=None):
        column = np.full(101, successes) if draws is None else np.concatenate([[successes], draws])
        return share_interval(column, np.full(101, trials))

    def test_a_share_that_no_draw_moves_has_wilsons_interval(self):
        for successes in (0, 3, 20):
            share, books = self.drawn(successes, 20), wilson(successes / 20, 20)
            assert (float(share.value), float(share.low), float(share.high)) == pytest.approx(
                (books.value, books.low, books.high)
            )

    def test_the_percentiles_count_where_they_lie_further_out(self):
        draws = np.repeat([2.0, 5.0, 18.0, 10.0], 25)
        share = self.drawn(10, 20, draws)
        assert share.low <= 2 / 20 and share.high >= 18 / 20

    def test_trials_that_belong_together_are_worth_less(self):
        """Draws that spread twice as far as independent trials would: a quarter of the trials, by Kish."""
        steps = np.tile([-1.0, 1.0], 50) * 2 * math.sqrt(1_000 * 0.1 * 0.9)
        share, books = self.drawn(100, 1_000, 100 + steps), wilson(0.1, 250)
        assert (float(share.low), float(share.high)) == (
            pytest.approx(min(books.low, (100 - steps.max()) / 1_000)),
            pytest.approx(max(books.high, (100 + steps.max()) / 1_000)),
        )

    def test_without_trials_there_is_no_share(self):
        share = self.drawn(0, 0)
        assert all(math.isnan(float(end)) for end in (share.value, share.low, share.high))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_that_of_the_books(successes, trials, low, high):
    """Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3."""
    share = share_of(successes, trials)
    assert share.value == successes / trials
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("successes", "trials"), [(5, 57), (1, 3), (129, 1_215), (900, 1_000)])
def test_wilson_agrees_with_scipy(successes, trials):
    published = binomtest(successes, trials).proportion_ci(method="wilson")
    share = share_of(successes, trials)
    assert (share.low, share.high) == (pytest.approx(published.low), pytest.approx(published.high))


@pytest.mark.parametrize(("successes", "trials"), [(0, 8), (8, 8)])
def test_wilson_stays_between_nothing_and_all(successes, trials):
    share = share_of(successes, trials)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.high > share.low


def test_observations_that_are_worth_less_widen_the_interval():
    assert wilson(0.3, 12.5).low < wilson(0.3, 100).low


def test_a_share_without_trials_is_undefined():
    assert share_of(0, 0) == UNDEFINED


def test_one_of_many_estimates_by_its_index():
    many = EstimateArray(np.array([1.0, 2.0]), np.array([0.5, 1.5]), np.array([1.5, 2.5]))
    assert many.at(1) == Estimate(2.0, 1.5, 2.5)
    assert EstimateArray(*(np.array(end) for end in (3.0, 2.0, 4.0))).at() == Estimate(3.0, 2.0, 4.0)


def test_an_estimate_is_rounded_for_reports_and_cards():
    mean = Estimate(16.80449, 16.1, 17.5)
    assert mean.as_mean() == {"mean": 16.8045, "low": 16.1, "high": 17.5}
    assert mean.text() == "16.80 (16.10 to 17.50)"


def test_the_mean_of_draws_lies_between_their_percentiles():
    assert mean_over_draws(list(range(101))) == Estimate(50.0, 2.5, 97.5)


def test_the_interval_of_a_mean_over_clusters_is_that_of_the_theory():
    """Clusters of one size: the error of the mean is the spread of the cluster means over the root of their number."""
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(200), 10)
    values = rng.normal(0, 2, 200)[cluster] + rng.normal(0, 1, 2_000)
    mean = bootstrap_of_sums(
        cluster, [values, np.ones(2_000)], lambda total, count: total / count, draws=2_000, seed=1
    )
    error = values.reshape(200, 10).mean(axis=1).std() / math.sqrt(200)
    assert mean.value == pytest.approx(values.mean())
    assert (mean.high - mean.low) / (2 * 1.96) == pytest.approx(error, rel=0.05)
    by_rows = values.std() / math.sqrt(2_000)
    assert error > 2 * by_rows  # an interval that took the rows for independent would be far too narrow


def test_divergence_by_hand():
    """Two fair coins that share one side: half a bit; the same: nothing; nothing in common: one bit."""
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.0, 0.5])
    assert jensen_shannon(p, q) == pytest.approx(0.5)
    assert jensen_shannon(p, p) == 0.0
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1.0


def test_divergence_agrees_with_scipy():
    p, q = np.random.default_rng(4).dirichlet(np.ones(12), 2)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2)


def test_a_ratio_is_infinite_over_nothing_and_undefined_of_nothing():
    ratio = divide(np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.0, 2.0]))
    assert math.isinf(ratio[0]) and math.isnan(ratio[1]) and ratio[2] == 0.5


@pytest.mark.parametrize("draws", [0, 39, 100_001])
def test_too_few_or_too_many_draws_are_refused(draws):
    with pytest.raises(InvalidInputError):
        ClusterBootstrap(draws=draws)
