"""The drivers of a run: their shifts, their leanings, and what they have driven for nobody."""

from __future__ import annotations

import numpy as np

from drivetrain.dispatch.simulation.domain.cities import City
from drivetrain.dispatch.simulation.domain.demand import HOUR_S, Random
from drivetrain.dispatch.simulation.domain.fleet import OFF, Fleet
from drivetrain.dispatch.state.domain.drivers import FloatArray

_HOMES = 16
"""Of each driver: where their shifts begin, one after the other."""


class Crew:
    """Drivers with their shifts.

    Args:
        places_km: where shifts may begin, shape (n, 2).
        counted_s: from when to when figures are counted.

    Attributes:
        fleet: where they are.
        leaning: what each adds to the log-odds of accepting.
        left_s: of the shift that each is on when the run begins.
        is_over: whose shift has ended while they had a rider or an offer.
        empty_km, on_shift_s: counted so far, shape (drivers,).
    """

    def __init__(
        self, city: City, drivers: int, places_km: FloatArray, random: Random, counted_s: tuple[float, float]
    ) -> None:
        self.fleet = Fleet(drivers)
        self.leaning: list[float] = random.normal(0, city.acceptance.driver_sd, drivers).tolist()
        self._homes_km = places_km[random.integers(0, len(places_km), (drivers, _HOMES))]
        self.left_s: list[float] = random.uniform(0, city.shifts.lasts_h * HOUR_S, drivers).tolist()
        self.is_over = [False] * drivers
        self.empty_km, self.on_shift_s = np.zeros(drivers), np.zeros(drivers)
        self._shifts = [0] * drivers
        self._began_s = [0.0] * drivers
        self._counted_s = counted_s

    def begin_shift(self, driver: int, at_s: float) -> None:
        """At the next of their homes."""
        east, north = self._homes_km[driver, self._shifts[driver] % _HOMES].tolist()
        self._shifts[driver] += 1
        self.fleet.stand(driver, (east, north), at_s)
        self.is_over[driver] = False
        self._began_s[driver] = at_s

    def end_shift(self, driver: int, at_s: float) -> None:
        """Of a driver who has nobody."""
        self.count_empty(driver, at_s)
        self._count_shift(driver, at_s)
        self.fleet.state[driver] = OFF

    def count_empty(self, driver: int, at_s: float) -> None:
        """Count what was driven without a rider since the driver was sent."""
        if self._counted_s[0] <= at_s < self._counted_s[1]:
            self.empty_km[driver] += self.fleet.driven_km(driver, at_s)

    def close(self) -> None:
        """Count the shifts that are not over."""
        for driver in np.flatnonzero(self.fleet.state != OFF).tolist():
            self._count_shift(driver, self._counted_s[1])

    def _count_shift(self, driver: int, at_s: float) -> None:
        began_s = max(self._began_s[driver], self._counted_s[0])
        self.on_shift_s[driver] += max(0.0, min(at_s, self._counted_s[1]) - began_s)
