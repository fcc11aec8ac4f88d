"""Cars on a map: counted by the cells of a grid that spans where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.market.search.domain.columns import Columns
from drivetrain.market.search.domain.index import RowArray

LONGEST_SIDE = 24
"""Cells along the longer side of the grid."""

_SMALLEST_DEGREES = 0.02
"""Of a grid, about 2 km: a single town is not torn into streets."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Some cars.

    Attributes:
        south, west, north, east: of the cell, degrees.
        latitude, longitude: the mean of its cars.
        listing_id: of its only car; None where there are more.
    """

    south: float
    west: float
    north: float
    east: float
    latitude: float
    longitude: float
    cars: int
    listing_id: str | None


def cells_of(columns: Columns, rows: RowArray) -> Sequence[Cell]:
    """The cells that hold cars, from south to north; cars without coordinates are in none.

    Args:
        rows: of the cars.
    """
    rows = rows[~np.isnan(columns.latitude[rows]) & ~np.isnan(columns.longitude[rows])]
    if not len(rows):
        return []
    latitude, longitude = columns.latitude[rows], columns.longitude[rows]
    south, west = float(latitude.min()), float(longitude.min())
    # as wide as it is high on the ground: degrees of longitude shrink towards the poles
    shrink = max(float(np.cos(np.radians(latitude.mean()))), 0.1)
    height = max(float(latitude.max()) - south, _SMALLEST_DEGREES)
    width = max(float(longitude.max()) - west, _SMALLEST_DEGREES / shrink)
    step = max(height, width * shrink) / LONGEST_SIDE
    wide = step / shrink
    across = int(width / wide) + 1
    codes = (np.floor((latitude - south) / step) * across + np.floor((longitude - west) / wide)).astype(
        np.int64
    )
    cars = np.bincount(codes)
    sums = [np.bincount(codes, weights=degrees) for degrees in (latitude, longitude)]
    single = np.zeros(len(cars), dtype=np.intp)
    single[codes] = rows
    cells = []
    for code in np.flatnonzero(cars).tolist():
        up, right = divmod(code, across)
        count = int(cars[code])
        cells.append(
            Cell(
                south + up * step,
                west + right * wide,
                south + (up + 1) * step,
                west + (right + 1) * wide,
                float(sums[0][code]) / count,
                float(sums[1][code]) / count,
                count,
                columns.ids[single[code]].decode("ascii") if count == 1 else None,
            )
        )
    return cells
