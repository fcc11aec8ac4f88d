"""What is known of a car's lateness before one of its rentals, without a look ahead.

The table has no dates. Only the links from a rental to its previous one are certain order; beyond them the
rental id, given when a rental is booked, is a fair guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from drivetrain.rental.buffer.domain.chains import NO_PREVIOUS, RentalTable
from drivetrain.rental.buffer.domain.rule import BoolArray, FloatArray, IntArray

FEATURES = ("late_rate_before", "mean_delay_before", "known_before", "is_connect")
PRIOR_RENTALS = 2.0
"""A car's late rate is drawn toward the rate of all cars as if it had this many more rentals."""
_LONGEST_DELAY_MIN = 720.0  # a return days off plan is an entry error or an accident, not a habit


class Order(StrEnum):
    """What counts as earlier."""

    CHAIN = "chain"
    """Only the rentals reached by following previous ones: certain, and few."""
    BOOKING = "booking"
    """All rentals of the car booked earlier, corrected where a chain says otherwise: many, not certain."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What came before each rental of a table, each of shape (n_rentals,).

    Attributes:
        known: earlier rentals of the car with a known delay.
        late: those of them that came back after their planned end.
        delay_sum_min: the sum of their delays, each at most 12 h either way.
    """

    known: FloatArray
    late: FloatArray
    delay_sum_min: FloatArray

    def matrix(self, rows: IntArray, is_connect: BoolArray, late_rate: float) -> FloatArray:
        """Features of some rentals, shape (n_rows, 4), in the order of ``FEATURES``.

        Args:
            late_rate: share of late rentals among all cars of the training part.
        """
        known = self.known[rows]
        rate = (self.late[rows] + PRIOR_RENTALS * late_rate) / (known + PRIOR_RENTALS)
        mean_h = self.delay_sum_min[rows] / (known + PRIOR_RENTALS) / 60.0
        return np.column_stack(
            [rate, np.arcsinh(mean_h), np.log1p(known), is_connect[rows].astype(np.float64)]
        )


def history(table: RentalTable, order: Order) -> History:
    """Sum up what came before each rental, itself excluded."""
    known = np.isfinite(table.delay_min)
    delay = np.where(
        known, np.clip(np.nan_to_num(table.delay_min), -_LONGEST_DELAY_MIN, _LONGEST_DELAY_MIN), 0.0
    )
    own = np.column_stack([known, delay > 0, delay]).astype(np.float64)
    before = _before_in_chain(table, own) if order is Order.CHAIN else _before_in_booking_order(table, own)
    return History(before[:, 0], before[:, 1], before[:, 2])


def _before_in_chain(table: RentalTable, own: FloatArray) -> FloatArray:
    before = np.zeros_like(own)
    for row in _roots_first(table.previous):
        previous = table.previous[row]
        if previous != NO_PREVIOUS:
            before[row] = before[previous] + own[previous]
    return before


def _before_in_booking_order(table: RentalTable, own: FloatArray) -> FloatArray:
    """Sums over the rentals of the car that sort before this one."""
    booked = table.rental_id.copy()  # made to rise along every chain: a rental follows its previous one
    depth = np.zeros(len(table), dtype=np.int64)
    for row in _roots_first(table.previous):
        previous = table.previous[row]
        if previous != NO_PREVIOUS:
            booked[row] = max(booked[row], booked[previous])
            depth[row] = depth[previous] + 1
    order = np.lexsort((depth, booked, table.car_id))
    running = np.cumsum(own[order], axis=0) - own[order]
    car = table.car_id[order]
    first = (
        np.flatnonzero(np.concatenate([[True], car[1:] != car[:-1]]))
        if len(car)
        else np.array([], dtype=np.int64)
    )
    rentals = np.diff(np.append(first, len(car)))
    before = np.empty_like(own)
    before[order] = running - np.repeat(running[first], rentals, axis=0)
    return before


def _roots_first(previous: IntArray) -> list[int]:
    """Row indices such that every previous rental stands before the ones that follow it."""
    placed = np.zeros(len(previous), dtype=np.bool_)
    order: list[int] = []
    for start in range(len(previous)):
        path = []
        row = start
        while row != NO_PREVIOUS and not placed[row]:
            placed[row] = True
            path.append(row)
            row = int(previous[row])
        order.extend(reversed(path))
    return order
