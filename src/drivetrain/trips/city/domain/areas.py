"""The community areas of Chicago: where they are, and how far it is from one to another."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import FloatArray, great_circle_km, grid_km

UNKNOWN_AREA = 0
"""Stands for a place outside the city, or unknown."""

AREAS = 77
"""Chicago numbers its community areas from 1 to 77."""

PLACES = AREAS + 1
"""Areas by their number, and 0 for outside the city or unknown."""

# Latitude and longitude in degrees, areas 1 to 77 in order, to four decimals (ten meters).
_CENTROIDS = (
    *((42.0096, -87.6702), (42.0016, -87.6950), (41.9658, -87.6559), (41.9752, -87.6875)),
    *((41.9478, -87.6838), (41.9442, -87.6560), (41.9227, -87.6495), (41.8996, -87.6333)),
    *((42.0076, -87.8138), (41.9850, -87.8045), (41.9788, -87.7712), (41.9939, -87.7584)),
    *((41.9836, -87.7236), (41.9681, -87.7216), (41.9540, -87.7634), (41.9536, -87.7235)),
    *((41.9465, -87.8060), (41.9293, -87.7980), (41.9273, -87.7655), (41.9243, -87.7347)),
    *((41.9387, -87.7112), (41.9228, -87.6992), (41.9001, -87.7209), (41.9012, -87.6764)),
    *((41.8906, -87.7560), (41.8786, -87.7302), (41.8789, -87.7059), (41.8740, -87.6635)),
    *((41.8602, -87.7172), (41.8391, -87.7140), (41.8503, -87.6676), (41.8789, -87.6252)),
    *((41.8572, -87.6203), (41.8421, -87.6340), (41.8351, -87.6187), (41.8237, -87.6024)),
    *((41.8091, -87.6324), (41.8129, -87.6179), (41.8089, -87.5962), (41.7924, -87.6179)),
    *((41.7941, -87.5923), (41.7789, -87.5949), (41.7616, -87.5728), (41.7402, -87.6160)),
    *((41.7442, -87.5863), (41.7412, -87.5514), (41.7282, -87.5965), (41.7297, -87.5727)),
    *((41.7066, -87.6234), (41.7061, -87.5983), (41.6906, -87.5701), (41.7073, -87.5349)),
    *((41.6738, -87.6357), (41.6601, -87.6028), (41.6637, -87.5409), (41.7926, -87.7696)),
    *((41.8109, -87.7264), (41.8174, -87.6989), (41.8299, -87.6725), (41.8362, -87.6488)),
    *((41.8090, -87.6592), (41.7930, -87.7242), (41.7954, -87.6964), (41.7796, -87.7685)),
    *((41.7698, -87.7269), (41.7718, -87.6957), (41.7759, -87.6666), (41.7772, -87.6425)),
    *((41.7632, -87.6161), (41.7458, -87.7084), (41.7442, -87.6563), (41.7131, -87.6751)),
    *((41.7175, -87.6489), (41.6949, -87.7132), (41.6897, -87.6691), (41.9803, -87.9136)),
    *((41.9867, -87.6634),),
)
"""Where the middles of the areas are.

Source:
    City of Chicago, Data Portal, "Taxi Trips" (wrvz-psew), the centroids printed with every trip.
"""


def _by_place() -> FloatArray:
    """Shape (``PLACES``, 2): latitude and longitude by number of the area, degrees; NaN for the unknown place."""
    return np.vstack([[np.nan, np.nan], _CENTROIDS])


CENTROIDS = _by_place()
CENTROIDS.flags.writeable = False


def areas_of(numbers: FloatArray) -> NDArray[np.int16]:
    """Areas by their numbers as tables have them; ``UNKNOWN_AREA`` for NaN and for what is no area of the city."""
    is_area = (numbers >= 1) & (numbers <= AREAS) & (numbers == np.floor(numbers))
    areas: NDArray[np.int16] = np.where(is_area, numbers, UNKNOWN_AREA).astype(np.int16)
    return areas


@cache
def straight_km() -> FloatArray:
    """Great-circle distance between the middles of every two areas, km, shape (``PLACES``, ``PLACES``); NaN where unknown."""
    latitude, longitude = CENTROIDS.T
    return great_circle_km(latitude[:, None], longitude[:, None], latitude, longitude)


@cache
def street_km() -> FloatArray:
    """Distance along a grid of streets, as most of Chicago's are; km, as above."""
    latitude, longitude = CENTROIDS.T
    return grid_km(latitude[:, None], longitude[:, None], latitude, longitude)
