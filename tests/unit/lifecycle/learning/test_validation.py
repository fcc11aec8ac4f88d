"""Figures agree with those computed by hand, intervals know that folds overlap, conformal quantiles cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.statistics import Estimate
from drivetrain.lifecycle.learning.validation import (
    Folds,
    balanced_groups,
    conformal_quantile,
    mae,
    mean_over_folds,
    point_errors,
    r2,
    random_parts,
    rmse,
    summarize,
    twins,
    weighted_quantile,
)

TRUTH = np.asarray([1.0, 2.0, 3.0, 6.0])
GUESS = np.asarray([2.0, 2.0, 1.0, 3.0])  # misses 1, 0, 2, 3


class TestErrors:
    def test_figures_of_four_rows_by_hand(self):
        assert rmse(TRUTH, GUESS) == pytest.approx(math.sqrt(14 / 4))
        assert mae(TRUTH, GUESS) == pytest.approx(6 / 4)
        assert r2(TRUTH, GUESS) == pytest.approx(1 - 14 / 14)  # squares around the mean of 3: 4 + 1 + 0 + 9

    def test_a_perfect_guess_and_the_mean_are_the_ends_of_the_scale(self):
        assert point_errors(TRUTH, TRUTH) == {"rmse_error": 0, "mae_error": 0, "r2_score": 1}
        assert r2(TRUTH, np.full(4, TRUTH.mean())) == pytest.approx(0)

    def test_of_rows_that_do_not_vary_all_or_nothing_is_explained(self):
        """Every figure of a version is stored, and a database stores no NaN."""
        same = np.full(4, 40.0)
        assert r2(same, same) == 1
        assert r2(same, same + 1) == 0

    def test_a_summary_is_the_figure_of_each_name(self):
        folds = [{"a": 1.0, "b": 5.0}, {"a": 3.0, "b": 5.0}]
        assert summarize(folds, parts=2) == {
            "a": mean_over_folds([1.0, 3.0], 2),
            "b": mean_over_folds([5.0, 5.0], 2),
        }


class TestInterval:
    def test_nadeau_and_bengio_by_hand(self):
        """Five folds, mean 3, variance 2.5: the factor is 1/5 + 1/4, and t at 4 degrees of freedom is 2.776445."""
        found = mean_over_folds([1.0, 2.0, 3.0, 4.0, 5.0], parts=5)
        half = 2.7764451052 * math.sqrt(2.5 * (1 / 5 + 1 / 4))
        assert found.value == pytest.approx(3)
        assert (found.low, found.high) == (pytest.approx(3 - half), pytest.approx(3 + half))

    def test_more_repeats_never_hide_that_the_folds_share_their_rows(self):
        """The plain interval shrinks to nothing with the repeats; this one keeps the share of test to training rows."""
        many = mean_over_folds([1.0, 2.0, 3.0, 4.0, 5.0] * 400, parts=5)
        assert many.high - many.low > 2 * 1.96 * math.sqrt(2 * (1 / 4)) * 0.99

    def test_one_value_is_a_figure_without_a_width(self):
        assert mean_over_folds([2.5], parts=5) == Estimate(2.5, 2.5, 2.5)


class TestFolds:
    def test_every_row_is_tested_once_in_every_repeat(self):
        folds = list(Folds(rows=23, parts=5, repeats=3, seed=1).splits())
        assert len(folds) == 15
        for repeat in range(3):
            tested = np.concatenate([test for _, test in folds[repeat * 5 : repeat * 5 + 5]])
            assert sorted(tested) == list(range(23))

    def test_no_row_is_in_training_and_test(self):
        for train, test in Folds(rows=23, parts=5, repeats=2, seed=1).splits():
            assert not set(train) & set(test)
            assert len(train) + len(test) == 23

    def test_twins_are_never_in_training_and_test(self):
        group = twins({"make": ["a", "b", "a", "a", "c", "b"], "year": [1, 1, 1, 2, 1, 1]})
        assert group.tolist() == [0, 1, 0, 2, 3, 1]
        for train, test in Folds(6, 3, 5, seed=1, group=group).splits():
            assert not set(group[train]) & set(group[test])
            assert sorted([*train, *test]) == list(range(6))

    def test_the_same_seed_gives_the_same_folds_and_another_seed_others(self):
        one, same, other = (next(Folds(40, 4, 1, seed).assignments()).tolist() for seed in (1, 1, 2))
        assert one == same != other

    def test_repeats_differ(self):
        first, second = Folds(40, 4, 2, seed=1).assignments()
        assert first.tolist() != second.tolist()

    @given(rows=st.integers(1, 200), parts=st.integers(1, 12), seed=st.integers(0, 2**31))
    def test_parts_are_of_nearly_equal_size(self, rows, parts, seed):
        sizes = np.bincount(random_parts(rows, parts, seed), minlength=parts)
        assert sizes.sum() == rows
        assert sizes.max() - sizes.min() <= 1


class TestConformalQuantile:
    @pytest.mark.parametrize(
        ("count", "level", "place"),
        [
            (19, 0.95, 19),  # 0.95 * 20 = 19
            (99, 0.9, 90),  # 0.9 * 100 = 90
            (10, 0.9, 10),  # 0.9 * 11 = 9.9; the ninth of ten would hold too few
            (20, 0.95, 20),  # 0.95 * 21 = 19.95
            (40, 0.5, 21),  # 0.5 * 41 = 20.5
        ],
    )
    def test_the_place_in_the_order_by_hand(self, count, level, place):
        assert conformal_quantile(np.arange(1.0, count + 1), level) == place

    def test_too_few_scores_give_the_largest(self):
        assert conformal_quantile(np.asarray([3.0, 1.0]), 0.95) == 3

    scores = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(np.asarray)

    @given(scores, st.floats(0.01, 0.99))
    def test_at_least_the_level_of_the_scores_do_not_exceed_it(self, scores, level):
        quantile = conformal_quantile(scores, level)
        assert quantile in scores
        assert (scores <= quantile).mean() >= level or quantile == scores.max()

    @given(scores, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
    def test_a_higher_level_never_gives_a_smaller_quantile(self, scores, one, other):
        low, high = sorted((one, other))
        assert conformal_quantile(scores, low) <= conformal_quantile(scores, high)

    @given(scores, st.randoms(use_true_random=False))
    def test_the_order_of_the_scores_does_not_matter(self, scores, random):
        shuffled = scores.tolist()
        random.shuffle(shuffled)
        assert conformal_quantile(np.asarray(shuffled), 0.9) == conformal_quantile(scores, 0.9)

    def test_new_scores_are_covered_as_promised(self):
        """Vovk's bound holds on average over calibration sets: 2,000 sets of 50 scores, one new score each."""
        rng = np.random.default_rng(5)
        covered = np.mean(
            [rng.exponential() <= conformal_quantile(rng.exponential(size=50), 0.9) for _ in range(2_000)]
        )
        assert 0.9 - 0.02 <= covered <= 0.9 + 1 / 51 + 0.02


class TestWeightedQuantile:
    def test_equal_weights_give_the_value_that_so_many_do_not_exceed(self):
        assert weighted_quantile(np.arange(100.0), np.ones(100), 0.95) == 94.0

    def test_a_heavy_value_moves_it(self):
        assert weighted_quantile(np.asarray([1.0, 2.0, 3.0]), np.asarray([1.0, 1.0, 8.0]), 0.25) == 3.0
        assert weighted_quantile(np.asarray([3.0, 1.0, 2.0]), np.asarray([8.0, 1.0, 1.0]), 0.2) == 2.0

    @given(st.lists(st.integers(1, 5), min_size=1, max_size=30), st.floats(0.05, 0.95))
    def test_it_is_the_plain_one_of_repeated_values(self, counts, level):
        values = np.arange(float(len(counts)))
        repeated = np.repeat(values, counts)
        expected = weighted_quantile(repeated, np.ones(len(repeated)), level)
        assert weighted_quantile(values, np.asarray(counts, dtype=float), level) == expected


class TestBalancedGroups:
    def test_names_stay_whole_and_groups_are_about_equal(self):
        names = np.repeat(["a", "b", "c", "d", "e"], [50, 30, 20, 20, 10])
        groups = balanced_groups(names, 3)
        assert all(len(set(groups[names == name])) == 1 for name in np.unique(names))
        assert sorted(np.bincount(groups)) == [40, 40, 50]

    def test_there_are_no_more_groups_than_names(self):
        assert balanced_groups(np.asarray([7.0, 8.0, 7.0]), 6).tolist() == [0, 1, 0]
        assert not balanced_groups(np.asarray(["one"] * 4), 6).any()
