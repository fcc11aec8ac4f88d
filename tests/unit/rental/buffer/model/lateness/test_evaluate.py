"""Scores that find a habit where there is one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.support.lateness import ROWS, table

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.chains import check_rentals
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, generate
from drivetrain.rental.buffer.model.lateness.evaluate import compare_per_car_gap, score_lateness, weighted_auc
from drivetrain.rental.buffer.model.lateness.features import Order

FEW = ClusterBootstrap(draws=60, seed=1)


def test_a_habit_is_found_and_its_absence_too():
    habitual = ChainTruth(chained_cars=1.0, single_rentals=4.0, car_sd_min=120.0, delay_sd_min=30.0)
    without = ChainTruth(chained_cars=1.0, single_rentals=4.0, car_sd_min=0.0)
    strong = score_lateness(check_rentals(generate(habitual, n_cars=400, seed=1)).table, Order.BOOKING, FEW)
    none = score_lateness(check_rentals(generate(without, n_cars=400, seed=1)).table, Order.BOOKING, FEW)
    assert float(strong.auc.low) > 0.8
    assert float(strong.gain.low) > 0.1
    assert float(none.gain.low) < 0.02


def test_a_gap_per_car_gains_where_cars_have_habits():
    habitual = ChainTruth(chained_cars=1.0, single_rentals=4.0, car_sd_min=120.0, delay_sd_min=30.0)
    found = compare_per_car_gap(
        check_rentals(generate(habitual, n_cars=400, seed=1)).table, Order.BOOKING, FEW
    )
    assert (found.gain.low[1:4] > 0).all()
    np.testing.assert_allclose(found.per_car.value - found.uniform.value, found.gain.value)


def test_too_small_a_table_is_not_judged():
    for judge in (score_lateness, compare_per_car_gap):
        with pytest.raises(InvalidInputError):
            judge(table(ROWS), Order.CHAIN, FEW)


def test_the_auc_counts_ordered_pairs_with_weights_and_half_of_the_ties():
    score, happened = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
    weights = np.array([[1, 1, 1, 1], [2, 1, 1, 1], [1, 0, 1, 0]], dtype=np.float64)
    auc = weighted_auc(score, happened, weights)
    assert auc[:2].tolist() == pytest.approx([3.5 / 4, 5.5 / 6])
    assert math.isnan(auc[2])
