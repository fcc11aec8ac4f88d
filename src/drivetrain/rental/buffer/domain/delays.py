"""How late cars come back, by check-in type: the distribution of all known delays of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivetrain.core.statistics import (
    ClusterBootstrap,
    EstimateArray,
    divide,
    percentile_interval,
    sums_by_cluster,
)
from drivetrain.rental.buffer.domain.chains import RentalTable
from drivetrain.rental.buffer.domain.rule import CheckinType, FloatArray, IntArray

DELAY_EDGES_MIN: FloatArray = np.arange(-360.0, 361.0, 30.0)
"""Classes of delay, each open below and closed above, so that "on time" (0) is not late; two more hold what
lies outside."""


@dataclass(frozen=True, slots=True, eq=False)
class DelayDistribution:
    """The delays of one check-in type.

    Attributes:
        rentals: of this type that were carried out or canceled.
        unknown: those of them whose delay is not known; most were canceled.
        late_share: of the known delays, those above 0.
        median_min: of the known delays; NaN without any.
        edges_min: between the classes, as in ``DELAY_EDGES_MIN``.
        counts: known delays by class, the first and last being those outside the edges, shape (n_edges + 1,).
    """

    checkin_type: CheckinType
    rentals: int
    unknown: int
    late_share: EstimateArray
    median_min: float
    edges_min: FloatArray
    counts: IntArray


def delay_distributions(table: RentalTable, resampling: ClusterBootstrap) -> tuple[DelayDistribution, ...]:
    """The delays of each check-in type."""
    return tuple(_distribution(table, kind, resampling) for kind in CheckinType)


def _distribution(table: RentalTable, kind: CheckinType, resampling: ClusterBootstrap) -> DelayDistribution:
    in_type = table.is_connect if kind is CheckinType.CONNECT else ~table.is_connect
    known = in_type & np.isfinite(table.delay_min)
    delays = table.delay_min[known]
    cars, car = np.unique(table.car_id, return_inverse=True)
    counted = np.concatenate([known[known], delays > 0]).astype(np.float64)
    row = np.repeat([0, 1], len(delays))
    sums = resampling.sums(sums_by_cluster(counted, row, np.tile(car[known], 2), (2, len(cars))))
    classes = np.searchsorted(DELAY_EDGES_MIN, delays, side="left")
    return DelayDistribution(
        checkin_type=kind,
        rentals=int(np.count_nonzero(in_type)),
        unknown=int(np.count_nonzero(in_type & ~known)),
        late_share=percentile_interval(divide(sums[1], sums[0])),
        median_min=float(np.median(delays)) if len(delays) else float("nan"),
        edges_min=DELAY_EDGES_MIN,
        counts=np.bincount(classes, minlength=len(DELAY_EDGES_MIN) + 1).astype(np.int64),
    )
