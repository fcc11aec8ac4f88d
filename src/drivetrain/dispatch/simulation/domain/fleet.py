"""Drivers of a simulated city as columns: where each is, where they drive to, what they do."""

from __future__ import annotations

import numpy as np

from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray

OFF, IDLE, OFFERED, FETCHING, DRIVING = range(5)

Point = tuple[float, float]


class Fleet:
    """Drivers who stand somewhere or drive straight on.

    Attributes:
        state: what each does, of ``OFF`` to ``DRIVING``, shape (drivers,).
        target_km: where each drives to, or stands, shape (drivers, 2).
        idle_since: counts up whenever a driver begins to be idle, so that what was planned for them before is void.
    """

    def __init__(self, drivers: int) -> None:
        self.state = np.zeros(drivers, dtype=np.int8)
        self.target_km = np.zeros((drivers, 2))
        self.idle_since = [0] * drivers
        self._from_km = np.zeros((drivers, 2))
        self._km_per_s = np.zeros((drivers, 2))
        self._left_s = np.zeros(drivers)
        self._there_s = np.zeros(drivers)

    def __len__(self) -> int:
        return len(self.state)

    def idle(self) -> IntArray:
        """Who is idle."""
        return np.flatnonzero(self.state == IDLE)

    def places(self, drivers: IntArray, now_s: float) -> FloatArray:
        """Where some are, shape (n, 2)."""
        driven_s = np.minimum(now_s, self._there_s[drivers]) - self._left_s[drivers]
        return np.asarray(self._from_km[drivers] + self._km_per_s[drivers] * driven_s[:, None])

    def place(self, driver: int, now_s: float) -> Point:
        """Where one is."""
        driven_s = min(now_s, float(self._there_s[driver])) - float(self._left_s[driver])
        east, north = (self._from_km[driver] + self._km_per_s[driver] * driven_s).tolist()
        return east, north

    def stand(self, driver: int, place: Point, now_s: float) -> None:
        """Put a driver somewhere."""
        self._from_km[driver] = self.target_km[driver] = place
        self._km_per_s[driver] = 0.0
        self._left_s[driver] = self._there_s[driver] = now_s

    def send(self, driver: int, to: Point, now_s: float, lasts_s: float) -> float:
        """Have a driver drive from where they are; how far it is, kilometers."""
        east, north = self.place(driver, now_s)
        way = (to[0] - east, to[1] - north)
        self._from_km[driver] = (east, north)
        self.target_km[driver] = to
        self._km_per_s[driver] = (way[0] / lasts_s, way[1] / lasts_s) if lasts_s > 0 else 0.0
        self._left_s[driver], self._there_s[driver] = now_s, now_s + lasts_s
        return float(np.hypot(*way))

    def driven_km(self, driver: int, now_s: float) -> float:
        """How far a driver has come since they were sent."""
        driven_s = min(now_s, float(self._there_s[driver])) - float(self._left_s[driver])
        return float(np.hypot(*self._km_per_s[driver])) * driven_s
