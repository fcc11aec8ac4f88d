"""Features of the past, from the lake: as they could be known at an instant, and in no other way.

When something happened is not asked here, because what the log got later was not known then, however early it
happened. There is no argument by which it could come in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, groupby
from typing import Protocol

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.event_log import EventBatch, EventTopic
from drivetrain.core.progress import Progress
from drivetrain.dispatch.events.domain.events import DRIVERS, REQUESTS
from drivetrain.dispatch.features.application.follow_steps import LOOK_BACK
from drivetrain.dispatch.features.application.keep_lake import rows_of
from drivetrain.dispatch.features.application.ports import DecodeSteps, Lake, LakeObject
from drivetrain.dispatch.features.domain.steps import IntArray
from drivetrain.dispatch.features.domain.views import (
    DRIVER_STATUS,
    MINUTE_US,
    SEVEN_DAYS,
    STATS_LAYOUT,
    STATUS_LAYOUT,
    UNKNOWN_STATUS,
    RecordLayout,
    Records,
)
from drivetrain.dispatch.features.domain.windows import DriverWindows, windows_of
from drivetrain.dispatch.state.application.follow_drivers import FORGET_AFTER_S
from drivetrain.dispatch.state.application.ports import Decode
from drivetrain.dispatch.state.domain.drivers import DriverTable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORGET_US = int(FORGET_AFTER_S * 1e6)


class View(Protocol):
    """The features of one view while the lake is read."""

    def apply(self, events: EventBatch) -> None:
        """Take over what the log got next."""
        ...

    def records(self, driver_ids: Sequence[str], as_of_us: int) -> Records:
        """The features of drivers at an instant, not before the newest event."""
        ...

    def driver_ids(self, as_of_us: int) -> Sequence[str]:
        """The drivers of whom anything is known at an instant, not before the newest event."""
        ...


@dataclass(frozen=True, slots=True)
class Everybody:
    """The features of all drivers of whom anything was known at an instant; records of the layout of a view."""

    as_of_us: int
    driver_ids: Sequence[str]
    records: Records


class StatsView:
    """The windows of drivers, by the code that workers count them with."""

    def __init__(self, decode: DecodeSteps) -> None:
        self._decode = decode
        self._windows = DriverWindows()

    def apply(self, events: EventBatch) -> None:
        """Count what the log got next."""
        self._windows.apply(self._decode(events).steps)

    def records(self, driver_ids: Sequence[str], as_of_us: int) -> Records:
        """Records of ``STATS_LAYOUT``."""
        return windows_of(self._windows, driver_ids, as_of_us)

    def driver_ids(self, as_of_us: int) -> Sequence[str]:
        """Those who had an offer or a trip in a window."""
        self._windows.forget(as_of_us)
        return list(self._windows.driver_ids)


class StatusView:
    """What drivers said of themselves, by the table that workers keep."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._table = DriverTable()

    def apply(self, events: EventBatch) -> None:
        """Take over the updates that the log got next, minute by minute: so often a worker forgets who was silent."""
        minutes = [appended // MINUTE_US for appended in events.appended_us]
        for minute, rows in groupby(range(len(events)), key=minutes.__getitem__):
            self._table.forget(minute * MINUTE_US - _FORGET_US)
            self._table.apply(self._decode(rows_of(events, list(rows), {})))

    def records(self, driver_ids: Sequence[str], as_of_us: int) -> Records:
        """Records of ``STATUS_LAYOUT``."""
        self._table.forget(as_of_us - _FORGET_US)
        columns = self._table.columns
        is_known = columns.at_us >= as_of_us - DRIVER_STATUS.ttl_us
        statuses = np.where(is_known, columns.statuses, UNKNOWN_STATUS).tolist()
        by_driver = dict(zip(self._table.driver_ids, statuses, strict=True))
        records = STATUS_LAYOUT.empty(len(driver_ids))
        records["status"] = [by_driver.get(driver, UNKNOWN_STATUS) for driver in driver_ids]
        return records

    def driver_ids(self, as_of_us: int) -> Sequence[str]:
        """Those who were heard of in the last quarter of an hour."""
        self._table.forget(as_of_us - _FORGET_US)
        return list(self._table.driver_ids)


@dataclass(frozen=True, slots=True)
class ReadAsKnown:
    """Reads one view of drivers over the lake.

    Attributes:
        begins_us: of an instant, from where on the lake must hold what is needed for it.
        look_back: from where on it is read, before that instant; farther than it must hold, where more does no harm.
    """

    lake: Lake
    topic: EventTopic
    layout: RecordLayout
    open_view: Callable[[], View]
    begins_us: Callable[[int], int]
    look_back: timedelta

    def __call__(self, driver_ids: Sequence[str], known_us: IntArray, progress: Progress) -> Records:
        """The features of drivers as of instants, records of ``layout``, shape (n,).

        Args:
            driver_ids: may repeat, shape (n,).
            known_us: one for each, microseconds since 1970. What the log got later counts nothing. The lake has to
                reach beyond them: write it before.

        Raises:
            InvalidInputError: ``dispatch.lake_too_short``; a part of the lake that is needed was removed.
            UnavailableError: the lake cannot be read.
        """
        records = self.layout.empty(len(driver_ids))
        if not len(driver_ids):
            return records
        order = np.argsort(known_us, kind="stable")
        instants, firsts = np.unique(known_us[order], return_index=True)
        views = self._views(instants.tolist(), set(driver_ids))
        with progress.stage("features", total=len(driver_ids), unit="rows") as stage:
            for rows, (as_of_us, view) in zip(np.split(order, firsts[1:]), views, strict=True):
                records[rows] = view.records([driver_ids[row] for row in rows.tolist()], as_of_us)
                stage.advance(len(rows))
        return records

    def everybody(self, known_us: Sequence[int], progress: Progress) -> Iterator[Everybody]:
        """The features of all drivers of whom anything was known, at instants that rise.

        Raises:
            InvalidInputError: ``dispatch.lake_too_short``.
            UnavailableError: the lake cannot be read.
        """
        with progress.stage("features", total=len(known_us), unit="instants") as stage:
            for as_of_us, view in self._views(known_us, None):
                driver_ids = view.driver_ids(as_of_us)
                yield Everybody(as_of_us, driver_ids, view.records(driver_ids, as_of_us))
                stage.advance(1)

    def _views(self, instants: Sequence[int], drivers: set[str] | None) -> Iterator[tuple[int, View]]:
        """The view as it was at each of some instants, which rise; None for all drivers."""
        if not instants:
            return
        view, left = self.open_view(), deque(instants)
        for events in self._events(self._places(instants[0], instants[-1]), drivers):
            done = 0
            while left and left[0] < events.appended_us[-1]:  # more of the same instant may follow
                end = bisect_right(events.appended_us, left[0])
                view.apply(rows_of(events, range(done, end), {}))
                done = end
                yield left.popleft(), view
            view.apply(rows_of(events, range(done, len(events)), {}))
        for as_of_us in left:
            yield as_of_us, view

    def _places(self, first_us: int, last_us: int) -> Sequence[LakeObject]:
        """The objects that are needed.

        Raises:
            InvalidInputError: ``dispatch.lake_too_short``.
        """
        since, last, begins = (
            _instant(first_us) - self.look_back,
            _instant(last_us),
            _instant(self.begins_us(first_us)),
        )
        everything = self.lake.objects(self.topic)
        for partition in sorted({place.partition for place in everything}):
            oldest = next(place for place in everything if place.partition == partition)
            if oldest.first > 0 and oldest.hour > begins:
                raise InvalidInputError(
                    f"The lake begins at {oldest.hour.isoformat()}; what is asked for needs it from "
                    f"{begins.isoformat()} on.",
                    code="dispatch.lake_too_short",
                )
        return [place for place in everything if since - timedelta(hours=1) < place.hour <= last]

    def _events(self, places: Sequence[LakeObject], drivers: set[str] | None) -> Iterator[EventBatch]:
        """The events in the order in which the log got them, no empty batches.

        Of each partition one object is in memory: as far as all of them reach, nothing can come in between any more.
        """
        waiting: dict[int, deque[LakeObject]] = {}
        for place in sorted(places, key=lambda place: place.first):
            waiting.setdefault(place.partition, deque()).append(place)
        opened: dict[int, EventBatch] = {}
        while True:
            for partition, objects in waiting.items():
                while partition not in opened and objects:
                    events = self._of_drivers(self.lake.read(objects.popleft()), drivers)
                    if len(events):
                        opened[partition] = events
            if not opened:
                return
            until_us = min(events.appended_us[-1] for events in opened.values())
            cuts = {
                partition: bisect_right(events.appended_us, until_us) for partition, events in opened.items()
            }
            yield _in_order([rows_of(opened[partition], range(cut), {}) for partition, cut in cuts.items()])
            opened = {
                partition: rows_of(events, range(cuts[partition], len(events)), {})
                for partition, events in opened.items()
                if cuts[partition] < len(events)
            }

    def _of_drivers(self, events: EventBatch, drivers: set[str] | None) -> EventBatch:
        """Those of some drivers, where the log has events by driver, all of them where it does not; by rising instants.

        The clock of a log may have been set back. What it then got counts as known when what stands before it was.
        """
        rows: Sequence[int] = range(len(events))
        if self.topic == DRIVERS and drivers is not None:
            rows = [row for row, key in enumerate(events.keys) if key in drivers]
        chosen = rows_of(events, rows, {})
        return replace(chosen, appended_us=list(accumulate(chosen.appended_us, max)))


def stats_as_known(lake: Lake, decode: DecodeSteps) -> ReadAsKnown:
    """Reads ``driver_stats``."""

    def begins_us(as_of_us: int) -> int:
        return SEVEN_DAYS.first_tile(as_of_us) * SEVEN_DAYS.tile_us

    return ReadAsKnown(lake, REQUESTS, STATS_LAYOUT, lambda: StatsView(decode), begins_us, LOOK_BACK)


def status_as_known(lake: Lake, decode: Decode) -> ReadAsKnown:
    """Reads ``driver_status``; the lake has positions with the setting ``all`` alone."""
    look_back = timedelta(seconds=FORGET_AFTER_S)

    def begins_us(as_of_us: int) -> int:
        return as_of_us - DRIVER_STATUS.ttl_us

    return ReadAsKnown(lake, DRIVERS, STATUS_LAYOUT, lambda: StatusView(decode), begins_us, look_back)


def _in_order(parts: Sequence[EventBatch]) -> EventBatch:
    """The events of some partitions by the instants at which the log got them."""
    events = EventBatch(
        [partition for part in parts for partition in part.partitions],
        [offset for part in parts for offset in part.offsets],
        [key for part in parts for key in part.keys],
        [body for part in parts for body in part.bodies],
        [at for part in parts for at in part.appended_us],
        {},
    )
    order = np.argsort(np.array(events.appended_us, dtype=np.int64), kind="stable")
    return rows_of(events, order.tolist(), {})


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
