"""What a rule with a given threshold touches and avoids, counted for every threshold and every draw of cars at once.

Every count is a sum over rentals that a rising threshold switches on (and sometimes off again). So each
rental writes +1 at the threshold where it starts to count and -1 where it ends; a product with the
car weights and a running sum over the thresholds give all counts of all draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import vstack

from drivetrain.core.statistics import ClusterBootstrap, sums_by_cluster
from drivetrain.rental.buffer.domain.rule import (
    THRESHOLDS_MIN,
    BoolArray,
    BufferRule,
    BufferScope,
    ChainedRentals,
    FloatArray,
    IntArray,
)

CountArray = np.ndarray[tuple[int, ...], np.dtype[np.int32]]

LONGEST_WAIT_MIN = 720
"""Longer waits count as this long: after twelve hours a rental is lost, not late, and a few returns
weeks after their plan would otherwise drown all the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts along thresholds, each of shape (n_thresholds, 1 + draws); column 0 is the table itself.

    Attributes:
        touched: bookings whose planned gap lies below the threshold.
        touched_known: those of them whose previous delay is known.
        avoided: conflicts among them; refusing the booking avoids its conflict.
        cleared: conflicts among them that moving the start to the threshold would also have ended,
            because the previous car was back by then (delay <= threshold).
        wait_avoided_min: the waits of the avoided conflicts, each at most 12 h.
    """

    touched: CountArray
    touched_known: CountArray
    avoided: CountArray
    cleared: CountArray
    wait_avoided_min: CountArray

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def take(self, rows: Sequence[int] | IntArray) -> Counts:
        """The counts at some of the thresholds."""
        return Counts(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Counts of the whole table, each of shape (1 + draws,): every share is a share of these, so that scopes add up."""

    rentals: CountArray
    chained: CountArray
    known: CountArray
    conflicts: CountArray


@dataclass(frozen=True, slots=True, eq=False)
class RuleCounts:
    """The counts of both check-in types, from which those of any rule follow.

    Attributes:
        thresholds_min: shape (n_thresholds,), rising.
    """

    thresholds_min: IntArray
    connect: Counts
    mobile: Counts
    totals: Totals

    def along(self, scope: BufferScope) -> Counts:
        """The counts of one threshold for a scope, for every threshold."""
        if scope is BufferScope.ALL:
            return self.connect + self.mobile
        return self.connect if scope is BufferScope.CONNECT else self.mobile

    def under(self, rules: Sequence[BufferRule]) -> Counts:
        """The counts of some rules, one row each. Their thresholds must be among those counted."""
        connect = np.searchsorted(self.thresholds_min, [rule.connect_min for rule in rules])
        mobile = np.searchsorted(self.thresholds_min, [rule.mobile_min for rule in rules])
        return self.connect.take(connect) + self.mobile.take(mobile)


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """When each rental counts: from position ``begins`` among the thresholds up to, not including, ``ends``."""

    begins: IntArray
    ends: IntArray
    weight: FloatArray


def count_rules(
    rentals: ChainedRentals, resampling: ClusterBootstrap, thresholds_min: IntArray = THRESHOLDS_MIN
) -> RuleCounts:
    """Count what every rule touches and avoids, on the table and on every draw of cars.

    Memory: 2 x 5 x n_thresholds x draws counts of 4 bytes (29 MB for 721 thresholds and 1,000 draws),
    and as much again while counting.
    """
    touched = touched_steps(rentals, thresholds_min)
    late = rentals.is_conflict
    wait = np.where(late, np.minimum(np.rint(np.nan_to_num(rentals.wait_min)), LONGEST_WAIT_MIN), 0.0)
    # the first with delay <= threshold
    cleared = np.searchsorted(thresholds_min, rentals.previous_delay_min, side="left")
    never = len(thresholds_min)
    steps = [
        touched,
        only(touched, rentals.is_known),
        only(touched, late),
        only(Steps(np.maximum(cleared, touched.begins), np.full(len(rentals), never), touched.weight), late),
        Steps(touched.begins, touched.ends, wait),
    ]
    connect, mobile = (
        Counts(
            *(counts.astype(np.int32) for counts in sums_along(rentals, steps, in_scope, resampling, never))
        )
        for in_scope in (rentals.is_connect, ~rentals.is_connect)
    )
    return RuleCounts(thresholds_min, connect, mobile, count_totals(rentals, resampling))


def touched_steps(rentals: ChainedRentals, thresholds_min: IntArray) -> Steps:
    """A booking is touched from the first threshold above its gap on."""
    return Steps(
        np.searchsorted(thresholds_min, rentals.gap_min, side="right"),
        np.full(len(rentals), len(thresholds_min)),
        np.ones(len(rentals)),
    )


def only(steps: Steps, mask: BoolArray) -> Steps:
    """The same steps for some of the rentals."""
    return Steps(steps.begins, steps.ends, steps.weight * mask)


def sums_along(
    rentals: ChainedRentals,
    steps: Sequence[Steps],
    in_scope: BoolArray,
    resampling: ClusterBootstrap,
    n_thresholds: int,
) -> FloatArray:
    """Running sums of several kinds of steps, shape (n_kinds, n_thresholds, 1 + draws)."""
    by_car = vstack(
        [
            sums_by_cluster(
                np.concatenate([weight, -weight]),
                np.concatenate([kind.begins, np.maximum(kind.ends, kind.begins)]),
                np.concatenate([rentals.car, rentals.car]),
                # the last row takes what lies beyond the largest threshold
                (n_thresholds + 1, rentals.n_cars),
            )[:n_thresholds]
            for kind in steps
            for weight in [kind.weight * in_scope]
        ],
        format="csr",
    )
    by_car.eliminate_zeros()
    sums = resampling.sums(by_car).reshape(len(steps), n_thresholds, 1 + resampling.draws)
    return np.cumsum(sums, axis=1, out=sums)


def count_totals(rentals: ChainedRentals, resampling: ClusterBootstrap) -> Totals:
    """The counts of the whole table and of every draw."""
    cars = np.arange(rentals.n_cars)
    everything = [
        (rentals.rentals_by_car.astype(np.float64), cars),
        (np.ones(len(rentals)), rentals.car),
        (rentals.is_known.astype(np.float64), rentals.car),
        (rentals.is_conflict.astype(np.float64), rentals.car),
    ]
    by_car = vstack(
        [
            sums_by_cluster(values, np.zeros(len(car), dtype=np.int64), car, (1, rentals.n_cars))
            for values, car in everything
        ],
        format="csr",
    )
    return Totals(*resampling.sums(by_car).astype(np.int32))
