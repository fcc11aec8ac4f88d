"""Reading the board: requests from the database, drivers from the memory of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventLog
from drivetrain.dispatch.board.application.ports import RideBoard, RidesNow
from drivetrain.dispatch.events.domain.events import DRIVERS, DriverStatus
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.events.domain.synthetic import is_synthetic
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.domain.drivers import STATUSES

SHARED_S = 1.0
"""Desks that look at once share an answer: a busy half hour is a million lines to count."""

LONGEST_WAIT_S = 1.5
"""So long a desk waits for another one's reading: each that waits keeps a thread from everybody else."""


@dataclass(frozen=True, slots=True)
class DriversNow:
    """The drivers as this process knows them.

    Attributes:
        by_status: fresh ones.
        stale: those whose position is too old to be matched.
        median_age_s, p95_age_s: of fresh positions; None where there are none.
        newest_update_age_s: since the newest update that was read was appended; None before the first.
        behind: updates in the log that this process has not read.
        places: the cities served, or the box of all fresh drivers without a name.
        is_synthetic: whether any of them is made up.
    """

    by_status: Mapping[DriverStatus, int]
    stale: int
    median_age_s: float | None
    p95_age_s: float | None
    newest_update_age_s: float | None
    behind: int
    is_catching_up: bool
    places: Sequence[City]
    is_synthetic: bool

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_status.values()) + self.stale


@dataclass(frozen=True, slots=True)
class Board:
    """How everything stands."""

    rides: RidesNow
    drivers: DriversNow

    @property
    def is_synthetic(self) -> bool:
        """Whether anybody on it is made up."""
        riders = self.rides.waiting
        is_any_rider = any(is_synthetic(rider.rider_id) for rider in riders)
        return self.drivers.is_synthetic or self.rides.is_synthetic or is_any_rider


@dataclass(slots=True)
class ReadBoard:
    """Gives the board, read at most once a second however many ask, and whether or not the reading fails.

    Args:
        cities: those served; empty where anywhere is.
    """

    rides: RideBoard
    following: FollowDrivers
    log: EventLog
    cities: Sequence[City]
    timer: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: tuple[float, Board | UnavailableError] | None = None

    def __call__(self) -> Board:
        """The board of now; the last one where reading a new one takes long.

        Raises:
            UnavailableError: the database cannot be reached, or does not answer in time.
        """
        if self._lock.acquire(timeout=LONGEST_WAIT_S):
            try:
                if self._last is None or self.timer() - self._last[0] >= SHARED_S:
                    answer = self._read()
                    self._last = self.timer(), answer
            finally:
                self._lock.release()
        if self._last is None:
            raise UnavailableError("The board is still being read.", code="dispatch.board_busy")
        answer = self._last[1]
        if isinstance(answer, UnavailableError):
            raise answer.with_traceback(None)  # of whoever read it
        return answer

    def _read(self) -> Board | UnavailableError:
        try:
            return Board(self.rides.now(), self._drivers())
        except UnavailableError as error:
            return error

    def _drivers(self) -> DriversNow:
        following, ends = self.following, self.log.ends(DRIVERS)
        now_us, not_before_us, offsets = following.now_us(), following.not_before_us, following.offsets or {}
        with following.table() as table:
            columns, has_synthetic = table.columns, table.synthetic > 0
            is_fresh = columns.at_us >= not_before_us
            ages_s = np.maximum((now_us - columns.at_us[is_fresh]) / 1e6, 0.0)
            counts = np.bincount(columns.statuses[is_fresh], minlength=len(STATUSES))
            latitudes, longitudes = columns.latitudes[is_fresh], columns.longitudes[is_fresh]
        places = self.cities
        if not places and len(ages_s):
            ends_of = (latitudes.min(), longitudes.min(), latitudes.max(), longitudes.max())
            places = (City("", *map(float, ends_of)),)
        return DriversNow(
            {status: int(count) for status, count in zip(STATUSES, counts, strict=True)},
            int((~is_fresh).sum()),
            float(np.median(ages_s)) if len(ages_s) else None,
            float(np.quantile(ages_s, 0.95)) if len(ages_s) else None,
            following.newest_age_s if following.appended_us else None,
            sum(max(0, end - offsets.get(part, 0)) for part, end in ends.items()),
            following.is_catching_up,
            places,
            has_synthetic,
        )
