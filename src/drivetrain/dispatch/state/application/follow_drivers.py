"""Following the log: new updates are applied several times a second, and the index is made anew.

A worker that begins takes over the copy that the others keep, and reads what was appended since; without one it
reads the last minutes of the log. Older positions are not matched anyway.
While nothing was ever appended, it asks once a second, and holds nothing.
When nothing comes any more, it asks every other second, and is woken by the next event.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventBatch, EventLog, Offsets
from drivetrain.core.time import Clock
from drivetrain.dispatch.events.domain.events import DRIVERS
from drivetrain.dispatch.state.application.ports import Decode, DriverCopy
from drivetrain.dispatch.state.domain.cells import NO_DRIVERS, CellIndex, index_of
from drivetrain.dispatch.state.domain.drivers import DriverTable

LOOK_EVERY_S = 0.1
"""From the beginning of a look to that of the next, so that a busy machine does not pause longer than an idle one."""

INDEX_EVERY_S = 0.05
"""Shorter than from look to look, so that what is read can be matched at once: a read without an index helps nobody."""

QUIET_AFTER_S = 5.0
QUIET_LOOK_EVERY_S = 2.0
"""While nothing comes; a notice ends the pause."""

OLDEST_INDEX_S = 5.0
"""While nothing comes, too: drivers grow stale, and are forgotten, by time alone."""

RARE_LOOK_EVERY_S = 1.0
"""While there was no event ever, or the log is away."""

_LONGEST_LOOK_S = 0.5
"""A look ends after so long, and the next one goes on: nobody who waits for the first one waits for all of the log."""

FORGET_AFTER_S = 900.0
"""A driver who was not heard of for so long is forgotten; freshness is a matter of a minute."""

_FORGET_EVERY_S = 60.0
_READ_AT_ONCE = 2_000  # of each partition
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class FollowCounters:
    """Events so far: read from the log, applied, not readable there, of drivers for whom there is no room.

    Attributes:
        dead: those of the unreadable ones that no other worker had set aside before.
    """

    read: int = 0
    applied: int = 0
    unreadable: int = 0
    ignored: int = 0
    dead: int = 0


class FollowDrivers:
    """Keeps the state of drivers in step with the log. ``look`` is called again and again, on one thread.

    Args:
        fresh_s: older positions are not matched, seconds.
        set_aside: keeps what cannot be read, before anything behind it is read; gives how many were not kept before.
            They are only counted where it is None.
        load_copy: gives the drivers as another worker knew them, if there are any; asked once, at the beginning.

    Attributes:
        index: who is idle; replaced whole, so that any thread may ask it.
        fresh_s: as given.
        offsets: up to which the log was applied; None before the first event.
        is_catching_up: whether the log is not yet read up to where it ended when this began; ``index`` is empty until then,
            because drivers would be idle there who have gone since.
        appended_us: when the newest event that was read was appended, microseconds since 1970; 0 before.
        lag_events: of the log that the last look left unread.
        looked_at: when the log was last read, whether there was news or not, on the monotonic clock.
    """

    def __init__(
        self,
        log: EventLog,
        decode: Decode,
        clock: Clock,
        *,
        fresh_s: float,
        set_aside: Callable[[EventBatch], int] | None = None,
        load_copy: Callable[[], DriverCopy | None] | None = None,
    ) -> None:
        self._log = log
        self._decode = decode
        self._clock = clock
        self._set_aside = set_aside
        self._load_copy = load_copy
        self.fresh_s = fresh_s
        self._fresh_us = int(fresh_s * 1e6)
        self._table = DriverTable()
        self._lock = threading.Lock()
        self._rest_until = self._next_at = self._forgot_at = self._news_at = float("-inf")
        self._has_news = False
        self._begin_ends: Offsets = {}
        self._is_behind = self.is_catching_up = False
        self.index: CellIndex = NO_DRIVERS
        self.offsets: Offsets | None = None
        self.appended_us = self.lag_events = 0
        self.looked_at = time.monotonic()
        self.counters = FollowCounters()

    @contextmanager
    def table(self) -> Iterator[DriverTable]:
        """All drivers, unchanged for as long as the block runs: keep it short."""
        with self._lock:
            yield self._table

    def now_us(self) -> int:
        """The present, microseconds since 1970."""
        return (self._clock.now() - _EPOCH) // timedelta(microseconds=1)

    @property
    def not_before_us(self) -> int:
        """The oldest position that is matched now, microseconds since 1970."""
        return self.now_us() - self._fresh_us

    @property
    def newest_age_s(self) -> float:
        """How long ago the newest event that was read was appended, seconds, >= 0."""
        return max(0.0, (self.now_us() - self.appended_us) / 1e6)

    @property
    def lag_s(self) -> float:
        """How far this is behind the log, seconds; 0 where it has read all of it."""
        return self.newest_age_s if self.lag_events else 0.0

    @property
    def knows_drivers(self) -> bool:
        """Whether any driver is known who was not forgotten yet."""
        return len(self._table) > 0

    @property
    def is_up_to_date(self) -> bool:
        """Whether all of the log was read, and there is something to know from it."""
        return self.offsets is not None and not self._is_behind and not self.lag_events

    @property
    def is_quiet(self) -> bool:
        """Whether it is enough to look when there is a notice, or every ``QUIET_LOOK_EVERY_S`` seconds."""
        is_idle = time.monotonic() - self._news_at > QUIET_AFTER_S
        return self.offsets is not None and is_idle and not self.lag_events

    @property
    def pause_s(self) -> float:
        """How long to wait before the next look, seconds; nothing where the last one left events unread."""
        return max(0.0, self._next_at - time.monotonic())

    def look(self) -> None:
        """Apply what is new.

        Raises:
            UnavailableError: the log cannot be reached; what is known stays, and grows old.
        """
        began = time.monotonic()
        if began < self._rest_until:
            return
        try:
            self._apply_news()
        except UnavailableError:
            self._rest_until = time.monotonic() + RARE_LOOK_EVERY_S
            raise
        finally:
            self._make_index()
            self._next_at = max(self._rest_until, began + (0.0 if self.lag_events else LOOK_EVERY_S))

    def _apply_news(self) -> None:
        ends_at = time.monotonic() + _LONGEST_LOOK_S
        if self.offsets is None:
            self.offsets = self._first_offsets()
        while self.offsets is not None and time.monotonic() < ends_at:
            batch = self._log.read(DRIVERS, self.offsets, most=_READ_AT_ONCE)
            self.looked_at = time.monotonic()
            if any(batch.following[part] < offset for part, offset in self.offsets.items()):
                self.offsets = (
                    None  # the log was set back: what it holds now is read from its last minutes on
                )
                break
            if len(batch):
                self._apply(batch)
            if len(batch) < _READ_AT_ONCE:  # no partition has more
                self._is_behind, self.lag_events = False, 0
                return
        if self.offsets is not None:
            self._look_ahead(self.offsets)

    def _look_ahead(self, offsets: Offsets) -> None:
        """See how much of the log is left, and whether there is still some of what was there at the beginning."""
        self.lag_events = _between(offsets, self._log.ends(DRIVERS))
        self._is_behind = self._is_behind and _between(offsets, self._begin_ends) > 0

    def _apply(self, batch: EventBatch) -> None:
        updates = self._decode(batch)
        if len(updates) < len(batch) and self._set_aside is not None:
            self.counters.dead += self._set_aside(batch)
        with self._lock:
            applied = self._table.apply(updates)
            self.offsets = batch.following
        self._has_news, self._news_at = True, time.monotonic()
        self.appended_us = max(self.appended_us, *batch.appended_us)
        self.counters.read += len(batch)
        self.counters.applied += applied
        self.counters.unreadable += len(batch) - len(updates)
        self.counters.ignored = self._table.ignored

    def _first_offsets(self) -> Offsets | None:
        """The place in the log to begin at; None while there is nothing to read."""
        self._begin_ends = self._log.ends(DRIVERS)
        self.looked_at = time.monotonic()
        self._is_behind = bool(self._begin_ends)
        self.is_catching_up = self._is_behind and self.index is NO_DRIVERS
        if not self._begin_ends:
            self._rest_until = time.monotonic() + RARE_LOOK_EVERY_S
            return None
        since = self._log.since(DRIVERS, self._clock.now() - timedelta(microseconds=2 * self._fresh_us))
        return since if self._load_copy is None else self._from_copy(self._load_copy, since)

    def _from_copy(self, load_copy: Callable[[], DriverCopy | None], since: Offsets) -> Offsets:
        """Take the copy over, once; where to read on.

        A copy that reaches beyond the log is of another one: that of before it was restored.
        """
        self._load_copy = None
        copy = load_copy()
        if copy is None or any(self._begin_ends.get(part, 0) < at for part, at in copy.offsets.items()):
            return since
        with self._lock:
            self._table.apply(copy.updates)
        self.appended_us = copy.appended_us
        self._has_news = True
        return {part: max(at, copy.offsets.get(part, 0)) for part, at in since.items()}

    def _make_index(self) -> None:
        if self._is_behind:
            return
        now_us = self.now_us()
        every_s = INDEX_EVERY_S if self._has_news else OLDEST_INDEX_S
        is_due = not self.index.built_us <= now_us < self.index.built_us + every_s * 1e6
        if is_due and (self._has_news or len(self._table)):
            with self._lock:
                self._forget(now_us)
                self.index = index_of(self._table, now_us=now_us, not_before_us=now_us - self._fresh_us)
            self._has_news = False
        self.is_catching_up = False

    def _forget(self, now_us: int) -> None:
        now = time.monotonic()
        if now - self._forgot_at >= _FORGET_EVERY_S:
            self._forgot_at = now
            self._table.forget(now_us - int(FORGET_AFTER_S * 1e6))


def _between(offsets: Offsets, ends: Offsets) -> int:
    """How many events there are from some offsets up to others."""
    return sum(max(0, end - offsets.get(part, 0)) for part, end in ends.items())
