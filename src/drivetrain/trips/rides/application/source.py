"""Where the rides of a slot come from, as a port: drawn, or those of a replayed day."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from drivetrain.trips.rides.domain.rides import Rides


class RideSource(Protocol):
    """Gives the rides of a slot, always the same ones for the same slot."""

    @property
    def name(self) -> str:
        """What the rides are, for people and for the slot's record: ``drawn:built-in@3f2a9c01b7de``."""
        ...

    @property
    def is_synthetic(self) -> bool:
        """True when the rides were drawn or generated, not driven."""
        ...

    def rides(self, slot_at: datetime, length_min: int) -> Rides:
        """The rides that start in ``[slot_at, slot_at + length_min)``, in the order in which they are numbered.

        None lasts longer than ``cleaning.LONGEST_DRIVEN_MIN``.

        Args:
            slot_at: start of the slot, aware.
            length_min: length of the slot, minutes, >= 1.

        Raises:
            InvalidInputError: the slot has no zone or no length.
            UnavailableError: the source cannot be read.
        """
        ...
