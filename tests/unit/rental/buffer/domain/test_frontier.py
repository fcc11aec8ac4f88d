"""The frontier against counting by hand, rental by rental."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.buffer_truth import touches

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.counts import Counts, count_rules
from drivetrain.rental.buffer.domain.frontier import compare_rules, frontier, summary
from drivetrain.rental.buffer.domain.rule import BufferRule, BufferScope, ChainedRentals, uniform

FEW = ClusterBootstrap(draws=40, seed=1)

# gap, previous delay, connect, car: two of mobile and one of connect in conflict, one unknown
ROWS = [
    (0, 20, False, 0),
    (30, 100, False, 0),
    (30, -10, True, 1),
    (30, math.nan, True, 1),
    (60, 61, True, 2),
    (120, 0, False, 3),
]


def chained(rows, n_cars=None) -> ChainedRentals:
    gap, delay, connect, car = zip(*rows, strict=True)
    n_cars = n_cars or max(car) + 1
    return ChainedRentals(
        rental_id=np.arange(len(rows)),
        gap_min=np.array(gap, dtype=np.float64),
        previous_delay_min=np.array(delay, dtype=np.float64),
        is_connect=np.array(connect, dtype=np.bool_),
        is_canceled=np.zeros(len(rows), dtype=np.bool_),
        car=np.array(car, dtype=np.int64),
        rentals_by_car=np.full(n_cars, 10, dtype=np.int64),
    )


def value(found, name, at):
    return float(found.figures[name].value[at])


def test_the_figures_of_a_small_table_are_those_counted_by_hand():
    all_cars = frontier(count_rules(chained(ROWS), FEW), BufferScope.ALL)
    at_60 = {name: value(all_cars, name, 60) for name in all_cars.figures}
    assert at_60 == {
        "touched": 4,
        "share_of_all": 4 / 40,
        "share_of_chained": 4 / 6,
        "unknown_touched": 1,
        "avoided": 2,
        "avoided_share": 2 / 3,
        "cleared_by_moving": 1,  # the other car came back 100 minutes late, after the moved start
        "wait_avoided_h": (20 + 70) / 60,
        "without_need": 1,
        "conflicts_per_touched": 2 / 3,
        "break_even": 3 / 2,
        "marginal_conflicts_per_touched": 1 / 2,  # the gap of 30: one in conflict, one not, one unknown
        "marginal_break_even": 2.0,
    }


def test_unknown_delays_stay_unknown_and_the_band_holds_both_extremes():
    found = frontier(count_rules(chained(ROWS), FEW), BufferScope.ALL)
    band = {name: (float(band.worst[60]), float(band.best[60])) for name, band in found.bands.items()}
    assert band["avoided"] == (2, 3)
    assert band["avoided_share"] == (2 / 3, 3 / 4)
    assert band["without_need"] == (2, 1)
    assert band["break_even"] == (4 / 2, 4 / 3)
    below = {name: (float(band.worst[30]), float(band.best[30])) for name, band in found.bands.items()}
    assert below["avoided_share"] == (1 / 4, 1 / 3), "an unknown delay outside the rule counts against it"


def test_a_threshold_of_nothing_touches_nothing_and_has_no_ratio():
    found = frontier(count_rules(chained(ROWS), FEW), BufferScope.ALL)
    assert value(found, "touched", 0) == value(found, "avoided", 0) == 0
    assert math.isnan(value(found, "break_even", 0))
    assert math.isnan(float(found.figures["break_even"].low[0]))


def test_where_no_conflict_is_avoided_the_break_even_is_infinite():
    found = frontier(count_rules(chained([(0, -5, False, 0), (60, 90, False, 1)]), FEW), BufferScope.ALL)
    assert math.isinf(value(found, "break_even", 30))


def test_the_scopes_add_up_at_every_threshold():
    counts = count_rules(chained(ROWS), FEW)
    for name in ("touched", "avoided", "share_of_all", "avoided_share", "wait_avoided_h"):
        whole, connect, mobile = (frontier(counts, scope).figures[name].value for scope in BufferScope)
        np.testing.assert_allclose(connect + mobile, whole)


def test_a_pair_counts_each_type_at_its_own_threshold():
    found = compare_rules(count_rules(chained(ROWS), FEW), [BufferRule(90, 30), uniform(60)])
    assert found.figures["touched"].value.tolist() == [4, 4]
    assert found.figures["avoided"].value.tolist() == [2, 2]
    assert "marginal_break_even" not in found.figures


def test_waits_count_up_to_twelve_hours():
    found = frontier(count_rules(chained([(0, 60_000, False, 0)]), FEW), BufferScope.ALL)
    assert value(found, "wait_avoided_h", 30) == 12


def test_the_summary_counts_what_is_known_and_what_is_not():
    found = {
        name: float(figure.value) for name, figure in summary(count_rules(chained(ROWS), FEW).totals).items()
    }
    assert found == {
        "rentals": 40,
        "chained": 6,
        "known": 5,
        "unknown": 1,
        "conflicts": 3,
        "conflict_rate": 3 / 5,
    }


def test_a_table_without_chained_rentals_has_nothing_to_touch():
    empty = ChainedRentals(*(np.array([], dtype=kind) for kind in "iffbbi"), np.array([3, 2]))
    found = frontier(count_rules(empty, FEW), BufferScope.ALL)
    assert not found.figures["touched"].value.any()
    assert np.isnan(found.figures["avoided_share"].value).all()


def test_a_step_below_a_minute_is_refused():
    with pytest.raises(InvalidInputError):
        frontier(count_rules(chained(ROWS), FEW), BufferScope.ALL, step_min=0)


rental = st.tuples(
    st.integers(0, 720),
    st.one_of(st.integers(-200, 900).map(float), st.just(math.nan)),
    st.booleans(),
    st.integers(0, 5),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(rental, min_size=1, max_size=25), st.integers(0, 720), st.integers(0, 720))
def test_every_rule_counts_what_counting_rental_by_rental_gives(rows, connect_min, mobile_min):
    """For any table and any pair, on the table and on the draws (as tables of the drawn cars)."""
    table = chained(rows, n_cars=6)
    counts = count_rules(table, FEW)
    rule = BufferRule(connect_min, mobile_min)
    found = counts.under([rule])
    weights = np.concatenate([np.ones((1, 6)), *FEW.weights(6)])[:, table.car]
    threshold = np.where(table.is_connect, connect_min, mobile_min)
    touched = touches(rule, table)
    late = table.is_conflict & touched
    wait = np.minimum(np.nan_to_num(table.wait_min), 720) * late
    expected = Counts(
        *(
            (weights @ column)[None, :].astype(np.int32)
            for column in (
                touched,
                touched & table.is_known,
                late,
                late & (table.previous_delay_min <= threshold),
                wait,
            )
        )
    )
    for name in Counts.__slots__:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
