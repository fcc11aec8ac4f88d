"""Where Chicago's community areas lie, and how far it is between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivetrain.trips.domain.rides import AREAS, UNKNOWN_AREA

# fmt: off
CENTROIDS = (
    (42.010, -87.670), (42.002, -87.695), (41.966, -87.656), (41.975, -87.688),  # 1
    (41.948, -87.684), (41.944, -87.656), (41.923, -87.649), (41.900, -87.633),  # 5
    (42.008, -87.814), (41.985, -87.805), (41.979, -87.771), (41.994, -87.758),  # 9
    (41.984, -87.724), (41.968, -87.722), (41.954, -87.763), (41.954, -87.723),  # 13
    (41.947, -87.806), (41.929, -87.798), (41.927, -87.766), (41.924, -87.735),  # 17
    (41.939, -87.711), (41.923, -87.699), (41.900, -87.721), (41.901, -87.676),  # 21
    (41.891, -87.756), (41.879, -87.730), (41.879, -87.706), (41.874, -87.664),  # 25
    (41.860, -87.717), (41.839, -87.714), (41.850, -87.668), (41.879, -87.625),  # 29
    (41.857, -87.620), (41.842, -87.634), (41.835, -87.619), (41.824, -87.602),  # 33
    (41.809, -87.632), (41.813, -87.618), (41.809, -87.596), (41.792, -87.618),  # 37
    (41.794, -87.592), (41.779, -87.595), (41.762, -87.573), (41.740, -87.616),  # 41
    (41.744, -87.586), (41.741, -87.551), (41.728, -87.596), (41.730, -87.573),  # 45
    (41.707, -87.623), (41.706, -87.598), (41.691, -87.570), (41.707, -87.535),  # 49
    (41.674, -87.636), (41.660, -87.603), (41.664, -87.541), (41.793, -87.770),  # 53
    (41.811, -87.726), (41.817, -87.699), (41.830, -87.673), (41.836, -87.649),  # 57
    (41.809, -87.659), (41.793, -87.724), (41.795, -87.696), (41.780, -87.769),  # 61
    (41.770, -87.727), (41.772, -87.696), (41.776, -87.667), (41.777, -87.642),  # 65
    (41.763, -87.616), (41.746, -87.708), (41.744, -87.656), (41.713, -87.675),  # 69
    (41.717, -87.649), (41.695, -87.713), (41.690, -87.669), (41.980, -87.914),  # 73
    (41.987, -87.663),  # 77
)
# fmt: on
"""Latitude and longitude of areas 1 to 77, degrees, to about a hundred meters (City of Chicago, boundaries of the areas)."""

PLACES = AREAS + 1
"""Areas and, at place 0, what is unknown."""

NEAR_NORTH, NEAR_WEST, LOOP, MIDWAY, OHARE = 8, 28, 32, 56, 76

_EARTH_RADIUS_MILES = 3_958.8


def centroid_miles() -> NDArray[np.float64]:
    """Great-circle distances between the centroids, miles, shape (78, 78); 0 within an area, NaN where one is unknown."""
    latitude, longitude = np.radians(np.array([(np.nan, np.nan), *CENTROIDS])).T
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half += np.cos(latitude[:, None]) * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2
    miles: NDArray[np.float64] = 2 * _EARTH_RADIUS_MILES * np.arcsin(np.sqrt(half))
    return miles


BAND_EDGES_MILES = (0.01, 1.5, 3.0, 5.0, 8.0, 12.0, 16.0)
"""Pairs of areas are pooled by the distance of their centroids: the same area, then these bands."""

BANDS = len(BAND_EDGES_MILES) + 1 + 3
"""Bands of known distance, then: drop-off unknown, pick-up unknown, both unknown."""

KINDS = 2 * BANDS
"""Bands of pairs without an airport, then bands of those with one at either end: who flies goes far, and by expressway."""


def pair_kinds() -> NDArray[np.int64]:
    """The kind of every pair, shape (78, 78): its band, plus ``BANDS`` where it has an airport."""
    kinds = np.digitize(np.nan_to_num(centroid_miles()), BAND_EDGES_MILES)
    known = len(BAND_EDGES_MILES) + 1
    kinds[:, UNKNOWN_AREA] = known
    kinds[UNKNOWN_AREA, :] = known + 1
    kinds[UNKNOWN_AREA, UNKNOWN_AREA] = known + 2
    is_airport = np.isin(np.arange(PLACES), (MIDWAY, OHARE))
    of_pairs: NDArray[np.int64] = kinds.astype(np.int64) + BANDS * (is_airport[:, None] | is_airport)
    return of_pairs
