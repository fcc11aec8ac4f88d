"""The test of "some scope beats a uniform threshold" finds an advantage that is there, and none that is not."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.counts import count_rules
from drivetrain.rental.buffer.domain.rule import BufferRule, BufferScope, ChainedRentals, uniform
from drivetrain.rental.buffer.domain.scopes import compare_with_uniform, judge_scope, pair_rules, scope_rules


def fleet(late_connect: float, late_mobile: float, seed: int = 0) -> ChainedRentals:
    """1,200 cars with gaps of 0 to 570 minutes, late into the next with a chance by check-in type only."""
    rng = np.random.default_rng(seed)
    n = 1_200
    connect = rng.random(n) < 0.5
    gap = 30.0 * rng.integers(0, 20, n)
    late = rng.random(n) < np.where(connect, late_connect, late_mobile)
    return ChainedRentals(
        rental_id=np.arange(n),
        gap_min=gap,
        previous_delay_min=np.where(late, gap + 40, -10.0),
        is_connect=connect,
        is_canceled=np.zeros(n, dtype=np.bool_),
        car=np.arange(n),
        rentals_by_car=np.full(n, 2),
    )


def test_a_scope_that_is_later_is_found_to_beat_the_uniform_threshold():
    counts = count_rules(fleet(0.4, 0.05), ClusterBootstrap(300, seed=1))
    connect = judge_scope(counts, scope_rules(BufferScope.CONNECT)).reachable
    mobile = judge_scope(counts, scope_rules(BufferScope.MOBILE)).reachable
    assert connect.is_better and connect.p_value < 0.01
    assert not mobile.is_better and mobile.p_value > 0.9
    assert float(mobile.mean_difference.high[0]) < 0


def test_no_scope_is_found_better_where_both_are_alike():
    """At most about one in twenty fleets may fool the test; three or more of twenty would be one in thirteen tries."""
    fooled = 0
    for seed in range(20):
        counts = count_rules(fleet(0.15, 0.15, seed), ClusterBootstrap(100, seed=seed))
        fooled += judge_scope(counts, scope_rules(BufferScope.CONNECT)).reachable.is_better
    assert fooled <= 3


def test_rules_below_the_shortest_uniform_threshold_are_judged_apart():
    counts = count_rules(fleet(0.2, 0.2), ClusterBootstrap(60))
    verdict = judge_scope(counts, scope_rules(BufferScope.CONNECT))
    assert verdict.reachable_from == int(counts.along(BufferScope.ALL).touched[30, 0])
    assert (verdict.below.touched < verdict.reachable_from).all()
    assert (verdict.reachable.touched >= verdict.reachable_from).all()
    assert len(verdict.below.rules) + len(verdict.reachable.rules) == 24


def test_the_uniform_rule_does_not_beat_itself():
    counts = count_rules(fleet(0.2, 0.2), ClusterBootstrap(60))
    found = compare_with_uniform(counts, [uniform(60), uniform(300)])
    assert found.difference.value.tolist() == [0.0, 0.0]
    assert (found.p_value, found.best, found.is_better) == (1.0, None, False)


def test_without_rules_nothing_is_better():
    found = compare_with_uniform(count_rules(fleet(0.2, 0.2), ClusterBootstrap(60)), [])
    assert (found.p_value, found.is_better) == (1.0, False)


def test_families_hold_the_rules_their_names_say():
    assert scope_rules(BufferScope.CONNECT, 360) == [BufferRule(360, 0), BufferRule(720, 0)]
    assert scope_rules(BufferScope.MOBILE, 360) == [BufferRule(0, 360), BufferRule(0, 720)]
    assert len(pair_rules(360)) == 6
    with pytest.raises(InvalidInputError):
        scope_rules(BufferScope.ALL)
