"""Notifications as they appear, for browsers that keep a request open (server-sent events)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import structlog

from drivetrain.accounts.notifications.adapters.answers import notification_answer
from drivetrain.accounts.notifications.adapters.reading import PostgresNotifications, ShownNotification
from drivetrain.core.errors import DrivetrainError, TooManyRequestsError, UnavailableError
from drivetrain.lifecycle.kit.processes import StopSignal

LOOK_INTERVAL_S = 0.5
"""How often a worker with open streams looks for news: one query for all of them."""

WAKE_INTERVAL_S = 0.25
"""How soon a stream ends when the worker is asked to stop, or its session has ended."""

SILENCE_S = 15.0
"""A stream without news says so as often, or proxies would take it for dead."""

MOST_PER_PERSON = 8
MOST_IN_ALL = 500
_MOST_AT_A_TIME = 100
_RETRY_MS = 2_000

_log = structlog.get_logger("drivetrain.notifications")

IsAllowed = Callable[[], Awaitable[object]]
"""Raises when the caller of a stream may not read it any more."""


@dataclass
class Streams:
    """The open streams of one worker, and the one task that looks for news while there are any.

    All of it runs on one event loop.

    Attributes:
        ending: set when the worker is asked to stop.
    """

    reader: PostgresNotifications
    ending: StopSignal
    _positions: dict[UUID, int] = field(default_factory=dict)
    _open: Counter[UUID] = field(default_factory=Counter)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _looking: asyncio.Task[None] | None = None

    def admit(self, person: UUID) -> None:
        """Refuse one stream too many.

        Raises:
            TooManyRequestsError: the person, or the worker, has as many as it may.
        """
        if self._open[person] >= MOST_PER_PERSON or self._open.total() >= MOST_IN_ALL:
            raise TooManyRequestsError(
                f"A person may keep {MOST_PER_PERSON} streams open; close one.", retry_after_s=30
            )

    async def events(
        self, person: UUID, topics: Collection[str], last: int | None, is_allowed: IsAllowed
    ) -> AsyncIterator[bytes]:
        """The stream of one person: what appeared after a position, then whatever appears.

        Args:
            last: position of the last event that the browser has; None for a new stream, which begins with what
                appears from now on.
        """
        self._enter(person)
        try:
            position = await self._position(person) if last is None else last
            yield f"retry: {_RETRY_MS}\nid: {position}\n\n".encode()
            while await self._goes_on(is_allowed):
                looked_at = self._positions.get(person, position)
                shown = await asyncio.to_thread(self.reader.after, person, position, topics, _MOST_AT_A_TIME)
                for notification in shown:
                    position = notification.position
                    yield _event(notification)
                if len(shown) == _MOST_AT_A_TIME:
                    continue
                position = max(position, looked_at)  # what is of other topics need not be looked at again
                if not await self._has_news(person, position, is_allowed):
                    yield b": \n\n"
        except UnavailableError:
            return  # the browser comes again, and has missed nothing
        finally:
            self._leave(person)

    async def _has_news(self, person: UUID, position: int, is_allowed: IsAllowed) -> bool:
        """Wait until something has appeared after a position; False after a while without, or when the stream ends."""
        loop = asyncio.get_running_loop()
        silent_until = loop.time() + SILENCE_S
        while loop.time() < silent_until and await self._goes_on(is_allowed):
            if self._positions.get(person, 0) > position:
                return True
            async with self._news:
                with suppress(TimeoutError):
                    async with asyncio.timeout(WAKE_INTERVAL_S):
                        await self._news.wait()
        return False

    async def _goes_on(self, is_allowed: IsAllowed) -> bool:
        if self.ending.is_set():
            return False
        try:
            await is_allowed()
        except DrivetrainError:
            return False
        return True

    async def _position(self, person: UUID) -> int:
        return (await asyncio.to_thread(self.reader.last_positions, [person])).get(person, 0)

    def _enter(self, person: UUID) -> None:
        self._open[person] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    def _leave(self, person: UUID) -> None:
        self._open[person] -= 1
        if not self._open[person]:
            del self._open[person]
            self._positions.pop(person, None)

    async def _look(self) -> None:
        while self._open and not self.ending.is_set():
            try:
                positions = await asyncio.to_thread(self.reader.last_positions, list(self._open))
                self._positions = {person: positions.get(person, 0) for person in self._open}
            except UnavailableError as error:  # streams stay open; the next look may go well
                _log.warning("no look for notifications", why=error.detail)
            async with self._news:
                self._news.notify_all()
            await asyncio.sleep(LOOK_INTERVAL_S)


def _event(notification: ShownNotification) -> bytes:
    """One event; JSON has no line breaks, so that one line of data holds it."""
    data = orjson.dumps(notification_answer(notification))
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        notification.position,
        notification.topic.encode("ascii"),
        data,
    )
