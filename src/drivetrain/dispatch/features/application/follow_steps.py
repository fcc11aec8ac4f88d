"""Following the steps of rides: windows are counted as steps come, and shown as records of all drivers.

A worker that begins takes over the copy that the others keep and reads what was appended since; without one it reads
the log from where the longest window begins. Until it has read all of that, no driver has features: counts of a part
of a window would look like counts of the whole.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventLog, Offsets
from drivetrain.core.time import Clock
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.application.ports import DecodeSteps, ShownFeatures
from drivetrain.dispatch.features.domain.steps import REPEATS_US
from drivetrain.dispatch.features.domain.views import SEVEN_DAYS, STATS_LAYOUT
from drivetrain.dispatch.features.domain.windows import DriverWindows

LOOK_EVERY_S = 0.5
SHOW_EVERY_S = 5.0
"""Counting 100,000 drivers anew takes eleven milliseconds; a rate of seven days can wait for some seconds."""

AGE_EVERY_S = 30.0
"""While nothing comes: windows move on by time alone."""

RARE_LOOK_EVERY_S = 5.0
"""While there was no event ever, none for a while, or the log is away."""

QUIET_AFTER_S = 5.0

COPY_EVERY_S = 60.0
"""A worker that starts reads what was appended since; the copy of many drivers is some megabytes."""

_LONGEST_LOOK_S = 0.5
_FORGET_EVERY_S = 3_600.0
_READ_AT_ONCE = 2_000  # of each partition
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FEWEST_EVENT_DAYS = 7
"""Days that the log has to keep. Days and tiles both begin at midnight UTC, so seven days hold all that a window needs."""

LOOK_BACK = timedelta(microseconds=SEVEN_DAYS.length_us + SEVEN_DAYS.tile_us + 3 * REPEATS_US)
"""From there on the log holds all that a window needs, and enough before it to know repeats again."""


@dataclass(frozen=True, slots=True)
class WindowsCopy:
    """The windows as some worker had counted them.

    Attributes:
        offsets: up to which the log was counted.
    """

    windows: DriverWindows
    offsets: Offsets


@dataclass(slots=True)
class StepCounters:
    """So far: events read from the log, steps counted, events that cannot be read, steps of too many drivers."""

    read: int = 0
    counted: int = 0
    unreadable: int = 0
    ignored: int = 0


class FollowSteps:
    """Keeps the windows in step with the log. ``look`` is called again and again, on one thread.

    Args:
        load_copy: gives the windows as another worker counted them, if there are any; asked once, at the beginning.

    Attributes:
        shown: what a decision may know; None until all was read that was there at the beginning. Replaced whole.
        offsets: up to which the log was counted; None before the first event.
        lag_events: of the log that the last look left unread.
    """

    def __init__(
        self,
        log: EventLog,
        decode: DecodeSteps,
        clock: Clock,
        *,
        load_copy: Callable[[], WindowsCopy | None] | None = None,
    ) -> None:
        self._log = log
        self._decode = decode
        self._clock = clock
        self._load_copy = load_copy
        self._windows = DriverWindows()
        self._lock = threading.Lock()
        self._rest_until = self._forgot_at = self._shown_at = self._news_at = float("-inf")
        self._has_news = False
        self.shown: ShownFeatures | None = None
        self.offsets: Offsets | None = None
        self.lag_events = 0
        self.counters = StepCounters()

    @contextmanager
    def table(self) -> Iterator[DriverWindows]:
        """The windows, unchanged for as long as the block runs: keep it short."""
        with self._lock:
            yield self._windows

    @property
    def appended_us(self) -> int:
        """When the newest step was appended, microseconds since 1970; 0 before."""
        return self._windows.newest_us

    @property
    def is_up_to_date(self) -> bool:
        """Whether all of the log was read, and there is something to know from it."""
        return self.offsets is not None and not self.lag_events

    def look(self) -> None:
        """Count what is new.

        Raises:
            UnavailableError: the log cannot be reached; what is shown stays, and grows old.
        """
        if time.monotonic() < self._rest_until:
            return
        try:
            self._count_news()
        except UnavailableError:
            self._rest_until = time.monotonic() + RARE_LOOK_EVERY_S
            raise
        if self.is_up_to_date:
            self._show()
            if time.monotonic() - self._news_at > QUIET_AFTER_S:
                self._rest_until = time.monotonic() + RARE_LOOK_EVERY_S

    def _count_news(self) -> None:
        ends_at = time.monotonic() + _LONGEST_LOOK_S
        if self.offsets is None:
            self.offsets = self._first_offsets()
        while self.offsets is not None:
            batch = self._log.read(REQUESTS, self.offsets, most=_READ_AT_ONCE)
            if any(batch.following[part] < offset for part, offset in self.offsets.items()):
                self._begin_anew()
                return
            if len(batch):
                read = self._decode(batch)
                with self._lock:
                    self.counters.counted += self._windows.apply(read.steps)
                    self.offsets = batch.following
                self._has_news, self._news_at = True, time.monotonic()
                self.counters.read += len(batch)
                self.counters.unreadable += read.unreadable
                self.counters.ignored = self._windows.ignored
            if len(batch) < _READ_AT_ONCE:  # no partition has more
                self.lag_events = 0
                return
            if time.monotonic() >= ends_at:
                self.lag_events = _between(self.offsets, self._log.ends(REQUESTS))
                return

    def _first_offsets(self) -> Offsets | None:
        """The place in the log to begin at; None while there is nothing to read."""
        ends = self._log.ends(REQUESTS)
        if not ends:
            self._rest_until = time.monotonic() + RARE_LOOK_EVERY_S
            return None
        copy = None if self._load_copy is None else self._load_copy()
        self._load_copy = None
        if copy is None or any(ends.get(part, 0) < offset for part, offset in copy.offsets.items()):
            return self._log.since(REQUESTS, self._clock.now() - LOOK_BACK)
        with self._lock:
            self._windows = copy.windows
        self._has_news = True
        return dict(copy.offsets)

    def _begin_anew(self) -> None:
        """The log was set back: what was counted may never have happened in it."""
        with self._lock:
            self._windows = DriverWindows()
            self.offsets, self.shown = None, None

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown_at < (SHOW_EVERY_S if self._has_news else AGE_EVERY_S):
            return
        as_of_us = max((self._clock.now() - _EPOCH) // timedelta(microseconds=1), self._windows.newest_us)
        with self._lock:
            if now - self._forgot_at >= _FORGET_EVERY_S:
                self._forgot_at = now
                self._windows.forget(as_of_us)
            windows, offsets = self._windows, dict(self.offsets or {})
            known = windows.all_records(as_of_us)
        records = np.concatenate([known, STATS_LAYOUT.empty(1)])
        self.shown = ShownFeatures(windows.places, records, as_of_us, offsets)
        self._shown_at, self._has_news = now, False


def _between(offsets: Offsets, ends: Offsets) -> int:
    """How many events there are from some offsets up to others."""
    return sum(max(0, end - offsets.get(part, 0)) for part, end in ends.items())
