"""Where the rides of a slot come from, as a port."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from drivetrain.trips.domain.rides import Rides


class RideSource(Protocol):
    """Gives the rides of a slot: the same ones in the same order whenever it is asked.

    Attributes:
        name: which source, with whatever decides what it gives; stands beside the slot.
    """

    name: str

    def rides(self, slot_at: datetime, length_min: int) -> Rides:
        """The rides that begin in ``[slot_at, slot_at + length_min)``."""
        ...
