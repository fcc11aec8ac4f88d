"""How many rentals of a table share state, check-in type, delay, gap and what the previous rental did to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from drivetrain.rental.buffer.domain.chains import NO_PREVIOUS, RentalTable
from drivetrain.rental.buffer.domain.rule import FloatArray, IntArray

DELAY_EDGES_MIN: FloatArray = np.array([-120.0, -60.0, -30.0, 0.0, 30.0, 60.0, 120.0, 240.0])
"""Classes of delay, each open below and closed above, so that "on time" (0) is not late. Few enough to choose from."""

GAP_EDGES_MIN: FloatArray = np.arange(60.0, 661.0, 60.0)
"""Classes of gap, each closed below and open above, as a minimum gap touches what lies below it; up to 720."""

NONE = -1


class Previous(StrEnum):
    """What the previous rental did to a chained one."""

    IN_TIME = "in_time"
    LATE = "late"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RentalGroup:
    """Rentals that are alike.

    Attributes:
        delay: class of the own delay, 0 for the one below the first edge; None for unknown.
        gap: class of the planned gap to the previous rental; None for a rental that is not chained.
        previous: late where the previous rental came back after this one's planned start; None where not chained.
    """

    is_canceled: bool
    is_connect: bool
    delay: int | None
    gap: int | None
    previous: Previous | None
    rentals: int


def group_rentals(table: RentalTable) -> Sequence[RentalGroup]:
    """The groups that have rentals; at most 2 × 2 × 10 × (1 + 12 × 3) of them, however large the table is."""
    keys = np.stack(
        [
            table.is_canceled.astype(np.int64),
            table.is_connect.astype(np.int64),
            _classes(table.delay_min, DELAY_EDGES_MIN, side="left"),
            _classes(
                np.where(table.previous == NO_PREVIOUS, np.nan, table.gap_min), GAP_EDGES_MIN, side="right"
            ),
            _previous(table),
        ]
    )
    groups, counts = np.unique(keys, axis=1, return_counts=True)
    kinds = list(Previous)
    return [
        RentalGroup(
            is_canceled=bool(canceled),
            is_connect=bool(connect),
            delay=None if delay == NONE else int(delay),
            gap=None if gap == NONE else int(gap),
            previous=None if previous == NONE else kinds[previous],
            rentals=int(count),
        )
        for (canceled, connect, delay, gap, previous), count in zip(groups.T.tolist(), counts, strict=True)
    ]


def _classes(minutes: FloatArray, edges: FloatArray, *, side: str) -> IntArray:
    """The class of each, -1 for NaN."""
    classes = np.searchsorted(edges, minutes, side="left" if side == "left" else "right").astype(np.int64)
    return np.where(np.isnan(minutes), NONE, classes)


def _previous(table: RentalTable) -> IntArray:
    """Index in ``Previous`` of each rental, -1 for one that is not chained."""
    is_chained = table.previous != NO_PREVIOUS
    delay = table.delay_min[np.where(is_chained, table.previous, 0)] if len(table) else table.delay_min
    kinds = list(Previous)
    # NaN is not above the gap
    previous = np.where(delay > table.gap_min, kinds.index(Previous.LATE), kinds.index(Previous.IN_TIME))
    previous = np.where(np.isnan(delay), kinds.index(Previous.UNKNOWN), previous)
    return np.where(is_chained, previous, NONE).astype(np.int64)
