"""A rule on two tables: what was promised, what is observed, and whether chance explains the difference."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.buffer_truth import touches

from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.chains import chain, check_rentals
from drivetrain.rental.buffer.domain.counts import count_rules
from drivetrain.rental.buffer.domain.delays import delay_distributions
from drivetrain.rental.buffer.domain.outcome import PromiseVerdict, compare_outcome, figures_under
from drivetrain.rental.buffer.domain.rule import BufferRule
from drivetrain.rental.buffer.domain.working import Working
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, generate

DRAWS = ClusterBootstrap(draws=200, seed=5)
USUAL = ChainTruth(chained_cars=0.6)
RULE = BufferRule(30, 60)


def counted(truth=USUAL, seed=1, n_cars=1_500):
    return count_rules(chain(check_rentals(generate(truth, n_cars=n_cars, seed=seed)).table), DRAWS)


def test_figures_under_a_rule_are_those_of_the_table():
    rentals = chain(check_rentals(generate(USUAL, n_cars=800, seed=2)).table)
    found = figures_under(count_rules(rentals, DRAWS), RULE)
    kept = rentals.is_known & ~touches(RULE, rentals)
    assert found["below"][0] == np.count_nonzero(touches(RULE, rentals))
    assert found["conflict_rate_left"][0] == np.count_nonzero(kept & rentals.is_conflict) / np.count_nonzero(
        kept
    )


def test_the_same_truth_again_is_as_promised():
    assert compare_outcome(counted(seed=1), counted(seed=2), RULE).verdict is PromiseVerdict.AS_PROMISED


@pytest.mark.parametrize(
    ("shift_min", "kept"), [(60.0, PromiseVerdict.WORSE), (-60.0, PromiseVerdict.BETTER)]
)
def test_cars_that_come_back_an_hour_later_or_earlier_are_noticed(shift_min, kept):
    changed = ChainTruth(
        chained_cars=0.6, delay_mean_connect_min=-40.0 + shift_min, delay_mean_mobile_min=0.0 + shift_min
    )
    found = compare_outcome(counted(), counted(changed, seed=2), RULE)
    assert found.verdict is kept
    assert (found.difference.value > 0) == (kept is PromiseVerdict.WORSE)


def test_a_table_whose_delays_are_all_unknown_says_nothing():
    unknown = ChainTruth(chained_cars=0.6, unknown_if_late=1.0, unknown_otherwise=1.0)
    assert compare_outcome(counted(), counted(unknown), RULE).verdict is PromiseVerdict.UNKNOWN


def test_draws_of_the_two_tables_are_paired_as_independent_ones():
    """The same table twice: paired draw by draw its difference would never vary, and every rule would seem exact."""
    found = compare_outcome(counted(), counted(), RULE)
    assert found.difference.value == 0
    assert found.difference.low < 0 < found.difference.high


def test_packed_arrays_come_back_bit_by_bit():
    rentals = chain(check_rentals(generate(USUAL, n_cars=300, seed=2)).table)
    working = Working(rentals, count_rules(rentals, DRAWS), DRAWS)
    again = Working.unpack(working.pack())
    assert again.resampling == DRAWS
    for name in (
        "rental_id",
        "gap_min",
        "previous_delay_min",
        "is_connect",
        "is_canceled",
        "car",
        "rentals_by_car",
    ):
        np.testing.assert_array_equal(getattr(again.rentals, name), getattr(rentals, name))
    for kind in ("connect", "mobile", "totals"):
        before, after = getattr(working.counts, kind), getattr(again.counts, kind)
        for name in before.__slots__:
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_bytes_that_are_no_arrays_are_refused():
    with pytest.raises((ValueError, KeyError)):
        Working.unpack(b"PK\x05\x06" + bytes(18))


def test_delays_are_counted_by_class_and_on_time_is_not_late():
    cells = {
        "rental_id": [1, 2, 3, 4, 5, 6, 7],
        "car_id": [1, 1, 1, 2, 2, 2, 3],
        "checkin_type": ["mobile"] * 6 + ["connect"],
        "state": ["ended"] * 5 + ["canceled", "ended"],
        "delay_at_checkout_in_minutes": [0, 0.5, 30, -400, 400, None, -360],
        "previous_ended_rental_id": [None] * 7,
        "time_delta_with_previous_rental_in_minutes": [None] * 7,
    }
    connect, mobile = delay_distributions(check_rentals(cells).table, DRAWS)
    assert (mobile.rentals, mobile.unknown, mobile.counts.sum()) == (6, 1, 5)
    edges = mobile.edges_min.tolist()
    assert (
        mobile.counts[0],
        mobile.counts[edges.index(0)],
        mobile.counts[edges.index(30)],
        mobile.counts[-1],
    ) == (1, 1, 2, 1)
    assert float(mobile.late_share.value) == 3 / 5
    assert mobile.median_min == 0.5
    assert connect.counts[0] == 1  # the first class is closed above: -360 is in it
