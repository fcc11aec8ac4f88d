"""Events are written in groups: while one is on its way to the database, the next one fills.

Nothing runs while nothing comes: the first event that finds no writer starts one, which ends with the last.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.concurrency import run_in_threadpool

from drivetrain.core.errors import DrivetrainError, UnavailableError
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


@dataclass(frozen=True, slots=True)
class _Entry:
    arrivals: Arrivals
    kept: asyncio.Future[RequestsById]


class GroupedEvents:
    """The port ``EventKeeper``. One per process, used on one event loop."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: deque[_Entry] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, arrivals: Arrivals) -> RequestsById:
        """Return once they are durable."""
        if sum(len(entry.arrivals) for entry in self._waiting) + len(arrivals) > MOST_WAITING:
            raise UnavailableError("Too many events wait to be written.", code="dispatch.events_full")
        entry = _Entry(arrivals, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write(), name="events of dispatch")
        return await entry.kept

    async def _write(self) -> None:
        while self._waiting:
            group = self._next_group()
            try:
                standing = await run_in_threadpool(self._store.write, [entry.arrivals for entry in group])
            except DrivetrainError as error:
                _fail(group, error)
            except BaseException as error:
                _fail([*group, *self._waiting], error)  # nobody must wait for ever, whatever it was
                self._waiting.clear()
                raise
            else:
                for entry in group:
                    if not entry.kept.done():
                        entry.kept.set_result(standing)

    def _next_group(self) -> list[_Entry]:
        group, events = [self._waiting.popleft()], 0
        events += len(group[0].arrivals)
        while self._waiting and events + len(self._waiting[0].arrivals) <= GROUP_EVENTS:
            group.append(self._waiting.popleft())
            events += len(group[-1].arrivals)
        return group


def _fail(group: Sequence[_Entry], error: BaseException) -> None:
    for entry in group:
        if not entry.kept.done():
            entry.kept.set_exception(error)
