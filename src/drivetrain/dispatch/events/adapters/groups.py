"""Events are written in groups: while one is on its way to the database, the next one fills."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Protocol

from starlette.concurrency import run_in_threadpool

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventNotifier
from drivetrain.core.groups import GroupedWrites
from drivetrain.dispatch.events.application.ports import Arrivals, RequestsById

GROUP_EVENTS = 5_000
"""A group is closed once it has so many: some 10 ms of the database's time."""

MOST_WAITING = 100_000
"""Events that may wait in one process."""


class EventStore(Protocol):
    """Makes a group durable. Blocking."""

    def write(self, group: Sequence[Arrivals]) -> RequestsById:
        """All or none; the request that stands under each id of the group.

        Raises:
            UnavailableError: nothing was written.
        """
        ...


class GroupedEvents:
    """The port ``EventKeeper``. One per process, used on one event loop.

    Args:
        notifier: wakes those who follow drivers. Notices are rationed, so requests have others.
        request_notifier: wakes those who wait for requests; None where nobody does.
    """

    def __init__(
        self, store: EventStore, notifier: EventNotifier, request_notifier: EventNotifier | None = None
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._request_notifier = request_notifier
        self._groups = GroupedWrites("events of dispatch", _members, self._write)

    async def keep(self, arrivals: Arrivals) -> RequestsById:
        """Return once they are durable."""
        if sum(map(len, self._groups.waiting)) + len(arrivals) > MOST_WAITING:
            raise UnavailableError("Too many events wait to be written.", code="dispatch.events_full")
        return await self._groups.result(arrivals)

    async def _write(self, group: Sequence[Arrivals]) -> Sequence[RequestsById]:
        standing = await run_in_threadpool(self._written, group)
        return [standing] * len(group)

    def _written(self, group: Sequence[Arrivals]) -> RequestsById:
        standing = self._store.write(group)
        if any(arrivals.updates for arrivals in group):
            self._notifier.notify()  # one group at a time is written, so there is one sender a process
        if self._request_notifier is not None and any(arrivals.requests for arrivals in group):
            self._request_notifier.notify()
        return standing


def _members(waiting: Sequence[Arrivals]) -> Sequence[int]:
    """The first ones, up to the size of a group; one that is larger goes alone."""
    ends = accumulate(map(len, waiting))
    return range(max(1, sum(1 for _ in takewhile(lambda end: end <= GROUP_EVENTS, ends))))
