"""Chained rentals and the rule."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.buffer_truth import touches

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.buffer.domain.rule import (
    THRESHOLDS_MIN,
    BufferRule,
    BufferScope,
    ChainedRentals,
    CheckinType,
    thresholds_by_step,
    uniform,
)


def rentals(gap: list[float], delay: list[float], connect: list[bool] | None = None) -> ChainedRentals:
    n = len(gap)
    return ChainedRentals(
        rental_id=np.arange(n),
        gap_min=np.array(gap, dtype=np.float64),
        previous_delay_min=np.array(delay, dtype=np.float64),
        is_connect=np.array(connect or [False] * n, dtype=np.bool_),
        is_canceled=np.zeros(n, dtype=np.bool_),
        car=np.arange(n),
        rentals_by_car=np.full(n, 2),
    )


def test_a_conflict_is_a_return_after_the_planned_start_and_unknown_is_neither():
    table = rentals([60, 60, 60, 60], [61, 60, -5, np.nan])
    assert table.is_conflict.tolist() == [True, False, False, False]
    assert table.is_known.tolist() == [True, True, True, False]


def test_a_rule_touches_gaps_below_its_threshold_only():
    assert touches(uniform(60), rentals([0, 30, 59, 60, 90], [0] * 5)).tolist() == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_rule_asks_each_check_in_type_for_its_own_gap():
    rule = BufferRule(connect_min=30, mobile_min=120)
    assert touches(rule, rentals([60, 60], [0, 0], [True, False])).tolist() == [False, True]
    assert rule.threshold_min(CheckinType.CONNECT) == 30
    assert rule.threshold_min(CheckinType.MOBILE) == 120


def test_the_scopes_connect_and_mobile_divide_all():
    table = rentals([0, 30, 60], [0, 0, 0], [True, False, True])
    connect, mobile = table.in_scope(BufferScope.CONNECT), table.in_scope(BufferScope.MOBILE)
    assert (connect ^ mobile).all()
    assert table.in_scope(BufferScope.ALL).all()


@pytest.mark.parametrize("threshold", [-1, 721, 30.0, True, np.nan])
def test_a_threshold_is_a_whole_number_of_minutes_up_to_twelve_hours(threshold):
    with pytest.raises(InvalidInputError):
        BufferRule(threshold, 0)


@pytest.mark.parametrize("gap", [-1.0, 721.0, np.nan])
def test_gaps_beyond_twelve_hours_or_unknown_are_refused(gap):
    with pytest.raises(InvalidInputError):
        rentals([gap], [0.0])


def test_thresholds_run_from_none_to_twelve_hours():
    assert thresholds_by_step(360) == [0, 360, 720]
    assert THRESHOLDS_MIN.tolist() == thresholds_by_step(1)
    with pytest.raises(InvalidInputError):
        thresholds_by_step(0)
