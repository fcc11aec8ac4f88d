"""The typical duration of every pair of areas at every band of hours, learned from trips and shrunk where they are few.

Effects on log minutes, from coarse to fine, each judged on what the coarser ones leave over: distance,
pick-up and drop-off at such a distance, the pair, the hours at such a distance, the pair at those hours. An
effect of few trips
counts little: its weight is ``n / (n + k)``, with ``k`` the variance inside groups over the variance between
them.

Source:
    Morris (1983), Parametric empirical Bayes inference; ``k`` by the method of moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from drivetrain.trips.city.domain.areas import PLACES, straight_km
from drivetrain.trips.duration.model.hours import BANDS

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

PAIRS = PLACES * PLACES
_EDGES_KM = (0.01, 1.5, 3.0, 5.0, 8.0, 12.0, 16.0, 20.0, 25.0)
"""Of the distance bands; the first holds trips within one area."""

_FROM_UNKNOWN, _TO_UNKNOWN, _BOTH_UNKNOWN = (len(_EDGES_KM) + 1 + offset for offset in range(3))
DISTANCES = len(_EDGES_KM) + 4

_LEAST_WEIGHT = 1e-9
"""Trips: divides the 0 of a group without any, where groups differ and their trips do not."""


@dataclass(frozen=True, slots=True)
class Typical:
    """What trips of a pair of areas took.

    Attributes:
        pair_min: minutes by pair, shape (``PAIRS``,).
        pair_trips: training trips of the pair, shape (``PAIRS``,).
        hour_min, hour_trips: the same by pair and band, shape (``PAIRS``, ``len(BANDS)``).
    """

    pair_min: FloatArray
    pair_trips: FloatArray
    hour_min: FloatArray
    hour_trips: FloatArray


@cache
def distance_bands() -> IndexArray:
    """The distance band of every pair, shape (``PAIRS``,); pairs with an unknown end have bands of their own."""
    bands = np.digitize(np.nan_to_num(straight_km()), _EDGES_KM)
    bands[0, :], bands[:, 0], bands[0, 0] = _FROM_UNKNOWN, _TO_UNKNOWN, _BOTH_UNKNOWN
    return bands.ravel()


def fit_typical(pairs: IndexArray, bands: IndexArray, duration_min: FloatArray) -> Typical:
    """Learn from trips.

    Args:
        pairs: ``pickup * PLACES + dropoff`` of each trip, shape (n_trips,), n_trips >= 1.
        bands: index into ``BANDS``, shape (n_trips,).
        duration_min: > 0, shape (n_trips,).
    """
    every_pair = np.arange(PAIRS)
    every_hour = every_pair[:, None] * len(BANDS) + np.arange(len(BANDS))
    distance = distance_bands()
    pickup_at = every_pair // PLACES * DISTANCES + distance
    dropoff_at = every_pair % PLACES * DISTANCES + distance
    distance_at_hour = distance[:, None] * len(BANDS) + np.arange(len(BANDS))

    log_min = np.log(duration_min)
    residual = log_min - log_min.mean()
    grid = np.full(PAIRS, log_min.mean())
    for groups in (distance, pickup_at, dropoff_at, every_pair):
        effects = _shrunk(groups[pairs], residual, int(groups.max()) + 1)
        residual = residual - effects[groups[pairs]]
        grid = grid + effects[groups]
    at_hours = np.repeat(grid[:, None], len(BANDS), axis=1)
    for groups in (distance_at_hour, every_hour):
        effects = _shrunk(groups[pairs, bands], residual, int(groups.max()) + 1)
        residual = residual - effects[groups[pairs, bands]]
        at_hours = at_hours + effects[groups]
    hour_trips = np.bincount(pairs * len(BANDS) + bands, minlength=PAIRS * len(BANDS)).reshape(
        PAIRS, len(BANDS)
    )
    return Typical(
        np.exp(grid),
        hour_trips.sum(axis=1).astype(np.float64),
        np.exp(at_hours),
        hour_trips.astype(np.float64),
    )


def _shrunk(groups: IndexArray, values: FloatArray, size: int) -> FloatArray:
    """Means of groups, shrunk toward 0, shape (size,); 0 for a group without values."""
    counts = np.bincount(groups, minlength=size)
    sums = np.bincount(groups, weights=values, minlength=size)
    means = sums / np.maximum(counts, 1)
    filled = int((counts > 0).sum())
    within = float(((values - means[groups]) ** 2).sum()) / max(1, len(values) - filled)
    between = (float((counts * means**2).sum()) - filled * within) / len(values)
    if between <= 0:  # the groups differ by no more than chance makes them
        return np.zeros(size)
    shrunk: FloatArray = sums / np.maximum(counts + within / between, _LEAST_WEIGHT)
    return shrunk
