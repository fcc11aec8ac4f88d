"""Parameters of rides, learned from real days."""

from __future__ import annotations

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.areas import PLACES
from drivetrain.trips.rides.domain.areas import BANDS, KINDS, centroid_miles, pair_kinds
from drivetrain.trips.rides.domain.cleaning import believable
from drivetrain.trips.rides.domain.clock import DAYS, HOURS, civil_hours
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.demand import (
    FLAG_DROP_USD,
    PER_MILE_USD,
    PER_WAITING_MIN_USD,
    Distances,
    Fares,
    FloatArray,
    IntArray,
    RideDemand,
    Speeds,
    WhenAndWhere,
    settled,
)
from drivetrain.trips.rides.model.groups import (
    AIRPORT_STAND,
    FARE_BANDS,
    FARE_GROUPS,
    LONG_MILES,
    MILE_BANDS,
    MPH_BANDS,
    PAIRS,
    SPEED_GROUPS,
    SURCHARGE_GROUPS,
    fare_groups,
    speed_groups,
    surcharge_groups,
)
from drivetrain.trips.rides.model.quantiles import quantile_table, quantiles
from drivetrain.trips.rides.model.shrinkage import dirichlet_strength, shrunk_mean, shrunk_profiles

FITTED = "fitted"
"""Name of the parameters that a table has taught."""

FEWEST_RIDES = 500
"""Less is no day of a city; the built-in parameters serve better."""

_THIN_GROUP = 150
"""A table of 129 quantiles of fewer values repeats single rides."""

_THIN_FARES = 40
"""Prices lie on few values (quarters, taxes, a fifth for the tip), which fewer rides show as well."""

_DAYS_OF_OTHERS = 1.0
"""An hour of a weekday that was seen on one day counts as much as the same hour on all days together."""

_SCALE_RIDES = 20.0
"""For how many rides the spread of its kind counts against that of a pair: a spread needs more rides than a
mean."""

_LEAST_SCALE = 0.01
"""No two rides are the same to a hundredth, even where all in the table are."""

_LEAST_AREA_RIDES = 0.5
"""Every area gets half a ride, so that none is impossible (Jeffreys' prior)."""

_FITTING_ROUNDS = 30
"""After so many the margins agree to four digits."""

_BAND = np.arange(KINDS) % BANDS
_MILE_BAND = np.arange(SPEED_GROUPS) % MILE_BANDS
"""The larger group that a thin kind of pair, or group of speeds, belongs to."""

_NEAREST_MILES = 0.5
"""Two areas are no nearer than this on the road, whatever their centroids say."""


def fit(rides: Rides, *, source: str, is_synthetic: bool = False) -> RideDemand:
    """Learn the parameters from whole days.

    Args:
        rides: their starts spread over the quarters of hours they were rounded to (``ride_clock.spread``, day
            by day); rides that are not believable are left out here.
        source: a sentence that names the days.
        is_synthetic: True where the rides were generated; then no real ride stands behind the parameters
            either.

    Raises:
        InvalidInputError: fewer than 500 believable rides.
    """
    rides = rides.chosen(believable(rides))
    if len(rides) < FEWEST_RIDES:
        raise InvalidInputError(
            f"Rides are learned from {FEWEST_RIDES} believable ones or more; there are {len(rides)}.",
            code="trips.too_few_rides",
        )
    pairs = rides.pickup_community_area.astype(np.int64) * PLACES + rides.dropoff_community_area
    days, weekdays, hours = civil_hours(rides.trip_start_timestamp)
    kinds = 2 if len(set((weekdays >= 5).tolist())) == 2 else 1
    bins = hours + HOURS * (weekdays >= 5) * (kinds - 1)
    return settled(
        RideDemand(
            name=FITTED,
            source=source,
            learned_from_real=not is_synthetic,
            when=WhenAndWhere(
                _rides_per_hour(days, weekdays, hours),
                _pair_share(pairs),
                *_profiles(pairs, bins, HOURS * kinds),
            ),
            distances=_distances(pairs, np.log(rides.trip_miles)),
            speeds=_speeds(pairs, bins, HOURS * kinds, rides),
            fares=_fares(pairs, rides),
        )
    )


def _rides_per_hour(days: IntArray, weekdays: IntArray, hours: IntArray) -> FloatArray:
    """Mean rides of every civil hour of the week, shape (7, 24).

    An hour counts as observed on a day when the day has rides in it or on both sides of it. A weekday that
    was not observed has the mean of those that were; so without a weekend in the table, Sunday looks like a
    mean weekday.
    """
    rides, observed = np.zeros((DAYS, HOURS)), np.zeros((DAYS, HOURS))
    np.add.at(rides, (weekdays, hours), 1.0)
    for day in np.unique(days).tolist():
        hours_of_day = hours[days == day]
        observed[weekdays[days == day][0], hours_of_day.min() : hours_of_day.max() + 1] += 1
    per_hour = rides.sum(axis=0) / np.maximum(observed.sum(axis=0), 1)
    shrunk: FloatArray = (rides + _DAYS_OF_OTHERS * per_hour) / (observed + _DAYS_OF_OTHERS)
    return shrunk


def _pair_share(pairs: IntArray) -> FloatArray:
    """Shares of pairs: those observed, drawn toward where rides of such a kind go, as far as they are few."""
    counts = np.bincount(pairs, minlength=PAIRS).reshape(PLACES, PLACES).astype(np.float64)
    toward = _by_margins(counts)
    pickup = toward.sum(axis=1, keepdims=True)
    strength = dirichlet_strength(counts, toward / pickup)
    given_pickup = (counts + strength * toward / pickup) / (counts.sum(axis=1, keepdims=True) + strength)
    share: FloatArray = pickup * given_pickup
    return share


def _by_margins(counts: FloatArray) -> FloatArray:
    """Shares of pairs that know nothing of pairs, only how many rides start, end and are of a kind, shape (78, 78).

    Iterative proportional fitting (Deming and Stephan, 1940).
    """
    kinds = pair_kinds()
    pickup, dropoff = counts.sum(axis=1) + _LEAST_AREA_RIDES, counts.sum(axis=0) + _LEAST_AREA_RIDES
    of_kinds = np.bincount(kinds.ravel(), counts.ravel(), minlength=KINDS) + _LEAST_AREA_RIDES
    share = np.outer(pickup, dropoff) / pickup.sum() ** 2
    for _ in range(_FITTING_ROUNDS):
        share *= (of_kinds / np.maximum(np.bincount(kinds.ravel(), share.ravel(), minlength=KINDS), 1e-12))[
            kinds
        ]
        share *= dropoff / share.sum(axis=0)
        share *= (pickup / share.sum(axis=1))[:, None]
    shares: FloatArray = share / share.sum()
    return shares


def _profiles(
    pairs: IntArray, bins: IntArray, n_bins: int
) -> tuple[FloatArray, IntArray, IntArray, FloatArray, float]:
    """When rides start: an area's profile drawn toward the city's; of the pairs, what was seen and how little it counts."""
    counts = (
        np.bincount(pairs * n_bins + bins, minlength=PAIRS * n_bins).reshape(PAIRS, n_bins).astype(np.float64)
    )
    of_areas = counts.reshape(PLACES, PLACES, n_bins).sum(axis=1)
    of_city = (of_areas.sum(axis=0) + 1) / (of_areas.sum() + n_bins)
    areas = shrunk_profiles(of_areas, np.broadcast_to(of_city, of_areas.shape))
    strength = dirichlet_strength(counts, np.repeat(areas, PLACES, axis=0))
    cell_pair, cell_bin = np.nonzero(counts)
    return areas, cell_pair, cell_bin, counts[cell_pair, cell_bin], strength


def _distances(pairs: IntArray, log_miles: FloatArray) -> Distances:
    """Where the middle of a pair's miles lies and how far they spread, drawn toward its kind."""
    kinds = pair_kinds().ravel()
    straight = np.log(np.maximum(np.nan_to_num(centroid_miles(), nan=1.0), _NEAREST_MILES)).ravel()
    middle = straight + _of_groups(log_miles - straight[pairs], kinds[pairs], KINDS, parents=_BAND)[kinds]
    location = middle + shrunk_mean(_without_outliers(log_miles - middle[pairs]), pairs, PAIRS)
    residual = log_miles - location[pairs]
    scale = _scale(residual, pairs, _of_groups(np.abs(residual), kinds[pairs], KINDS, parents=_BAND)[kinds])
    frequent = np.flatnonzero(np.bincount(pairs, minlength=PAIRS) >= _THIN_GROUP)
    rows = kinds.copy()
    rows[frequent] = KINDS + np.arange(len(frequent))
    of_kinds = quantile_table(residual / scale[pairs], kinds[pairs], KINDS, parents=_BAND, fewest=_THIN_GROUP)
    own = [quantiles((residual / scale[pairs])[pairs == pair]) for pair in frequent.tolist()]
    shape = (PLACES, PLACES)
    return Distances(
        location.reshape(shape), scale.reshape(shape), rows.reshape(shape), np.array([*of_kinds, *own])
    )


def _speeds(pairs: IntArray, bins: IntArray, n_bins: int, rides: Rides) -> Speeds:
    """Speed by miles, then by the hour, then by the pair, each from what the one before left unexplained."""
    log_mph = np.log(rides.trip_miles / (rides.duration_min / 60))
    group = speed_groups(pairs, rides.trip_miles)
    middle = _of_groups(log_mph, group, SPEED_GROUPS, parents=_MILE_BAND)
    residual = log_mph - middle[group]
    is_long = (rides.trip_miles >= LONG_MILES).astype(np.int64)
    of_hours = shrunk_mean(_without_outliers(residual), is_long * n_bins + bins, 2 * n_bins)
    residual = residual - of_hours[is_long * n_bins + bins]
    of_pairs = shrunk_mean(_without_outliers(residual), pairs, PAIRS)
    residual = residual - of_pairs[pairs]
    usual = _of_groups(np.abs(residual), group, SPEED_GROUPS, parents=_MILE_BAND)
    scale = _scale(residual / np.maximum(usual, _LEAST_SCALE)[group], pairs, np.ones(PAIRS))
    table = quantile_table(
        residual / scale[pairs], group, SPEED_GROUPS, parents=_MILE_BAND, fewest=_THIN_GROUP
    )
    return Speeds(
        middle,
        of_hours.reshape(2, n_bins),
        of_pairs.reshape(PLACES, PLACES),
        scale.reshape(PLACES, PLACES),
        table,
    )


def _fares(pairs: IntArray, rides: Rides) -> Fares:
    """What is charged beyond flag drop and miles, as a share of the time; what is paid beyond the fare."""
    minutes, fare = rides.duration_min, rides.fare
    waiting = (fare - FLAG_DROP_USD - PER_MILE_USD * rides.trip_miles) / (PER_WAITING_MIN_USD * minutes)
    metered, paid = fare_groups(pairs, rides.trip_miles, minutes), surcharge_groups(pairs, fare)
    of_speeds = np.arange(FARE_GROUPS) % (MILE_BANDS * MPH_BANDS)
    stand, band = np.divmod(np.arange(SURCHARGE_GROUPS), FARE_BANDS)
    of_airports = band + FARE_BANDS * (stand >= AIRPORT_STAND)
    return Fares(
        quantile_table(waiting, metered, FARE_GROUPS, parents=of_speeds, fewest=_THIN_FARES),
        quantile_table(
            rides.trip_total - fare, paid, SURCHARGE_GROUPS, parents=of_airports, fewest=_THIN_FARES
        ),
    )


def _of_groups(values: FloatArray, groups: IntArray, n_groups: int, *, parents: IntArray) -> FloatArray:
    """Medians of groups, shape (n_groups,); a thin group has that of its parent."""
    medians = []
    for group in range(n_groups):
        own = values[groups == group]
        wider = own if len(own) >= _THIN_GROUP else values[parents[groups] == parents[group]]
        medians.append(np.median(wider if len(wider) >= _THIN_GROUP else values))
    return np.array(medians)


def _without_outliers(residual: FloatArray) -> FloatArray:
    """Values no farther out than four times the usual distance: a broken odometer must not move its pair's middle."""
    most = 4 * float(np.median(np.abs(residual)))
    return np.clip(residual, -most, most)


def _scale(residual: FloatArray, pairs: IntArray, usual: FloatArray) -> FloatArray:
    """Mean distance from the middle for each pair, drawn toward the usual one, shape (78 * 78,)."""
    away = np.bincount(pairs, np.abs(_without_outliers(residual)), minlength=PAIRS)
    scale: FloatArray = (away + _SCALE_RIDES * usual) / (np.bincount(pairs, minlength=PAIRS) + _SCALE_RIDES)
    return np.maximum(scale, _LEAST_SCALE)
