"""How long a driver is expected to stand idle at a place: by the riders who ask around it and the drivers who wait there.

Made by hand, not learned: of an expected number of riders and of drivers within some minutes, each driver gets as many.
"""

from __future__ import annotations

import math

import numpy as np

from drivetrain.dispatch.simulation.domain.fleet import Point
from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray

HORIZON_MIN = 15.0
"""As far as riders are foreseen; nobody is expected to stand idle for longer."""

_CELL_KM = 1.0
_WORTH_MIN = 2.0
"""Nobody is sent anywhere for less."""


class Idleness:
    """Cells of a city with their riders.

    Args:
        places_km: where riders ask, a sample, shape (n, 2).
        per_s: riders in all of the city.
    """

    def __init__(self, places_km: FloatArray, per_s: float, size_km: float) -> None:
        self._side = max(1, math.ceil(size_km / _CELL_KM))
        counts = np.bincount(self._cells(places_km), minlength=self._side**2)
        self._riders = self._around(counts / len(places_km) * per_s * 60 * HORIZON_MIN)
        rows = np.arange(self._side**2)
        self._centers = np.column_stack([rows % self._side, rows // self._side]) * _CELL_KM + _CELL_KM / 2

    def by_cell(self, idle_km: FloatArray) -> FloatArray:
        """Expected minutes of a further driver in each cell.

        Args:
            idle_km: where idle drivers stand or drive to, shape (n, 2).
        """
        drivers = self._around(np.bincount(self._cells(idle_km), minlength=self._side**2).astype(np.float64))
        return np.asarray(HORIZON_MIN * (drivers + 1) / (drivers + 1 + self._riders))

    def at(self, by_cell: FloatArray, places_km: FloatArray) -> FloatArray:
        """Of the cells of some places, shape (n,)."""
        return np.asarray(by_cell[self._cells(places_km)])

    def better_place(self, by_cell: FloatArray, place: Point, min_per_km: float) -> Point | None:
        """Where a driver stands idle for less, the way there counted; None where that is not worth it."""
        ways_min = np.hypot(*(self._centers - place).T) * min_per_km
        best = int((by_cell + ways_min).argmin())
        here = float(self.at(by_cell, np.array([place]))[0])
        if by_cell[best] + ways_min[best] > here - _WORTH_MIN:
            return None
        east, north = self._centers[best].tolist()
        return east, north

    def _cells(self, places_km: FloatArray) -> IntArray:
        columns = np.clip((places_km / _CELL_KM).astype(np.int64), 0, self._side - 1)
        return np.asarray(columns[:, 0] + columns[:, 1] * self._side)

    def _around(self, counts: FloatArray) -> FloatArray:
        """Of each cell and its eight neighbors together."""
        padded = np.pad(counts.reshape(self._side, self._side), 1)
        rows = padded[:-2] + padded[1:-1] + padded[2:]
        return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]).ravel())
