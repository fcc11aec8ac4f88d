"""How long the next driver waits, and how waiting goes with cancellation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import vstack

from drivetrain.core.statistics import (
    ClusterBootstrap,
    Estimate,
    EstimateArray,
    divide,
    percentile_interval,
    share_of,
    sums_by_cluster,
)
from drivetrain.rental.buffer.domain.rule import BoolArray, ChainedRentals, FloatArray, IntArray

WAIT_EDGES_MIN = (-math.inf, 0.0, 15.0, 30.0, 60.0, 120.0, math.inf)
"""Wait classes, each open below and closed above: the first has no wait. Finer ones would hold too few
rentals."""

QUANTILES = (0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class WaitClass:
    """The rentals that waited longer than ``above_min`` and at most ``up_to_min``, and how many of them were canceled.

    Attributes:
        canceled_share: with Wilson's interval, as the classes are small.
        more_than_without_wait: difference of the share to that of the first class, with the interval from
            resampling cars; an association, not proof of an effect.
    """

    above_min: float
    up_to_min: float
    rentals: int
    canceled: int
    canceled_share: Estimate
    more_than_without_wait: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Severity:
    """How bad the conflicts are.

    Attributes:
        classes: by wait, from no wait up; rentals of unknown wait are in none of them.
        canceled_in_conflict, canceled_without: shares among the known.
        difference: the first minus the second.
        wait_quantiles_min: of the conflicts, by ``QUANTILES``.
    """

    classes: tuple[WaitClass, ...]
    canceled_in_conflict: EstimateArray
    canceled_without: EstimateArray
    difference: EstimateArray
    wait_quantiles_min: Mapping[float, EstimateArray]


def severity(rentals: ChainedRentals, resampling: ClusterBootstrap) -> Severity:
    """Weigh the conflicts of a table by wait, and compare cancellation between wait classes."""
    wait = rentals.wait_min
    classes = [(wait > above) & (wait <= up_to) for above, up_to in pairwise(WAIT_EDGES_MIN)]
    counted = [*classes, rentals.is_conflict]
    sums = _sums(rentals, [*counted, *(mask & rentals.is_canceled for mask in counted)], resampling)
    shares = divide(sums[len(counted) :], sums[: len(counted)])
    more = percentile_interval(shares - shares[0])
    return Severity(
        classes=tuple(
            WaitClass(
                WAIT_EDGES_MIN[index],
                WAIT_EDGES_MIN[index + 1],
                int(sums[index, 0]),
                int(sums[len(counted) + index, 0]),
                share_of(int(sums[len(counted) + index, 0]), int(sums[index, 0])),
                more.at(index),
            )
            for index in range(len(classes))
        ),
        canceled_in_conflict=percentile_interval(shares[-1]),
        canceled_without=percentile_interval(shares[0]),
        difference=percentile_interval(shares[-1] - shares[0]),
        wait_quantiles_min=_wait_quantiles(rentals, resampling),
    )


def _sums(rentals: ChainedRentals, masks: list[BoolArray], resampling: ClusterBootstrap) -> FloatArray:
    """How many rentals of each mask there are, shape (n_masks, 1 + draws)."""
    row: IntArray = np.zeros(len(rentals), dtype=np.int64)
    shape = (1, rentals.n_cars)
    by_car = vstack(
        [sums_by_cluster(mask.astype(np.float64), row, rentals.car, shape) for mask in masks], format="csr"
    )
    return resampling.sums(by_car)


def _wait_quantiles(rentals: ChainedRentals, resampling: ClusterBootstrap) -> dict[float, EstimateArray]:
    """The smallest wait that the given share of the (drawn) conflicts does not exceed; NaN without conflicts."""
    late = np.flatnonzero(rentals.is_conflict)
    late = late[np.argsort(rentals.wait_min[late], kind="stable")]
    if not len(late):
        nothing = EstimateArray(*(np.array(math.nan) for _ in range(3)))
        return dict.fromkeys(QUANTILES, nothing)
    by_car = sums_by_cluster(
        np.ones(len(late)), np.arange(len(late)), rentals.car[late], (len(late), rentals.n_cars)
    )
    up_to = np.cumsum(resampling.sums(by_car), axis=0)
    waits = rentals.wait_min[late]
    quantiles = {}
    for quantile in QUANTILES:
        place = np.argmax(up_to >= quantile * up_to[-1], axis=0)
        quantiles[quantile] = percentile_interval(np.where(up_to[-1] > 0, waits[place], np.nan))
    return quantiles
