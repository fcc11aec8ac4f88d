"""Drivers who cruise, fetch riders and bring them where they want to go; moved all at once, by arrays.

Nothing here is fitted to a real city: speeds, places and trips are made up, and every id says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import EARTH_RADIUS_KM
from drivetrain.dispatch.events.domain.events import DriverStatus, Place
from drivetrain.dispatch.events.domain.synthetic import PREFIX

VEHICLES = ("sedan", "sedan", "sedan", "van", "estate")

_KM_PER_DEGREE = EARTH_RADIUS_KM * math.pi / 180
_CRUISE_KM_S, _TRIP_KM_S = 12 / 3_600, 24 / 3_600
_TURN_RAD = 0.3
"""By how much a cruising driver turns in a second, standard deviation."""

_CENTRAL_SHARE = 0.6
_DECLINED_SHARE, _UNANSWERED_SHARE = 0.08, 0.04
"""Of offers. Made up, as everything here."""


@dataclass(frozen=True, slots=True)
class Position:
    """What a driver would report."""

    driver_id: str
    place: Place
    status: DriverStatus
    vehicle: str


@dataclass(frozen=True, slots=True)
class Rider:
    """Somebody who asks for a ride."""

    request_id: str
    rider_id: str
    pickup: Place
    dropoff: Place


class Reply(Enum):
    """What a driver does with an offer."""

    ACCEPT = auto()
    DECLINE = auto()
    SILENCE = auto()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A driver has come to the rider of a request, or with them to where they go."""

    request_id: str
    is_end: bool


class SyntheticCity:
    """A city around a center. Two of one seed, moved by the same steps, are the same.

    Args:
        radius_km: drivers who cruise turn back here.
        run: ends each request's id; the platform knows the requests of an earlier run.
    """

    def __init__(self, *, drivers: int, center: Place, radius_km: float, seed: int, run: str) -> None:
        self._random = np.random.default_rng(seed)
        self._name = f"{PREFIX}-{seed}"
        self._run = run
        self._center = center
        self._radius_km = radius_km
        self._riders = 0
        self._km = self._somewhere(drivers)  # east and north of the center, shape (drivers, 2)
        self._heading = self._random.uniform(0, 2 * math.pi, drivers)
        self._vehicles = [VEHICLES[kind] for kind in self._random.integers(0, len(VEHICLES), drivers)]
        self._stops: dict[int, list[NDArray[np.float64]]] = {}
        self._requests: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._km)

    @property
    def busy(self) -> int:
        """Drivers who fetch or bring somebody."""
        return len(self._stops)

    def move(self, seconds: float) -> list[Arrival]:
        """Let time pass; who came to a rider or to the end of a ride meanwhile."""
        self._heading += self._random.normal(0, _TURN_RAD * math.sqrt(seconds), len(self))
        inward = np.arctan2(-self._km[:, 1], -self._km[:, 0])
        is_outside = np.hypot(self._km[:, 0], self._km[:, 1]) > self._radius_km
        self._heading = np.where(is_outside, inward, self._heading)
        step = np.column_stack([np.cos(self._heading), np.sin(self._heading)]) * _CRUISE_KM_S * seconds
        step[list(self._stops)] = 0.0
        self._km += step
        return [
            arrival for driver in list(self._stops) for arrival in self._go_on(driver, _TRIP_KM_S * seconds)
        ]

    def positions(self, drivers: Sequence[int]) -> list[Position]:
        """What some drivers report."""
        return [
            Position(
                f"{self._name}-driver-{driver}",
                self._place(self._km[driver]),
                DriverStatus.ON_TRIP if driver in self._stops else DriverStatus.IDLE,
                self._vehicles[driver],
            )
            for driver in drivers
        ]

    def riders(self, per_s: float, seconds: float) -> list[Rider]:
        """Who begins to ask in a time: a Poisson number of riders, most of them in the middle."""
        riders = []
        for pickup, dropoff in zip(
            *(self._somewhere(count) for count in [int(self._random.poisson(per_s * seconds))] * 2),
            strict=True,
        ):
            self._riders += 1
            name = f"{self._name}-{{}}-{self._riders}"
            riders.append(
                Rider(
                    f"{name.format('request')}-{self._run}",
                    name.format("rider"),
                    self._place(pickup),
                    self._place(dropoff),
                )
            )
        return riders

    def assign(self, driver_id: str, rider: Rider) -> bool:
        """Send a driver to a rider and on to where they go; False for one who is not of this city, or not free."""
        if not self.is_free(driver_id):
            return False
        driver = self._number(driver_id)
        self._stops[driver] = [self._plane(rider.pickup), self._plane(rider.dropoff)]
        self._requests[driver] = rider.request_id
        return True

    def is_free(self, driver_id: str) -> bool:
        """Whether a driver is of this city, and drives nobody."""
        driver = self._number(driver_id)
        return 0 <= driver < len(self) and driver not in self._stops

    def reply(self) -> Reply:
        """What the next driver does with an offer."""
        share = self._random.random()
        if share < _DECLINED_SHARE:
            return Reply.DECLINE
        return Reply.SILENCE if share < _DECLINED_SHARE + _UNANSWERED_SHARE else Reply.ACCEPT

    def _number(self, driver_id: str) -> int:
        """Of a driver of this city; -1 for another one."""
        name, _, number = driver_id.rpartition("-driver-")
        return int(number) if name == self._name and number.isdigit() else -1

    def _go_on(self, driver: int, distance_km: float) -> list[Arrival]:
        stops, arrivals = self._stops[driver], list[Arrival]()
        while stops and distance_km > 0:
            way = stops[0] - self._km[driver]
            left_km = float(np.hypot(*way))
            if left_km > distance_km:
                self._km[driver] += way * (distance_km / left_km)
                break
            self._km[driver] = stops.pop(0)
            distance_km -= left_km
            arrivals.append(Arrival(self._requests[driver], is_end=not stops))
        if not stops:
            del self._stops[driver], self._requests[driver]
        return arrivals

    def _somewhere(self, count: int) -> NDArray[np.float64]:
        """Places in the plane, shape (count, 2): most around the center, the others anywhere within the radius."""
        central = np.clip(
            self._random.normal(0, self._radius_km / 4, (count, 2)), -self._radius_km, self._radius_km
        )
        wide = self._random.uniform(-self._radius_km, self._radius_km, (count, 2)) / math.sqrt(2)
        return np.where(self._random.random((count, 1)) < _CENTRAL_SHARE, central, wide)

    def _place(self, plane: NDArray[np.float64]) -> Place:
        return Place(
            round(self._center.latitude + float(plane[1]) / _KM_PER_DEGREE, 6),
            round(self._center.longitude + float(plane[0]) / self._km_per_degree_east, 6),
        )

    def _plane(self, place: Place) -> NDArray[np.float64]:
        east = (place.longitude - self._center.longitude) * self._km_per_degree_east
        return np.array([east, (place.latitude - self._center.latitude) * _KM_PER_DEGREE])

    @property
    def _km_per_degree_east(self) -> float:
        return _KM_PER_DEGREE * math.cos(math.radians(self._center.latitude))
