"""Sources of a slot's rides: drawn by the demand, or those of a recorded day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from drivetrain.core.city import FloatArray
from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.clock import minutes_of_day
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.domain.slots import rides_of_slot
from drivetrain.trips.rides.model.demand import RideDemand
from drivetrain.trips.rides.model.draw import draw

_DIGEST_CHARS = 12


@dataclass(frozen=True)
class DrawnRides:
    """Rides drawn for each slot; the same slot always has the same ones.

    Attributes:
        rate: by what the intensities of the demand are multiplied.
        seed: of the installation.
    """

    demand: RideDemand
    rate: float
    seed: bytes

    @property
    def name(self) -> str:
        """``drawn:built-in@3f2a9c01b7de``: whose parameters, and their digest."""
        return f"drawn:{self.demand.name}@{self.demand.digest[:_DIGEST_CHARS]}"

    @property
    def is_synthetic(self) -> bool:
        """Always: whatever they were learned from, nobody drove them."""
        return True

    def rides(self, slot_at: datetime, length_min: int) -> Rides:
        """A Poisson number of rides that start in the slot."""
        return draw(self.demand, slot_at, length_min=length_min, rate=self.rate, seed=self.seed)


@dataclass(frozen=True)
class ReplayedRides:
    """Rides of one recorded day, whatever the date of the slot: its 8:05 is every day's 8:05.

    Attributes:
        day: one civil day, starts spread over the quarters of hours they were rounded to.
        is_synthetic: the day was generated, not recorded.

    Raises:
        InvalidInputError: the day has no rides.
    """

    day: Rides
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        """Refuse a day that would replay nothing."""
        if not len(self.day):
            raise InvalidInputError("A day without rides cannot be replayed.", code="trips.empty_day")

    @cached_property
    def name(self) -> str:
        """``replayed:2022-04-01@3f2a9c01b7de``: the day, and the digest of its rides; or ``generated:``."""
        digest = hashlib.sha256()
        for column in self.day.columns():
            digest.update(np.ascontiguousarray(column).tobytes())
        first = CHICAGO.times(self.day.trip_start_timestamp).min().astype("datetime64[D]")
        kind = "generated" if self.is_synthetic else "replayed"
        return f"{kind}:{first}@{digest.hexdigest()[:_DIGEST_CHARS]}"

    @cached_property
    def _minutes(self) -> FloatArray:
        return minutes_of_day(self.day.trip_start_timestamp)

    def rides(self, slot_at: datetime, length_min: int) -> Rides:
        """The rides of that time of day."""
        return rides_of_slot(self.day, slot_at, length_min, minutes=self._minutes)
