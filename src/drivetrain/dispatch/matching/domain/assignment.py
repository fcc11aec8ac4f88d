"""Which driver for which of several riders at once.

scipy is imported here alone, with the first riders who wait: a matcher to whom nobody came goes without its forty
megabytes.
"""

from __future__ import annotations

import numpy as np

from drivetrain.dispatch.state.domain.drivers import FloatArray

Pair = tuple[int, int]
"""A rider and a driver, by their place in the table of costs."""


def load_solver() -> None:
    """Import what ``best_pairs`` needs, which takes a while: no assignment is timed with it."""
    import scipy.optimize  # noqa: F401


def best_pairs(costs: FloatArray) -> list[Pair]:
    """The pairs with the least sum of costs; only pairs that cost less than nothing.

    Args:
        costs: shape (riders, drivers), minutes; infinite where a driver is not possible for a rider.
    """
    if not costs.size:
        return []
    from scipy.optimize import linear_sum_assignment

    gains = np.minimum(costs, 0.0)  # a pair that brings nothing is as good as none
    riders, drivers = linear_sum_assignment(gains)
    is_made = gains[riders, drivers] < 0
    return list(zip(riders[is_made].tolist(), drivers[is_made].tolist(), strict=True))


def closest_pairs(costs: FloatArray) -> list[Pair]:
    """Pairs by their cost, the least first, each rider and driver once; only those that cost less than nothing.

    Args:
        costs: as above.
    """
    flat = costs.ravel()
    order = np.flatnonzero(flat < 0)
    order = order[np.argsort(flat[order], kind="stable")]
    riders, drivers = set[int](), set[int]()
    pairs: list[Pair] = []
    for rider, driver in zip(*(axis.tolist() for axis in np.unravel_index(order, costs.shape)), strict=True):
        if rider not in riders and driver not in drivers:
            riders.add(rider)
            drivers.add(driver)
            pairs.append((rider, driver))
    return sorted(pairs)
