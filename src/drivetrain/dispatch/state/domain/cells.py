"""An index of idle drivers by square cells of 350 m, made anew several times a second, and who is nearest to a place.

Rows of cells follow latitude. In each row the columns are as wide in degrees as 350 m are there, so cells have one
size everywhere and all cities share an index. Drivers are sorted by row and column; a window around a place is then
one stretch in each of its rows, found by binary search. A city that the meridian of 180 degrees divides is two to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import EARTH_RADIUS_KM, great_circle_km
from drivetrain.dispatch.state.domain.drivers import (
    ANY_VEHICLE,
    IDLE,
    CodeArray,
    DriverTable,
    FloatArray,
    IntArray,
)

CELL_KM = 0.35
_KM_PER_DEGREE = EARTH_RADIUS_KM * math.pi / 180
_ROW_DEGREES = CELL_KM / _KM_PER_DEGREE
_ROWS = int(180 / _ROW_DEGREES) + 1
_COLUMN_BITS = 20  # a row at the equator has 114,000 columns
_FIRST_RADIUS_KM = 0.6
_GROWTH = 1.5
_MARGIN = 1.001
"""The bounds of a window are computed on a flat map; this covers what the ground is rounder."""

_MOST_AHEAD_US = 300_000_000
"""So far this clock may be behind that of the log. Set back by more, it would take old positions for fresh ones."""

_CANDIDATES_IN_WINDOW = 1.5
"""A circle covers three quarters of its square: with so many times the candidates in it there will be enough."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """Idle drivers around a place, nearest first, each column of shape (n,).

    Attributes:
        at_us: when each was there, microseconds since 1970.
    """

    driver_ids: Sequence[str]
    latitudes: FloatArray
    longitudes: FloatArray
    distances_km: FloatArray
    at_us: IntArray

    def __len__(self) -> int:
        return len(self.driver_ids)

    def only(self, rows: IntArray) -> Nearby:
        """Those of some rows."""
        return Nearby(
            [self.driver_ids[row] for row in rows.tolist()],
            self.latitudes[rows],
            self.longitudes[rows],
            self.distances_km[rows],
            self.at_us[rows],
        )


@dataclass(frozen=True, slots=True)
class CellIndex:
    """The idle drivers of an instant, sorted by cell; never changed, so that any thread may ask it.

    Attributes:
        built_us: the instant, microseconds since 1970.
        places: into ``driver_ids``.
        vehicles: kinds of vehicles by code.
    """

    built_us: int
    keys: IntArray
    places: IntArray
    driver_ids: Sequence[str]
    latitudes: FloatArray
    longitudes: FloatArray
    at_us: IntArray
    codes: CodeArray
    vehicles: Sequence[str] = ("",)

    def __len__(self) -> int:
        return len(self.keys)

    def nearest(
        self,
        latitude: float,
        longitude: float,
        *,
        most: int,
        radius_km: float,
        not_before_us: int,
        vehicle: str = "",
    ) -> Nearby:
        """The nearest idle drivers within a radius; exactly those, by great-circle distance.

        Args:
            most: of how many, >= 1.
            not_before_us: older positions are left out.
            vehicle: that they must drive, as far as it is known; empty for any.
        """
        code = self.vehicles.index(vehicle) if vehicle in self.vehicles else None
        reach_km = min(_FIRST_RADIUS_KM, radius_km)
        while True:
            is_all = reach_km >= radius_km
            starts, ends = self._window(latitude, longitude, reach_km)
            if is_all or int((ends - starts).sum()) >= _CANDIDATES_IN_WINDOW * most:
                inside = _stretches(starts, ends)
                inside = inside[self._suits(inside, not_before_us, vehicle, code)]
                distances = great_circle_km(
                    np.asarray(latitude),
                    np.asarray(longitude),
                    self.latitudes[inside],
                    self.longitudes[inside],
                )
                within = distances <= reach_km
                if is_all or int(within.sum()) >= most:
                    return self._first(inside[within], distances[within], most)
            reach_km = min(reach_km * _GROWTH, radius_km)

    def _suits(
        self, inside: IntArray, not_before_us: int, vehicle: str, code: int | None
    ) -> NDArray[np.bool_]:
        suits: NDArray[np.bool_] = self.at_us[inside] >= not_before_us
        if vehicle:
            codes = self.codes[inside]
            suits &= (codes == ANY_VEHICLE) | (codes == (ANY_VEHICLE if code is None else code))
        return suits

    def _first(self, inside: IntArray, distances: FloatArray, most: int) -> Nearby:
        """The nearest of some drivers."""
        if len(inside) > 2 * most:
            near = np.argpartition(distances, most - 1)
            near = np.flatnonzero(distances <= distances[near[most - 1]])
            inside, distances = inside[near], distances[near]
        order = np.argsort(distances, kind="stable")[:most]
        rows = inside[order]
        return Nearby(
            [self.driver_ids[place] for place in self.places[rows].tolist()],
            self.latitudes[rows],
            self.longitudes[rows],
            distances[order],
            self.at_us[rows],
        )

    def _window(self, latitude: float, longitude: float, reach_km: float) -> tuple[IntArray, IntArray]:
        """Where the drivers of a square's cells stand: the start and the end of a stretch for each row."""
        high = reach_km * _MARGIN / _KM_PER_DEGREE
        wide = high / max(math.cos(math.radians(min(abs(latitude) + high, 89.9))), 1e-3)
        first, last = (int((latitude + side * high + 90) // _ROW_DEGREES) for side in (-1, 1))
        rows = np.arange(first, last + 1)
        widths = _column_degrees(rows)
        west = ((longitude - wide + 180) / widths).astype(np.int64)
        east = ((longitude + wide + 180) / widths).astype(np.int64)
        base = rows << _COLUMN_BITS
        starts = np.searchsorted(self.keys, base + np.maximum(west, 0))
        ends = np.searchsorted(self.keys, base + east, side="right")
        return starts, ends


NO_DRIVERS = CellIndex(
    0,
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int64),
    (),
    np.empty(0),
    np.empty(0),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.uint16),
)


def index_of(table: DriverTable, *, now_us: int, not_before_us: int) -> CellIndex:
    """Sort those who are idle, and whose position is neither older nor far ahead of the present, by their cells."""
    columns = table.columns
    is_fresh = (columns.at_us >= not_before_us) & (columns.at_us <= now_us + _MOST_AHEAD_US)
    idle = np.flatnonzero((columns.statuses == IDLE) & is_fresh)
    keys = _keys(columns.latitudes[idle], columns.longitudes[idle])
    order = np.argsort(keys)
    idle = idle[order]
    return CellIndex(
        now_us,
        keys[order],
        idle,
        table.driver_ids,
        columns.latitudes[idle],
        columns.longitudes[idle],
        columns.at_us[idle],
        columns.vehicles[idle],
        table.vehicles,
    )


def _keys(latitudes: FloatArray, longitudes: FloatArray) -> IntArray:
    """One number for each place's cell, growing by row and then by column."""
    rows = ((latitudes + 90) / _ROW_DEGREES).astype(np.int64)
    columns = ((longitudes + 180) / _column_degrees(rows)).astype(np.int64)
    return (rows << _COLUMN_BITS) | columns


def _column_degrees(rows: IntArray) -> FloatArray:
    """How wide the cells of some rows are, degrees of longitude."""
    return _all_column_degrees()[np.minimum(np.maximum(rows, 0), _ROWS - 1)]


@cache
def _all_column_degrees() -> FloatArray:
    """Of all rows there are; half a megabyte, made when the first driver comes."""
    middles = np.radians((np.arange(_ROWS) + 0.5) * _ROW_DEGREES - 90)
    degrees: FloatArray = _ROW_DEGREES / np.maximum(np.cos(middles), 1e-3)
    return degrees


def _stretches(starts: IntArray, ends: IntArray) -> IntArray:
    """All numbers from each start up to its end."""
    lengths = ends - starts
    total = int(lengths.sum())
    if total == 0:
        return np.empty(0, dtype=np.int64)
    offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    stretches: IntArray = offsets + np.arange(total)
    return stretches
