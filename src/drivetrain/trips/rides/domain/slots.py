"""A recorded day laid under any slot: the rides whose time of day falls into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import FloatArray
from drivetrain.trips.rides.domain.clock import civil_pieces, minutes_of_day
from drivetrain.trips.rides.domain.rides import Rides


def rides_of_slot(
    day: Rides, slot_at: datetime, length_min: int, *, minutes: FloatArray | None = None
) -> Rides:
    """The rides of a day that start at the slot's time of day, moved to the slot's date.

    In the autumn hour that comes twice the rides of that hour come twice; those of the hour that is skipped
    in spring do not come. A day has every ride once otherwise.

    Args:
        day: one civil day, starts spread over the quarters of hours they were rounded to.
        slot_at: aware.
        length_min: >= 1.
        minutes: ``minutes_of_day`` of the starts, where they are at hand.

    Raises:
        InvalidInputError: the slot has no zone or no length.
    """
    minute_of_day = minutes_of_day(day.trip_start_timestamp) if minutes is None else minutes
    numbers: list[NDArray[np.int64]] = []
    starts: list[NDArray[np.datetime64]] = []
    for piece in civil_pieces(slot_at, length_min):
        within = np.flatnonzero(
            (minute_of_day >= piece.minute_of_day) & (minute_of_day < piece.minute_of_day + piece.length_min)
        )
        within = within[np.argsort(minute_of_day[within], kind="stable")]
        after_us = np.floor((minute_of_day[within] - piece.minute_of_day) * 60e6).astype("timedelta64[us]")
        numbers.append(within)
        starts.append(np.datetime64(piece.start_at.replace(tzinfo=None), "us") + after_us)
    return replace(day.chosen(np.concatenate(numbers)), trip_start_timestamp=np.concatenate(starts))
