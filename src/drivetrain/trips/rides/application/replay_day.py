"""Replay a recorded day as live demand: every ride at its own moment, as fast as one likes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.city.domain.areas import UNKNOWN_AREA
from drivetrain.trips.rides.domain.rides import Rides


@dataclass(frozen=True, slots=True)
class ReplayedRide:
    """One ride at the moment of its start.

    Attributes:
        number: place in the day, from 1; the same in every replay of the same table.
        start_at: when it started then, UTC; spread within the quarter of an hour that the table was rounded
            to.
        pickup_community_area, dropoff_community_area: 1 to 77; None unknown.
        trip_miles, duration_min, fare, trip_total: what became of it; None unknown. A dispatcher must not
            look at them.
    """

    number: int
    start_at: datetime
    pickup_community_area: int | None
    dropoff_community_area: int | None
    trip_miles: float | None
    duration_min: float | None
    fare: float | None
    trip_total: float | None


@dataclass(frozen=True, slots=True)
class ReplayDay:
    """Give the rides of a day one by one, each when it is due.

    Attributes:
        now_s: a clock that never goes back, seconds.
        sleep: waits so many seconds.
    """

    now_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def __call__(
        self,
        day: Rides,
        *,
        speed: float,
        since: datetime | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[ReplayedRide]:
        """The rides from ``since`` on, or after the one numbered ``after``, in order of their starts.

        Each is due by the start of the replay, not by the ride before: whoever takes long over one ride gets
        the next ones at once until the replay has caught up, and the day does not get longer.

        Args:
            day: rides in order of their starts (``columns.rides_of``).
            speed: civil seconds per second, > 0.
            since: aware; the replay's clock starts there. Without it, at the first ride that is replayed.
            after: number of the last ride that was seen, to go on where a replay was broken off; 0 for none.
            limit: most rides; None for all.

        Raises:
            InvalidInputError: speed, numbers or instant are out of range.
        """
        if not (speed > 0 and isfinite(speed)):
            raise InvalidInputError("The speed of a replay is a number above 0.", code="trips.bad_speed")
        if after < 0 or (limit is not None and limit < 0):
            raise InvalidInputError("Rides are numbered from 1.", code="trips.bad_ride_number")
        if since is not None and since.tzinfo is None:
            raise InvalidInputError(
                "A replay starts at an instant: give it with its zone.", code="input.bad_instant"
            )
        return self._rides(day, speed, since, after, limit)

    def _rides(
        self, day: Rides, speed: float, since: datetime | None, after: int, limit: int | None
    ) -> Iterator[ReplayedRide]:
        starts = day.trip_start_timestamp.astype("datetime64[us]")
        first = after
        if since is not None:
            first = max(
                first,
                int(np.searchsorted(starts, np.datetime64(since.astimezone(UTC).replace(tzinfo=None), "us"))),
            )
        last = len(day) if limit is None else min(len(day), first + limit)
        if first >= last:
            return
        begins = (
            starts[first]
            if since is None
            else np.datetime64(since.astimezone(UTC).replace(tzinfo=None), "us")
        )
        began_s = self.now_s()
        for place in range(first, last):
            due_s = began_s + float((starts[place] - begins) / np.timedelta64(1, "us")) / 1e6 / speed
            if (wait_s := due_s - self.now_s()) > 0:
                self.sleep(wait_s)
            yield _ride(day, place)


def _ride(day: Rides, place: int) -> ReplayedRide:
    return ReplayedRide(
        number=place + 1,
        start_at=day.trip_start_timestamp[place].astype("datetime64[us]").item().replace(tzinfo=UTC),
        pickup_community_area=_area(day.pickup_community_area[place]),
        dropoff_community_area=_area(day.dropoff_community_area[place]),
        trip_miles=_number(day.trip_miles[place]),
        duration_min=_number(day.duration_min[place]),
        fare=_number(day.fare[place]),
        trip_total=_number(day.trip_total[place]),
    )


def _area(area: np.int16) -> int | None:
    return None if area == UNKNOWN_AREA else int(area)


def _number(value: float) -> float | None:
    return round(float(value), 4) if isfinite(value) else None
