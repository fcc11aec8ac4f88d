"""Groups of rides that share a table of quantiles; fitting and drawing put a ride into the same ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivetrain.trips.city.domain.areas import PLACES, UNKNOWN_AREA
from drivetrain.trips.rides.domain.areas import LOOP, MIDWAY, NEAR_NORTH, NEAR_WEST, OHARE, centroid_miles

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PAIRS = PLACES * PLACES
"""A pair of areas is numbered ``pick-up * 78 + drop-off``."""

MILE_EDGES = (0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 10.0, 14.0, 18.0, 24.0)
MILE_BANDS = len(MILE_EDGES) + 1
LONG_MILES = 5.0
"""From here on a ride spends most of its time on an expressway, where the rush hour is another one than in
the streets."""

MPH_EDGES = (8.0, 14.0, 22.0)
MPH_BANDS = len(MPH_EDGES) + 1
FARE_EDGES_USD = (8.0, 12.0, 20.0, 32.0, 45.0)
FARE_BANDS = len(FARE_EDGES_USD) + 1

TRUSTS = 3
"""Whether to trust the odometer: it agrees with the areas, it shows less than the way between them, an area
is unknown."""

_SHORT_OF_WAY, _AREA_MILES = 0.6, 0.7
"""Areas are one to three miles across, so a ride may be a good deal shorter than the way between their centroids; below this
share of what is left of the way, the odometer is doubtful."""

STANDS = 5
"""Where a ride begins, for its surcharges: elsewhere, unknown, in the center, at Midway, at O'Hare. Visitors pay by card and
tip; at the airports there is a tax."""

AIRPORT_STAND = 3
"""From this stand on they are airports."""

_CENTER = (NEAR_NORTH, NEAR_WEST, LOOP)

SPEED_GROUPS = TRUSTS * MILE_BANDS
FARE_GROUPS = SPEED_GROUPS * MPH_BANDS
SURCHARGE_GROUPS = STANDS * FARE_BANDS

_WAY_MILES = centroid_miles().ravel()


def speed_groups(pairs: IntArray, miles: FloatArray) -> IntArray:
    """Trust in the odometer and band of miles, shape (n_rides,), 0 to 38."""
    way = _WAY_MILES[pairs]
    trust = np.where(np.isnan(way), 2, (miles < _SHORT_OF_WAY * (way - _AREA_MILES)).astype(np.int64))
    groups: IntArray = trust * MILE_BANDS + np.digitize(miles, MILE_EDGES)
    return groups


def fare_groups(pairs: IntArray, miles: FloatArray, minutes: FloatArray) -> IntArray:
    """The group of speeds and the band of the ride's own speed, shape (n_rides,), 0 to 155."""
    groups: IntArray = speed_groups(pairs, miles) * MPH_BANDS + np.digitize(miles / (minutes / 60), MPH_EDGES)
    return groups


def surcharge_groups(pairs: IntArray, fare: FloatArray) -> IntArray:
    """Where the ride begins and the band of its fare, shape (n_rides,), 0 to 29."""
    pickups = pairs // PLACES
    places = [pickups == UNKNOWN_AREA, np.isin(pickups, _CENTER), pickups == MIDWAY, pickups == OHARE]
    stand = np.select(places, [1, 2, 3, 4], 0)
    groups: IntArray = stand * FARE_BANDS + np.digitize(fare, FARE_EDGES_USD)
    return groups
