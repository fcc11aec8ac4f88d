"""Draws of rides: one slot's, from ten to a million, in one pass; the same arguments always give the same rides."""

from __future__ import annotations

import hashlib
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import iso_utc
from drivetrain.trips.city.domain.areas import PLACES
from drivetrain.trips.rides.domain.cleaning import (
    FASTEST_MPH,
    LEAST_MILES,
    LONGEST_DRIVEN_MIN,
    MOST_FARE_USD,
    MOST_MILES,
    SHORTEST_MIN,
)
from drivetrain.trips.rides.domain.clock import CivilPiece, civil_pieces
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.demand import (
    FARE_STEP_USD,
    FLAG_DROP_USD,
    PER_MILE_USD,
    PER_WAITING_MIN_USD,
    RideDemand,
)
from drivetrain.trips.rides.model.groups import LONG_MILES, fare_groups, speed_groups, surcharge_groups
from drivetrain.trips.rides.model.quantiles import quantile_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_RIDES = 10_000_000
"""More in one slot is a mistake in a rate: a ride takes about 250 bytes while it is drawn."""


def draw(
    demand: RideDemand,
    slot_at: datetime,
    *,
    length_min: int,
    rides: int | None = None,
    rate: float = 1.0,
    seed: bytes = b"",
) -> Rides:
    """The rides of a slot, in the order in which they start.

    Args:
        slot_at: start of the slot, aware.
        length_min: length of the slot, minutes, >= 1.
        rides: how many; None for a Poisson number, by the intensities of the slot's civil hours.
        rate: by what the intensities are multiplied, >= 0.
        seed: of the installation, any length.

    Returns:
        Starts as instants to the microsecond, not rounded as published ones are. No value is missing; areas
        may be unknown. The streams are numpy's PCG64: another release of numpy may draw other rides.

    Raises:
        InvalidInputError: the slot, the number or the rate is out of range.
    """
    pieces = list(civil_pieces(slot_at, length_min))
    if rides is not None and not 0 <= rides <= MOST_RIDES:
        raise InvalidInputError(f"A slot has 0 to {MOST_RIDES:,} rides.", code="trips.bad_ride_count")
    if not 0 <= rate < np.inf:
        raise InvalidInputError("A rate is 0 or more.", code="trips.bad_rate")
    rng = _stream(demand, slot_at, length_min, rides, rate, seed)
    counts = _counts(demand, pieces, rides, rate, rng)
    starts, pairs, bins = _when_and_where(demand, pieces, counts, rng)
    miles = _miles(demand, pairs, rng)
    minutes = _minutes(demand, pairs, bins, miles, rng)
    fare = _fare(demand, pairs, miles, minutes, rng)
    return Rides(
        pickup_community_area=(pairs // PLACES).astype(np.int16),
        dropoff_community_area=(pairs % PLACES).astype(np.int16),
        trip_start_timestamp=starts,
        fare=fare,
        trip_total=_total(demand, pairs, fare, rng),
        trip_miles=miles,
        duration_min=minutes,
    )


def expected_rides(demand: RideDemand, slot_at: datetime, length_min: int, rate: float = 1.0) -> float:
    """The mean of the Poisson number of rides in a slot."""
    return rate * sum(_expected(demand, piece) for piece in civil_pieces(slot_at, length_min))


def _stream(
    demand: RideDemand, slot_at: datetime, length_min: int, rides: int | None, rate: float, seed: bytes
) -> np.random.Generator:
    """A stream of its own for every slot, so that slots can be drawn in any order and again."""
    words = (iso_utc(slot_at), length_min, rides, float(rate), seed.hex(), demand.digest)
    key = hashlib.sha256("|".join(map(str, words)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(key)))


def _expected(demand: RideDemand, piece: CivilPiece) -> float:
    return float(demand.when.rides_per_hour[piece.weekday, piece.hour]) * piece.length_min / 60


def _counts(
    demand: RideDemand, pieces: list[CivilPiece], rides: int | None, rate: float, rng: np.random.Generator
) -> IntArray:
    expected = np.array([_expected(demand, piece) for piece in pieces])
    if rides is None:
        if rate * expected.sum() > MOST_RIDES:
            raise InvalidInputError(
                f"At this rate a slot has more than {MOST_RIDES:,} rides.", code="trips.bad_rate"
            )
        poisson: IntArray = rng.poisson(rate * expected)
        return poisson
    weights = expected if expected.sum() > 0 else np.array([piece.length_min for piece in pieces])
    counts: IntArray = rng.multinomial(rides, weights / weights.sum())
    return counts


def _when_and_where(
    demand: RideDemand, pieces: list[CivilPiece], counts: IntArray, rng: np.random.Generator
) -> tuple[NDArray[np.datetime64], IntArray, IntArray]:
    """Starts in rising order, pairs of areas, and bins of the profile."""
    starts, pairs, bins = [], [], []
    for piece, count in zip(pieces, counts.tolist(), strict=True):
        begins = np.datetime64(piece.start_at.replace(tzinfo=None), "us")
        gaps = rng.exponential(size=count + 1).cumsum()  # sorted uniform numbers without sorting
        after_us = np.floor(gaps[:-1] / gaps[-1] * piece.length_min * 60e6).astype("timedelta64[us]")
        of_bin = demand.when.bin_of(piece.weekday, piece.hour)
        starts.append(begins + after_us)
        pairs.append(np.searchsorted(demand.when.cumulative[of_bin], rng.random(count), side="right"))
        bins.append(np.full(count, of_bin))
    return np.concatenate(starts), np.concatenate(pairs), np.concatenate(bins)


def _miles(demand: RideDemand, pairs: IntArray, rng: np.random.Generator) -> FloatArray:
    residual = quantile_of(
        demand.distances.residual, demand.distances.row.ravel()[pairs], rng.random(len(pairs))
    )
    log_miles = demand.distances.location.ravel()[pairs] + demand.distances.scale.ravel()[pairs] * residual
    miles: FloatArray = np.clip(np.round(np.exp(log_miles), 2), LEAST_MILES, MOST_MILES)
    return miles


def _minutes(
    demand: RideDemand, pairs: IntArray, bins: IntArray, miles: FloatArray, rng: np.random.Generator
) -> FloatArray:
    group = speed_groups(pairs, miles)
    residual = quantile_of(demand.speeds.residual, group, rng.random(len(miles)))
    log_mph = demand.speeds.middle[group] + demand.speeds.pair_scale.ravel()[pairs] * residual
    log_mph += demand.speeds.hour_effect[(miles >= LONG_MILES).astype(np.int64), bins]
    log_mph += demand.speeds.pair_effect.ravel()[pairs]
    seconds = np.ceil(miles / np.minimum(np.exp(log_mph), FASTEST_MPH) * 3600)
    minutes: FloatArray = np.clip(seconds / 60, SHORTEST_MIN, LONGEST_DRIVEN_MIN)
    return minutes


def _fare(
    demand: RideDemand, pairs: IntArray, miles: FloatArray, minutes: FloatArray, rng: np.random.Generator
) -> FloatArray:
    waiting_min = minutes * quantile_of(
        demand.fares.waiting, fare_groups(pairs, miles, minutes), rng.random(len(miles))
    )
    metered = FLAG_DROP_USD + PER_MILE_USD * miles + PER_WAITING_MIN_USD * waiting_min
    fare: FloatArray = np.clip(
        np.round(metered / FARE_STEP_USD) * FARE_STEP_USD, FLAG_DROP_USD, MOST_FARE_USD
    )
    return fare


def _total(demand: RideDemand, pairs: IntArray, fare: FloatArray, rng: np.random.Generator) -> FloatArray:
    surcharge = quantile_of(demand.fares.surcharge, surcharge_groups(pairs, fare), rng.random(len(fare)))
    total: FloatArray = np.round(fare + np.maximum(surcharge, 0.0), 2)
    return total
