"""How far two sets of rides are apart: where, when, how far, how long, at what price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import jensen_shannon
from drivetrain.trips.city.domain.areas import PLACES
from drivetrain.trips.rides.domain.clock import HOURS, civil_hours, rounded
from drivetrain.trips.rides.domain.rides import Rides

FloatArray = NDArray[np.float64]

_OFTEN = 100
"""A median over fewer rides of a pair says more about chance than about the pair."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to be apart; 0 is the same.

    Attributes:
        key: stable name of the figure.
        words: what it compares and how.
        unit: empty for a share between 0 and 1.
    """

    key: str
    words: str
    unit: str
    apart: Callable[[Rides, Rides], float]


def pair_shares(rides: Rides) -> FloatArray:
    """Share of rides of each pair of areas, shape (78 * 78,)."""
    pairs = rides.pickup_community_area.astype(np.int64) * PLACES + rides.dropoff_community_area
    return _shares(pairs, PLACES * PLACES)


def hour_shares(rides: Rides) -> FloatArray:
    """Share of rides that start in each civil hour, by the published stamps, shape (24,)."""
    return _shares(civil_hours(rounded(rides.trip_start_timestamp))[2], HOURS)


def mph(rides: Rides) -> FloatArray:
    """Speed over the whole ride."""
    speed: FloatArray = rides.trip_miles / (rides.duration_min / 60)
    return speed


def apart(drawn: Rides, real: Rides) -> dict[str, float]:
    """Every measure, by its key.

    Raises:
        InvalidInputError: one side has no rides.
    """
    if not len(drawn) or not len(real):
        raise InvalidInputError("Rides cannot be compared with none.", code="trips.nothing_to_compare")
    return {measure.key: measure.apart(drawn, real) for measure in MEASURES}


def total_variation(one: FloatArray, other: FloatArray) -> float:
    """Share of rides that would have to move for the shares to be the same, 0 to 1."""
    return float(np.abs(one - other).sum() / 2)


def _shares(classes: NDArray[np.int64], n_classes: int) -> FloatArray:
    shares: FloatArray = np.bincount(classes, minlength=n_classes) / max(1, len(classes))
    return shares


def _kolmogorov_smirnov(one: FloatArray, other: FloatArray) -> float:
    from scipy.stats import ks_2samp  # a second that only comparisons wait for

    return float(ks_2samp(one, other, method="asymp").statistic)


def _wasserstein(one: FloatArray, other: FloatArray) -> float:
    from scipy.stats import wasserstein_distance  # a second that only comparisons wait for

    return float(wasserstein_distance(one, other))


def _on(
    of: Callable[[Rides], FloatArray], distance: Callable[[FloatArray, FloatArray], float]
) -> Callable[[Rides, Rides], float]:
    return lambda drawn, real: distance(of(drawn), of(real))


def _pickup_shares(rides: Rides) -> FloatArray:
    return _shares(rides.pickup_community_area.astype(np.int64), PLACES)


def _dropoff_shares(rides: Rides) -> FloatArray:
    return _shares(rides.dropoff_community_area.astype(np.int64), PLACES)


def _medians_of_pairs(drawn: Rides, real: Rides) -> float:
    """Mean difference of the median durations, over the pairs that are frequent in reality; 0 where there is none."""
    of_drawn, of_real = (
        rides.pickup_community_area.astype(np.int64) * PLACES + rides.dropoff_community_area
        for rides in (drawn, real)
    )
    differences = []
    for pair in np.flatnonzero(np.bincount(of_real, minlength=PLACES * PLACES) >= _OFTEN).tolist():
        own = drawn.duration_min[of_drawn == pair]
        if len(own):
            differences.append(
                abs(float(np.median(own)) - float(np.median(real.duration_min[of_real == pair])))
            )
    return float(np.mean(differences)) if differences else 0.0


def _numbers(name: str, words: str, unit: str, of: Callable[[Rides], FloatArray]) -> tuple[Measure, Measure]:
    return (
        Measure(f"{name}_ks", f"{words}: Kolmogorov-Smirnov", "", _on(of, _kolmogorov_smirnov)),
        Measure(f"{name}_wasserstein", f"{words}: Wasserstein", unit, _on(of, _wasserstein)),
    )


MEASURES = (
    Measure("pairs_tv", "origin and destination: total variation", "", _on(pair_shares, total_variation)),
    Measure("pairs_js", "origin and destination: Jensen-Shannon", "bits", _on(pair_shares, jensen_shannon)),
    Measure("pickups_tv", "origin: total variation", "", _on(_pickup_shares, total_variation)),
    Measure("dropoffs_tv", "destination: total variation", "", _on(_dropoff_shares, total_variation)),
    Measure("hours_tv", "hour of the day: total variation", "", _on(hour_shares, total_variation)),
    *_numbers("miles", "distance", "miles", lambda rides: rides.trip_miles),
    *_numbers("minutes", "duration", "min", lambda rides: rides.duration_min),
    *_numbers("mph", "speed", "mph", mph),
    *_numbers("fare", "fare", "USD", lambda rides: rides.fare),
    *_numbers("total", "total", "USD", lambda rides: rides.trip_total),
    Measure(
        "pair_minutes",
        f"median duration of pairs with {_OFTEN} rides or more: mean difference",
        "min",
        _medians_of_pairs,
    ),
)
