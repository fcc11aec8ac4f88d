"""Distributions hold every car, and medians have intervals that hold for any distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drivetrain.core.distribution import MOST_BINS, distribution_of, median_of


@pytest.mark.parametrize("scale", [0.003, 1.0, 40_000.0])
@pytest.mark.parametrize("count", [1, 2, 7, 500])
def test_every_known_number_is_in_one_bin(count, scale):
    numbers = np.random.default_rng(3).lognormal(size=count) * scale
    distribution = distribution_of(np.append(numbers, [np.nan, np.nan]))
    assert (distribution.known, distribution.unknown) == (count, 2)
    assert sum(each.cases for each in distribution.bins) == count
    assert 1 <= len(distribution.bins) <= MOST_BINS + 1
    for before, behind in zip(distribution.bins, distribution.bins[1:], strict=False):
        assert before.high == pytest.approx(behind.low)
    assert distribution.quantiles["p10"] <= distribution.quantiles["p50"] <= distribution.quantiles["p90"]


def test_bins_count_what_lies_in_them():
    numbers = np.arange(0.0, 200.0)
    for each in distribution_of(numbers).bins[1:-1]:
        assert each.cases == np.count_nonzero((numbers >= each.low) & (numbers < each.high))


def test_equal_numbers_are_one_bin_and_none_are_no_distribution():
    assert [(each.low, each.cases) for each in distribution_of(np.full(9, 5.0)).bins] == [(5.0, 9)]
    nothing = distribution_of(np.array([np.nan]))
    assert (nothing.known, nothing.unknown, nothing.bins, nothing.quantiles) == (0, 1, (), {})
    assert math.isnan(nothing.median.value)


def test_a_median_has_an_interval_from_six_cars_on():
    assert math.isnan(median_of(np.arange(5.0)).low)
    six = median_of(np.arange(6.0))
    assert (six.value, six.low, six.high) == (2.5, 0.0, 5.0)


def test_the_interval_covers_the_median_as_often_as_it_says():
    draws = np.random.default_rng(5).exponential(size=(2_000, 40))
    intervals = [median_of(np.sort(draw)) for draw in draws]
    covered = np.mean([each.low <= math.log(2) <= each.high for each in intervals])
    assert 0.94 <= covered <= 0.985
