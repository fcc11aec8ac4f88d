"""Simulation: the intervals cover the truth, and unknown delays do not bend the estimates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.buffer_truth import avoided_share, conflict_rate, conflicts_per_touched, share_of_chained

from drivetrain.core.statistics import ClusterBootstrap, Estimate, EstimateArray
from drivetrain.rental.buffer.domain.chains import chain, check_rentals
from drivetrain.rental.buffer.domain.counts import count_rules
from drivetrain.rental.buffer.domain.frontier import frontier, summary
from drivetrain.rental.buffer.domain.rule import BufferScope
from drivetrain.rental.buffer.domain.severity import severity
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, generate

TABLES = 100
CARS = 400
CARS_OF_A_DOZEN_CONFLICTS = 37
THRESHOLD_MIN = 60
GRID = np.array([0, 30, THRESHOLD_MIN])
AT_60 = 2

AT_RANDOM = ChainTruth(
    chained_cars=1.0,
    links_per_car=1.5,
    single_rentals=0.2,
    canceled_more=0.15,
    unknown_if_late=0.15,
    unknown_otherwise=0.15,
)
IF_LATE = replace(AT_RANDOM, unknown_if_late=0.4, unknown_otherwise=0.02)


def truths(truth: ChainTruth) -> dict[str, float]:
    return {
        "conflict_rate": conflict_rate(truth),
        "conflicts_per_touched": conflicts_per_touched(truth, THRESHOLD_MIN),
        "break_even": 1 / conflicts_per_touched(truth, THRESHOLD_MIN),
        "avoided_share": avoided_share(truth, THRESHOLD_MIN),
        "share_of_chained": share_of_chained(truth, THRESHOLD_MIN),
        "effect_of_waiting": truth.canceled_more,
    }


def plain(estimate: Estimate | EstimateArray) -> tuple[float, float, float]:
    """Value, low and high of one estimate."""
    return float(estimate.value), float(estimate.low), float(estimate.high)


def simulate(truth: ChainTruth, cars: int = CARS) -> dict[str, np.ndarray]:
    """Value, low and high of every figure on each of the tables, shape (TABLES, 3)."""
    estimates: dict[str, list[tuple[float, float, float]]] = {name: [] for name in truths(truth)}
    naive, band = [], []
    for seed in range(TABLES):
        rentals = chain(check_rentals(generate(truth, n_cars=cars, seed=seed)).table)
        resampling = ClusterBootstrap(draws=200, seed=seed)
        counts = count_rules(rentals, resampling, GRID)
        along = frontier(counts, BufferScope.ALL)
        for name in ("conflicts_per_touched", "break_even", "avoided_share", "share_of_chained"):
            estimates[name].append(plain(along.figures[name].at(AT_60)))
        estimates["conflict_rate"].append(plain(summary(counts.totals)["conflict_rate"]))
        estimates["effect_of_waiting"].append(plain(severity(rentals, resampling).difference))
        naive.append(rentals.is_conflict.mean())  # as if unknown were on time
        share = along.bands["conflicts_per_touched"]
        band.append((float(share.worst[AT_60]), float(share.best[AT_60])))
    return {name: np.array(values) for name, values in estimates.items()} | {
        "naive": np.array(naive),
        "band": np.array(band),
    }


@pytest.fixture(scope="module")
def at_random():
    return simulate(AT_RANDOM)


@pytest.fixture(scope="module")
def few_conflicts():
    return simulate(AT_RANDOM, CARS_OF_A_DOZEN_CONFLICTS)


@pytest.fixture(scope="module")
def if_late():
    return simulate(IF_LATE)


@pytest.mark.parametrize("name", list(truths(AT_RANDOM)))
def test_at_least_ninety_of_a_hundred_intervals_cover_the_truth(at_random, name):
    _, low, high = at_random[name].T
    truth = truths(AT_RANDOM)[name]
    assert ((low <= truth) & (truth <= high)).sum() >= 90


@pytest.mark.parametrize("name", ["conflict_rate", "conflicts_per_touched", "break_even", "avoided_share"])
def test_with_a_dozen_conflicts_ninety_three_of_a_hundred_intervals_cover_the_truth(few_conflicts, name):
    _, low, high = few_conflicts[name].T
    truth = truths(AT_RANDOM)[name]
    assert ((low <= truth) & (truth <= high)).sum() >= 93


@pytest.mark.parametrize(
    "name", ["conflict_rate", "conflicts_per_touched", "avoided_share", "effect_of_waiting"]
)
def test_delays_unknown_at_random_do_not_bend_the_estimate(at_random, name):
    """The mean over the tables lies within three of its standard errors of the truth."""
    values = at_random[name][:, 0]
    assert abs(values.mean() - truths(AT_RANDOM)[name]) <= 3 * values.std() / np.sqrt(TABLES)


def test_taking_unknown_for_on_time_would_bend_it(at_random):
    naive = at_random["naive"]
    assert naive.mean() < conflict_rate(AT_RANDOM) - 10 * naive.std() / np.sqrt(TABLES)


def test_where_late_delays_go_missing_the_estimate_is_low_and_the_band_still_holds_the_truth(if_late):
    """The case the band is for: what is known cannot tell, and the lab says between which figures the truth lies."""
    truth = truths(IF_LATE)["conflicts_per_touched"]
    value, low, high = if_late["conflicts_per_touched"].T
    assert value.mean() < truth - 10 * value.std() / np.sqrt(TABLES)
    assert ((low <= truth) & (truth <= high)).sum() < 90
    worst, best = if_late["band"].T
    assert ((worst <= truth) & (truth <= best)).sum() >= 90
