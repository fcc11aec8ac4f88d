"""History without a look ahead, and scores that find a habit where there is one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.chains import COLUMNS, check_rentals
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, generate
from drivetrain.rental.buffer.model.lateness.estimator import fit_chance
from drivetrain.rental.buffer.model.lateness.evaluate import compare_per_car_gap, score_lateness, weighted_auc
from drivetrain.rental.buffer.model.lateness.features import FEATURES, Order, history

FEW = ClusterBootstrap(draws=60, seed=1)


def table(rows):
    return check_rentals({name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}).table


# Chain 1 -> 5 -> 3 of car 7 (rental 5 was booked after rental 3 and happened before it), rental 4 unchained,
# car 8 apart.
ROWS = [
    (5, 7, "mobile", "ended", 30, 1, 60),
    (3, 7, "mobile", "ended", -5, 5, 60),
    (1, 7, "mobile", "ended", 90, None, None),
    (4, 7, "mobile", "ended", None, None, None),
    (2, 8, "mobile", "ended", 10, None, None),
]


def test_the_chain_order_knows_only_the_rentals_before_in_the_chain():
    past = history(table(ROWS), Order.CHAIN)
    assert past.known.tolist() == [1, 2, 0, 0, 0]
    assert past.delay_sum_min.tolist() == [90, 120, 0, 0, 0]


def test_the_booking_order_gives_way_to_the_chain():
    """Rental 3 follows 5, so 5 must not have 3 in its history though it was booked later."""
    past = history(table(ROWS), Order.BOOKING)
    assert past.known.tolist() == [1, 2, 0, 1, 0]
    assert past.late.tolist() == [1, 2, 0, 1, 0]


@pytest.mark.parametrize("order", list(Order))
def test_the_future_does_not_change_the_past(order):
    """Whatever the last rental of a chain turns out to be, the history of all others stays."""
    before = history(table(ROWS), order)
    changed = [(3, 7, "mobile", "ended", 700, 5, 60) if row[0] == 3 else row for row in ROWS]
    after = history(table(changed), order)
    np.testing.assert_array_equal(before.delay_sum_min, after.delay_sum_min)


def test_a_car_without_history_gets_the_rate_of_all_cars():
    matrix = history(table(ROWS), Order.CHAIN).matrix(
        np.array([2]), np.zeros(5, dtype=np.bool_), late_rate=0.3
    )
    assert matrix.shape == (1, len(FEATURES))
    assert matrix[0].tolist() == pytest.approx([0.3, 0, 0, 0])


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


def test_a_constant_feature_gets_no_say():
    rng = np.random.default_rng(1)
    matrix = np.column_stack([rng.normal(size=200), np.ones(200)])
    model = fit_chance(matrix, matrix[:, 0] + rng.normal(size=200) > 0)
    assert model.weights[0] > 0.5
    assert model.weights[1] == pytest.approx(0.0)
    assert ((model.chance(matrix) > 0) & (model.chance(matrix) < 1)).all()
