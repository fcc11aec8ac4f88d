"""Rides as numbers: table look-ups alone, so that one ride and a million get the same bits at the same price.

Only what is known before the trip: the areas, the distance between their middles, the civil hour, and what
earlier trips between them took. Never the fare, the total or the driven miles, which the meter knows
afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import InstantArray
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.trips.city.domain.areas import CENTROIDS, PLACES, UNKNOWN_AREA, straight_km, street_km
from drivetrain.trips.city.domain.tracts import AREA_OF_POINT, POINTS, ends_table, points_of_tracts
from drivetrain.trips.duration.model import hours
from drivetrain.trips.duration.model.contract import DROPOFF, DROPOFF_TRACT, PICKUP, PICKUP_TRACT, START
from drivetrain.trips.duration.model.typical import PAIRS, Typical
from drivetrain.trips.rides.domain.rides import Rides

IndexArray = NDArray[np.intp]

_END_NAMES = (
    *("straight_km", "street_km"),
    *("pickup_latitude", "pickup_longitude", "dropoff_latitude", "dropoff_longitude"),
)
_PAIR_NAMES = (*_END_NAMES, "typical_min", "typical_speed_kmh", "pair_trips")
_AT_HOUR_NAMES = ("typical_at_hour_min", "trips_at_hour")
NAMES = (*_PAIR_NAMES, *hours.FEATURES, *_AT_HOUR_NAMES)
"""In the order of the matrix."""
_PAIR_TRIPS = NAMES.index("pair_trips")

DISTANCE, TYPICAL = "street_km", "typical_duration_min"
REASONS: dict[str, tuple[str, ...]] = {
    PICKUP: ("pickup_latitude", "pickup_longitude"),
    DROPOFF: ("dropoff_latitude", "dropoff_longitude"),
    START: hours.FEATURES,
    DISTANCE: ("straight_km", "street_km"),
    TYPICAL: ("typical_min", "typical_speed_kmh", "pair_trips", *_AT_HOUR_NAMES),
}
"""Under which name the effect of a feature is told."""


@dataclass(frozen=True, slots=True)
class Starts:
    """Rides as they are known before they start, each array of shape (n_rides,).

    Attributes:
        pairs: ``pickup * PLACES + dropoff``; area 0 is unknown.
        minutes: place in the tables of ``hours``.
        civil_hours: counted from the civil 1970-01-01 00:00.
        points: ``pickup * POINTS + dropoff``, points of ``tracts``; None where no ride has a tract.
    """

    pairs: IndexArray
    minutes: IndexArray
    civil_hours: NDArray[np.int64]
    points: IndexArray | None = None

    def at(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Starts:
        """Some of the rides."""
        points = None if self.points is None else self.points[rows]
        return Starts(self.pairs[rows], self.minutes[rows], self.civil_hours[rows], points)

    def without_tracts(self, rows: NDArray[np.bool_]) -> Starts:
        """The same rides, some of them known by their areas only."""
        if self.points is None:
            return self
        by_area = self.pairs // PLACES * POINTS + self.pairs % PLACES
        return replace(self, points=np.where(rows, by_area, self.points))

    @property
    def has_unknown(self) -> NDArray[np.bool_]:
        """True where an end is not known."""
        unknown: NDArray[np.bool_] = (self.pairs < PLACES) | (self.pairs % PLACES == UNKNOWN_AREA)
        return unknown


def starts_of(pickup: IndexArray, dropoff: IndexArray, instants: InstantArray) -> Starts:
    """Rides by column: areas 0 to 77, instants in UTC as ``datetime64[us]``."""
    minutes, civil_hours = hours.week_minutes(instants)
    return Starts(pickup * PLACES + dropoff, minutes, civil_hours)


def starts_of_rows(rows: Columns) -> Starts:
    """Checked rows of the contract."""
    instants = np.asarray([text[:-1] for text in rows[START]], dtype="datetime64[us]")  # without the Z
    if not has_tracts(rows):
        return starts_of(_areas(rows[PICKUP]), _areas(rows[DROPOFF]), instants)
    pickup, dropoff = (_ends(rows, *names) for names in ((PICKUP, PICKUP_TRACT), (DROPOFF, DROPOFF_TRACT)))
    starts = starts_of(AREA_OF_POINT[pickup], AREA_OF_POINT[dropoff], instants)
    if max(pickup.max(initial=0), dropoff.max(initial=0)) < PLACES:
        return starts
    return replace(starts, points=pickup * POINTS + dropoff)


def starts_of_rides(rides: Rides) -> Starts:
    """Rides of the scheduled scoring."""
    pickup, dropoff = (
        areas.astype(np.intp) for areas in (rides.pickup_community_area, rides.dropoff_community_area)
    )
    return starts_of(pickup, dropoff, rides.trip_start_timestamp)


@dataclass(frozen=True, slots=True)
class DurationFeatures:
    """The tables in which features are looked up.

    Attributes:
        of_pair: shape (``PAIRS``, 9).
        of_minute: shape (kinds of day x minutes of a day, 3).
        at_hour: shape (``PAIRS`` x bands, 2).
        band_of: band of every minute of every kind of day.
        knows_tracts: False for versions that learned from areas only.
    """

    of_pair: FloatArray
    of_minute: FloatArray
    at_hour: FloatArray
    band_of: IndexArray
    knows_tracts: bool

    def matrix(self, starts: Starts) -> FloatArray:
        """Shape (n_rides, len(``NAMES``)); NaN for what is not known of an unknown area."""
        parts = (
            self.of_pair[starts.pairs],
            self.of_minute[starts.minutes],
            self.at_hour[self.hours_of(starts)],
        )
        matrix = np.concatenate(parts, axis=1)
        if self.knows_tracts and starts.points is not None:
            matrix[:, : len(_END_NAMES)] = ends_table()[starts.points]
        return matrix

    def hours_of(self, starts: Starts) -> IndexArray:
        """Row of ``at_hour`` for each ride."""
        places: IndexArray = starts.pairs * len(hours.BANDS) + self.band_of[starts.minutes]
        return places

    def packed(self) -> bytes:
        """What cannot be computed again without the training table; ``unpacked`` reads it."""
        return self.of_pair.astype("<f8").tobytes() + self.at_hour.astype("<f8").tobytes()

    @classmethod
    def unpacked(cls, content: bytes, *, knows_week: bool, knows_tracts: bool) -> DurationFeatures:
        """The features that ``packed`` wrote.

        Raises:
            ValueError: the content has another length.
        """
        numbers = np.frombuffer(content, dtype="<f8").astype(np.float64)
        of_pair, at_hour = np.split(numbers, [PAIRS * len(_PAIR_NAMES)])
        return cls(
            of_pair.reshape(PAIRS, len(_PAIR_NAMES)),
            hours.hour_table(knows_week=knows_week),
            at_hour.reshape(PAIRS * len(hours.BANDS), len(_AT_HOUR_NAMES)),
            hours.band_table(),
            knows_tracts,
        )


def is_new_pair(matrix: FloatArray) -> NDArray[np.bool_]:
    """True for rides between areas between which no training trip ran, shape (n_rides,)."""
    is_new: NDArray[np.bool_] = matrix[:, _PAIR_TRIPS] == 0
    return is_new


def features_from(typical: Typical, *, knows_week: bool, knows_tracts: bool) -> DurationFeatures:
    """The tables, from what was learned of earlier trips."""
    every_pair = np.arange(PAIRS)
    street = street_km().ravel()
    of_pair = np.column_stack(
        [
            straight_km().ravel(),
            street,
            CENTROIDS[every_pair // PLACES],
            CENTROIDS[every_pair % PLACES],
            typical.pair_min,
            street / typical.pair_min * 60,
            typical.pair_trips,
        ]
    )
    at_hour = np.column_stack([typical.hour_min.ravel(), typical.hour_trips.ravel()])
    minutes = hours.hour_table(knows_week=knows_week)
    return DurationFeatures(of_pair, minutes, at_hour, hours.band_table(), knows_tracts)


def has_tracts(rows: Columns) -> bool:
    """True where any row has a tract."""
    return any(any(rows.get(name, ())) for name in (PICKUP_TRACT, DROPOFF_TRACT))


def unused_tracts(
    rows: Columns, starts: Starts, *, knows_tracts: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For pick-up and drop-off: True where a row has a tract and the area counts alone; each of shape (n_rows,).

    Args:
        starts: of the same rows.
        knows_tracts: False for versions that use none.
    """
    is_used = (
        (starts.points // POINTS >= PLACES, starts.points % POINTS >= PLACES)
        if knows_tracts and starts.points is not None
        else (np.zeros(len(starts.pairs), dtype=np.bool_),) * 2
    )
    pickup, dropoff = (
        _has_value(rows.get(name), len(starts.pairs)) & ~used
        for name, used in zip((PICKUP_TRACT, DROPOFF_TRACT), is_used, strict=True)
    )
    return pickup, dropoff


def _has_value(cells: Sequence[object] | None, count: int) -> NDArray[np.bool_]:
    if cells is None:
        return np.zeros(count, dtype=np.bool_)
    return np.asarray([cell is not None for cell in cells], dtype=np.bool_)


def _areas(numbers: Sequence[int | None]) -> IndexArray:
    return np.asarray([number or UNKNOWN_AREA for number in numbers], dtype=np.intp)


def _ends(rows: Columns, area: str, tract: str) -> IndexArray:
    """Points at which rides start or end: the tract where it lies in the area that is named, else the area."""
    areas = _areas(rows[area])
    numbers = rows.get(tract)
    if numbers is None or not any(numbers):
        return areas
    points = points_of_tracts(np.asarray([number or 0 for number in numbers], dtype=np.int64))
    fits = (points > 0) & ((areas == UNKNOWN_AREA) | (AREA_OF_POINT[points] == areas))
    return np.where(fits, points, areas)
