"""Waits, and cancellation by wait."""

from __future__ import annotations

import math

import numpy as np

from drivetrain.core.statistics import ClusterBootstrap, share_of
from drivetrain.rental.buffer.domain.rule import ChainedRentals
from drivetrain.rental.buffer.domain.severity import severity


def waiting(waits, canceled) -> ChainedRentals:
    n = len(waits)
    return ChainedRentals(
        rental_id=np.arange(n),
        gap_min=np.full(n, 30.0),
        previous_delay_min=np.array(waits, dtype=np.float64) + 30,
        is_connect=np.zeros(n, dtype=np.bool_),
        is_canceled=np.array(canceled, dtype=np.bool_),
        car=np.arange(n),
        rentals_by_car=np.full(n, 2),
    )


def test_each_wait_falls_into_one_class_and_the_unknown_into_none():
    found = severity(waiting([-5, 0, 1, 15, 16, 60, 61, 500, math.nan], [0] * 9), ClusterBootstrap(40))
    assert [wait_class.rentals for wait_class in found.classes] == [2, 2, 1, 1, 1, 1]


def test_cancellation_is_compared_with_the_rentals_that_did_not_wait():
    waits = [-10] * 40 + [10] * 20
    found = severity(waiting(waits, [1] * 4 + [0] * 36 + [1] * 10 + [0] * 10), ClusterBootstrap(400, seed=2))
    assert found.classes[1].canceled_share == share_of(10, 20)
    more = found.classes[1].more_than_without_wait
    assert more.value == 0.5 - 0.1
    assert 0 < more.low < more.value < more.high
    assert float(found.difference.value) == more.value


def test_wait_quantiles_are_waits_of_conflicts():
    found = severity(waiting([-50, 10, 20, 30, 40], [0] * 5), ClusterBootstrap(100, seed=1))
    assert float(found.wait_quantiles_min[0.5].value) == 20
    assert float(found.wait_quantiles_min[0.9].value) == 40


def test_without_conflicts_there_is_nothing_to_weigh():
    found = severity(waiting([-50, -10], [0, 1]), ClusterBootstrap(40))
    assert math.isnan(float(found.canceled_in_conflict.value))
    assert all(math.isnan(float(quantile.value)) for quantile in found.wait_quantiles_min.values())
