"""The parameters that rides are drawn with: when and where, how far, how fast, at what price."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.areas import PLACES
from drivetrain.trips.rides.domain.clock import DAYS, HOURS
from drivetrain.trips.rides.model.groups import FARE_GROUPS, PAIRS, SPEED_GROUPS, SURCHARGE_GROUPS
from drivetrain.trips.rides.model.quantiles import LEVELS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
T = TypeVar("T")

FORMAT = 1
FLAG_DROP_USD = 3.25
PER_MILE_USD = 2.25
PER_WAITING_MIN_USD = 0.20 / 0.6
FARE_STEP_USD = 0.25
"""Chicago's taxi tariff since 2016: the flag drop, each mile, 20 cents for every 36 seconds of waiting; the meter counts
in quarters. Extra passengers, the tax at the airports, tolls and tips come on top, in the total.
Source: City of Chicago, Business Affairs and Consumer Protection, taxicab rates of fare."""


@dataclass(frozen=True)
class WhenAndWhere:
    """Intensities of rides by civil hour of week and pair of areas.

    Attributes:
        rides_per_hour: shape (7, 24), Monday first, >= 0.
        pair_share: shape (78, 78), sums to 1.
        area_profile: shape (78, 24) or (78, 48), rows sum to 1: in which hour of the day, or hour of a
            weekday and hour of a weekend day, the rides from an area start.
        cell_pair, cell_bin, cell_rides: observed rides of a pair in an hour, where there were any; same
            length.
        pair_strength: how many rides the area's profile counts for against a pair's own.
    """

    rides_per_hour: FloatArray
    pair_share: FloatArray
    area_profile: FloatArray
    cell_pair: IntArray
    cell_bin: IntArray
    cell_rides: FloatArray
    pair_strength: float

    def bin_of(self, weekday: int, hour: int) -> int:
        """The column of ``area_profile`` for a civil hour."""
        is_weekend = weekday >= 5 and self.area_profile.shape[1] > HOURS
        return hour + HOURS * int(is_weekend)

    @cached_property
    def cumulative(self) -> FloatArray:
        """For each bin the running sum of the shares of pairs in it, shape (n_bins, 78 * 78); each row ends at 1."""
        bins = self.area_profile.shape[1]
        of_pairs = np.bincount(self.cell_pair, self.cell_rides, minlength=PAIRS)
        own = np.zeros((PAIRS, bins))
        np.add.at(own, (self.cell_pair, self.cell_bin), self.cell_rides)
        profile = (own + self.pair_strength * np.repeat(self.area_profile, PLACES, axis=0)).T
        profile /= of_pairs + self.pair_strength
        running = np.cumsum(profile * self.pair_share.ravel(), axis=1)
        shares: FloatArray = running / running[:, -1:]
        return shares


@dataclass(frozen=True)
class Distances:
    """Driven miles: ``log miles = location + scale * residual``, residuals by kind of pair, or of the pair alone.

    Attributes:
        location, scale: of each pair, shape (78, 78); log miles, scale > 0.
        row: of each pair in ``residual``, shape (78, 78).
        residual: quantiles, shape (n_rows, 129): of the 22 kinds of pairs, then of pairs frequent enough to
            have their own.
    """

    location: FloatArray
    scale: FloatArray
    row: IntArray
    residual: FloatArray


@dataclass(frozen=True)
class Speeds:
    """Speed over the whole ride: ``log mph = middle + effect of the hour + effect of the pair + scale * residual``.

    Attributes:
        middle: of each group, shape (39,), log mph.
        hour_effect: shape (2, 24 or 48): short and long rides, log.
        pair_effect: shape (78, 78), log.
        pair_scale: shape (78, 78), > 0.
        residual: quantiles by group, shape (39, 129).
    """

    middle: FloatArray
    hour_effect: FloatArray
    pair_effect: FloatArray
    pair_scale: FloatArray
    residual: FloatArray


@dataclass(frozen=True)
class Fares:
    """What the meter shows and what is paid on top.

    Attributes:
        waiting: quantiles of the share of a ride's time that is charged as waiting, by group, shape (156,
            129). Below 0 and above 1 are agreed fares and wrong odometers.
        surcharge: quantiles of the total less the fare, USD, by where the ride begins and the band of the
            fare, shape (30, 129).
    """

    waiting: FloatArray
    surcharge: FloatArray


@dataclass(frozen=True)
class RideDemand:
    """Everything a draw needs.

    Attributes:
        name: ``built-in`` or ``fitted``.
        source: what the parameters were learned from, or who made them: a sentence.
        learned_from_real: False where no real ride stands behind them. Drawn rides are synthetic either way.
    """

    name: str
    source: str
    learned_from_real: bool
    when: WhenAndWhere
    distances: Distances
    speeds: Speeds
    fares: Fares

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the parameters, as hex."""
        return hashlib.sha256(to_json(self).encode()).hexdigest()


_PARTS = {"when": WhenAndWhere, "distances": Distances, "speeds": Speeds, "fares": Fares}


def settled(demand: RideDemand) -> RideDemand:
    """The same parameters, rounded as a file keeps them: those in memory and those read back draw the same rides."""
    return from_json(to_json(demand))


def to_json(demand: RideDemand) -> str:
    """The parameters as text, five significant digits each, about half a megabyte."""
    parts = {name: _plain(getattr(demand, name)) for name in _PARTS}
    about = {"name": demand.name, "source": demand.source, "learned_from_real": demand.learned_from_real}
    return json.dumps({"format": FORMAT, **about, **parts}, separators=(",", ":"))


def from_json(text: str | bytes) -> RideDemand:
    """The parameters of a text.

    Raises:
        InvalidInputError: they are not whole: another format, missing, of a wrong shape or impossible.
    """
    try:
        plain = json.loads(text)
        if plain["format"] != FORMAT:
            raise ValueError(f"format {plain['format']} is not {FORMAT}")
        demand = RideDemand(
            str(plain["name"]),
            str(plain["source"]),
            bool(plain["learned_from_real"]),
            *(_part(kind, plain[name]) for name, kind in _PARTS.items()),
        )
        _check_shapes(demand)
        _check_values(demand)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InvalidInputError(
            f"These are no parameters of rides: {error}.", code="trips.bad_ride_parameters"
        ) from None
    return demand


def _plain(part: Any) -> dict[str, object]:
    return {field.name: _values(getattr(part, field.name)) for field in fields(part)}


def _values(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return float(f"{value:.5g}")
    if value.dtype.kind == "i":
        return {"shape": value.shape, "whole": value.ravel().tolist()}
    return {"shape": value.shape, "values": [float(f"{number:.5g}") for number in value.ravel().tolist()]}


def _part(kind: type[T], plain: Mapping[str, object]) -> T:
    return kind(**{field.name: _array(plain[field.name]) for field in fields(kind)})  # type: ignore[arg-type]


def _array(plain: Any) -> Any:
    if isinstance(plain, Mapping):
        if "whole" in plain:
            return np.array(plain["whole"], dtype=np.int64).reshape(plain["shape"])
        return np.array(plain["values"], dtype=np.float64).reshape(plain["shape"])
    return float(plain)


def _check_shapes(demand: RideDemand) -> None:
    timing, bins = demand.when, demand.when.area_profile.shape[-1]
    shapes = (
        ("rides_per_hour", timing.rides_per_hour, (DAYS, HOURS)),
        ("pair_share", timing.pair_share, (PLACES, PLACES)),
        ("area_profile", timing.area_profile, (PLACES, bins)),
        ("cell_bin", timing.cell_bin, timing.cell_pair.shape),
        ("cell_rides", timing.cell_rides, timing.cell_pair.shape),
        ("location", demand.distances.location, (PLACES, PLACES)),
        ("scale", demand.distances.scale, (PLACES, PLACES)),
        ("row", demand.distances.row, (PLACES, PLACES)),
        ("distance residual", demand.distances.residual, (demand.distances.residual.shape[0], LEVELS)),
        ("middle", demand.speeds.middle, (SPEED_GROUPS,)),
        ("hour_effect", demand.speeds.hour_effect, (2, bins)),
        ("pair_effect", demand.speeds.pair_effect, (PLACES, PLACES)),
        ("pair_scale", demand.speeds.pair_scale, (PLACES, PLACES)),
        ("speed residual", demand.speeds.residual, (SPEED_GROUPS, LEVELS)),
        ("waiting", demand.fares.waiting, (FARE_GROUPS, LEVELS)),
        ("surcharge", demand.fares.surcharge, (SURCHARGE_GROUPS, LEVELS)),
    )
    for name, array, shape in shapes:
        if array.shape != shape:
            raise ValueError(f"{name} has the shape {array.shape} instead of {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has values that are not finite")


def _check_values(demand: RideDemand) -> None:
    timing, bins = demand.when, demand.when.area_profile.shape[-1]
    if bins not in (HOURS, 2 * HOURS):
        raise ValueError(f"a profile has {bins} hours")
    positive = {
        "rides_per_hour": timing.rides_per_hour,
        "pair_share": timing.pair_share,
        "scale": demand.distances.scale,
    }
    for name, array in positive.items():
        if array.min() < 0:
            raise ValueError(f"{name} has negative values")
    if (
        timing.area_profile.min() < 0
        or not timing.area_profile.sum(axis=0).min() > 0
        or not timing.pair_strength > 0
    ):
        raise ValueError("an hour has no rides to draw from")
    if timing.cell_rides.size and (
        timing.cell_pair.min() < 0 or timing.cell_pair.max() >= PAIRS or timing.cell_rides.min() < 0
    ):
        raise ValueError("a cell names a pair that does not exist")
    if timing.cell_rides.size and (timing.cell_bin.min() < 0 or timing.cell_bin.max() >= bins):
        raise ValueError("a cell names an hour that does not exist")
    if demand.distances.row.min() < 0 or demand.distances.row.max() >= len(demand.distances.residual):
        raise ValueError("a pair names a row that does not exist")
    if not timing.pair_share.sum() > 0:
        raise ValueError("no pair has a share")
