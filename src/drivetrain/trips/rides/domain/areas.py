"""How rides pool pairs of Chicago's community areas, by how far it is between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import FloatArray
from drivetrain.trips.city.domain.areas import PLACES, UNKNOWN_AREA, straight_km

NEAR_NORTH, NEAR_WEST, LOOP, MIDWAY, OHARE = 8, 28, 32, 56, 76

_KM_PER_MILE = 1.609344


def centroid_miles() -> FloatArray:
    """Great-circle distances between the centroids, miles, shape (78, 78); 0 within an area, NaN where one is unknown."""
    miles: FloatArray = straight_km() / _KM_PER_MILE
    return miles


BAND_EDGES_MILES = (0.01, 1.5, 3.0, 5.0, 8.0, 12.0, 16.0)
"""Pairs of areas are pooled by the distance of their centroids: the same area, then these bands."""

BANDS = len(BAND_EDGES_MILES) + 1 + 3
"""Bands of known distance, then: drop-off unknown, pick-up unknown, both unknown."""

KINDS = 2 * BANDS
"""Bands of pairs without an airport, then bands of those with one at either end: who flies goes far, and by
expressway."""


def pair_kinds() -> NDArray[np.int64]:
    """The kind of every pair, shape (78, 78): its band, plus ``BANDS`` where it has an airport."""
    kinds = np.digitize(np.nan_to_num(centroid_miles()), BAND_EDGES_MILES)
    band_count = len(BAND_EDGES_MILES) + 1
    kinds[:, UNKNOWN_AREA] = band_count
    kinds[UNKNOWN_AREA, :] = band_count + 1
    kinds[UNKNOWN_AREA, UNKNOWN_AREA] = band_count + 2
    is_airport = np.isin(np.arange(PLACES), (MIDWAY, OHARE))
    of_pairs: NDArray[np.int64] = kinds.astype(np.int64) + BANDS * (is_airport[:, None] | is_airport)
    return of_pairs
