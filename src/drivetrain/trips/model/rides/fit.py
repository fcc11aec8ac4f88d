"""Parameters of rides, learned from real days."""

from __future__ import annotations

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.domain.ride_areas import PLACES, centroid_miles, distance_bands
from drivetrain.trips.domain.ride_cleaning import believable
from drivetrain.trips.domain.ride_clock import DAYS, HOURS, civil_hours
from drivetrain.trips.domain.rides import Rides
from drivetrain.trips.model.rides.demand import (
    FARE_BANDS,
    FARE_EDGES_USD,
    FLAG_DROP_USD,
    LONG_MILES,
    MILE_BANDS,
    MILE_EDGES,
    MPH_BANDS,
    MPH_EDGES,
    PAIRS,
    PER_MILE_USD,
    PER_WAITING_MIN_USD,
    STANDS,
    Distances,
    Fares,
    FloatArray,
    IntArray,
    RideDemand,
    Speeds,
    WhenAndWhere,
    settled,
)
from drivetrain.trips.model.rides.draw import stand_of
from drivetrain.trips.model.rides.quantiles import quantile_table
from drivetrain.trips.model.rides.shrinkage import dirichlet_strength, shrunk_mean, shrunk_profiles

FEWEST_RIDES = 500
"""Less is no day of a city; the built-in parameters serve better."""

_THIN_GROUP = 150
"""A table of 129 quantiles of fewer values repeats single rides."""

_DAYS_OF_OTHERS = 1.0
"""An hour of a weekday that was seen on one day counts as much as the same hour on all days together."""

_SCALE_RIDES = 20.0
"""For how many rides the spread of a band counts against that of a pair: a spread needs more rides than a mean."""

_LEAST_AREA_RIDES = 0.5
"""Every area gets half a ride, so that none is impossible (Jeffreys' prior)."""

_NEAREST_MILES = 0.5
"""Two areas are no nearer than this on the road, whatever their centroids say."""


def fit(rides: Rides, *, source: str) -> RideDemand:
    """Learn the parameters from whole days.

    Args:
        rides: their starts spread over the quarters of hours they were rounded to (``ride_clock.spread``, day by day);
            rides that are not believable are left out here.
        source: a sentence that names the days.

    Raises:
        InvalidInputError: fewer than 500 believable rides.
    """
    rides = rides.chosen(believable(rides))
    if len(rides) < FEWEST_RIDES:
        raise InvalidInputError(
            f"Rides are learned from {FEWEST_RIDES} believable ones or more; there are {len(rides)}.", code="trips.too_few_rides"
        )
    pairs = rides.pickup_community_area.astype(np.int64) * PLACES + rides.dropoff_community_area
    days, weekdays, hours = civil_hours(rides.trip_start_timestamp)
    kinds = 2 if len(set((weekdays >= 5).tolist())) == 2 else 1
    bins = hours + HOURS * (weekdays >= 5) * (kinds - 1)
    return settled(
        RideDemand(
            name="fitted",
            source=source,
            learned_from_real=True,
            when=WhenAndWhere(_rides_per_hour(days, weekdays, hours), _pair_share(pairs), *_profiles(pairs, bins, HOURS * kinds)),
            distances=_distances(pairs, np.log(rides.trip_miles)),
            speeds=_speeds(pairs, bins, HOURS * kinds, rides),
            fares=_fares(rides),
        )
    )


def _rides_per_hour(days: IntArray, weekdays: IntArray, hours: IntArray) -> FloatArray:
    """Mean rides of every civil hour of the week, shape (7, 24).

    An hour counts as observed on a day when the day has rides in it or on both sides of it. A weekday that was not
    observed has the mean of those that were; so without a weekend in the table, Sunday looks like a mean weekday.
    """
    rides, observed = np.zeros((DAYS, HOURS)), np.zeros((DAYS, HOURS))
    np.add.at(rides, (weekdays, hours), 1.0)
    for day in np.unique(days).tolist():
        seen = hours[days == day]
        observed[weekdays[days == day][0], seen.min() : seen.max() + 1] += 1
    per_hour = rides.sum(axis=0) / np.maximum(observed.sum(axis=0), 1)
    shrunk: FloatArray = (rides + _DAYS_OF_OTHERS * per_hour) / (observed + _DAYS_OF_OTHERS)
    return shrunk


def _pair_share(pairs: IntArray) -> FloatArray:
    """Shares of pairs: those observed, drawn toward where rides of such a distance go, as far as they are few."""
    counts = np.bincount(pairs, minlength=PAIRS).reshape(PLACES, PLACES).astype(np.float64)
    bands = distance_bands()
    pickup = (counts.sum(axis=1) + _LEAST_AREA_RIDES) / (counts.sum() + _LEAST_AREA_RIDES * PLACES)
    dropoff = (counts.sum(axis=0) + _LEAST_AREA_RIDES) / (counts.sum() + _LEAST_AREA_RIDES * PLACES)
    independent = np.outer(pickup, dropoff)
    seen = np.bincount(bands.ravel(), counts.ravel())
    liking = (seen + 1) / (np.bincount(bands.ravel(), independent.ravel()) * counts.sum() + 1)
    toward = independent * liking[bands]
    toward /= toward.sum(axis=1, keepdims=True)
    strength = dirichlet_strength(counts, toward)
    given_pickup = (counts + strength * toward) / (counts.sum(axis=1, keepdims=True) + strength)
    share: FloatArray = pickup[:, None] * given_pickup
    return share


def _profiles(pairs: IntArray, bins: IntArray, n_bins: int) -> tuple[FloatArray, IntArray, IntArray, FloatArray, float]:
    """When rides start: an area's profile drawn toward the city's; of the pairs, what was seen and how little it counts."""
    counts = np.bincount(pairs * n_bins + bins, minlength=PAIRS * n_bins).reshape(PAIRS, n_bins).astype(np.float64)
    of_areas = counts.reshape(PLACES, PLACES, n_bins).sum(axis=1)
    of_city = (of_areas.sum(axis=0) + 1) / (of_areas.sum() + n_bins)
    areas = shrunk_profiles(of_areas, np.broadcast_to(of_city, of_areas.shape))
    strength = dirichlet_strength(counts, np.repeat(areas, PLACES, axis=0))
    cell_pair, cell_bin = np.nonzero(counts)
    return areas, cell_pair, cell_bin, counts[cell_pair, cell_bin], strength


def _distances(pairs: IntArray, log_miles: FloatArray) -> Distances:
    """Where the middle of a pair's miles lies and how far they spread, drawn toward its band of distance."""
    bands = distance_bands().ravel()
    straight = np.log(np.maximum(np.nan_to_num(centroid_miles(), nan=1.0), _NEAREST_MILES)).ravel()
    detour = log_miles - straight[pairs]
    of_bands = np.array([_median(detour[bands[pairs] == band], detour) for band in range(bands.max() + 1)])
    middle = of_bands[bands] + straight
    location = middle + shrunk_mean(log_miles - middle[pairs], pairs, PAIRS)
    away = np.abs(log_miles - location[pairs])
    spread_of_bands = np.array([_mean(away[bands[pairs] == band], away) for band in range(bands.max() + 1)])
    n = np.bincount(pairs, minlength=PAIRS)
    scale = (np.bincount(pairs, away, minlength=PAIRS) + _SCALE_RIDES * spread_of_bands[bands]) / (n + _SCALE_RIDES)
    residual = (log_miles - location[pairs]) / scale[pairs]
    parents = np.zeros(bands.max() + 1, dtype=np.int64)
    table = quantile_table(residual, bands[pairs], len(parents), parents=parents, fewest=_THIN_GROUP)
    return Distances(location.reshape(PLACES, PLACES), scale.reshape(PLACES, PLACES), table)


def _speeds(pairs: IntArray, bins: IntArray, n_bins: int, rides: Rides) -> Speeds:
    """Speed by miles, then by the hour, then by the pair, each from what the one before left unexplained."""
    log_mph = np.log(rides.trip_miles / (rides.duration_min / 60))
    band = np.digitize(rides.trip_miles, MILE_EDGES)
    middle = np.array([_median(log_mph[band == each], log_mph) for each in range(MILE_BANDS)])
    left = log_mph - middle[band]
    is_long = (rides.trip_miles >= LONG_MILES).astype(np.int64)
    of_hours = shrunk_mean(left, is_long * n_bins + bins, 2 * n_bins)
    left = left - of_hours[is_long * n_bins + bins]
    of_pairs = shrunk_mean(left, pairs, PAIRS)
    residual = middle[band] + left - of_pairs[pairs]
    parents = np.zeros(MILE_BANDS, dtype=np.int64)
    table = quantile_table(residual, band, MILE_BANDS, parents=parents, fewest=_THIN_GROUP)
    return Speeds(of_hours.reshape(2, n_bins), of_pairs.reshape(PLACES, PLACES), table)


def _fares(rides: Rides) -> Fares:
    """What is charged beyond flag drop and miles, as a share of the time; what is paid beyond the fare."""
    miles, minutes = rides.trip_miles, rides.duration_min
    waiting = (rides.fare - FLAG_DROP_USD - PER_MILE_USD * miles) / (PER_WAITING_MIN_USD * minutes)
    mile_band, mph_band = np.digitize(miles, MILE_EDGES), np.digitize(miles / (minutes / 60), MPH_EDGES)
    groups = np.arange(MILE_BANDS * MPH_BANDS)
    surcharge = rides.trip_total - rides.fare
    stand = stand_of(rides.pickup_community_area.astype(np.int64))
    paid = np.arange(STANDS * FARE_BANDS)
    return Fares(
        waiting=quantile_table(
            waiting, mile_band * MPH_BANDS + mph_band, len(groups), parents=groups // MPH_BANDS, fewest=_THIN_GROUP
        ),
        surcharge=quantile_table(
            surcharge,
            stand * FARE_BANDS + np.digitize(rides.fare, FARE_EDGES_USD),
            len(paid),
            parents=paid % FARE_BANDS,
            fewest=_THIN_GROUP,
        ),
    )


def _median(values: FloatArray, of_all: FloatArray) -> float:
    return float(np.median(values if len(values) >= _THIN_GROUP else of_all))


def _mean(values: FloatArray, of_all: FloatArray) -> float:
    return float(np.mean(values if len(values) >= _THIN_GROUP else of_all))
