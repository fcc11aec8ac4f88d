"""History without a look ahead."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.lateness import ROWS, table

from drivetrain.rental.buffer.model.lateness.features import FEATURES, Order, history


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
