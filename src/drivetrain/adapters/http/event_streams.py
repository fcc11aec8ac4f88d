"""The open event streams of one worker, and the one reader of the log that serves all of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import orjson
import structlog

from drivetrain.core.access import Caller
from drivetrain.core.changes import ChangeLog, ChangePage, Position, Topic
from drivetrain.core.errors import DrivetrainError, TooManyRequestsError, UnavailableError
from drivetrain.lifecycle.kit.processes import StopSignal

LOOK_INTERVAL_S = 0.5
"""How often a worker with open streams reads the log: one query for all of them."""

WAKE_INTERVAL_S = 0.25
"""How soon a stream ends when the worker is asked to stop, or its caller has lost a right."""

SILENCE_S = 15.0
"""A stream without news says so as often, or proxies would take it for dead."""

READERS = 2
"""Threads of a worker that read the log: one for all streams, and one for those that come back."""

MOST_PER_CALLER = 8
MOST_IN_ALL = 500
_RETRY_MS = 2_000

_log = structlog.get_logger("drivetrain.events")

IsAllowed = Callable[[], Awaitable[object]]
"""Raises when the caller of a stream may not read it any more."""


@dataclass(eq=False)
class _Stream:
    """What one stream has yet to send: topics, however often each of them changed meanwhile."""

    caller: Caller
    topics: Collection[Topic]
    position: Position
    pending: set[str] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, page: ChangePage) -> None:
        self.position = page.position
        if page.is_complete:
            self.pending |= {
                topic.name
                for topic in self.topics
                if any(topic.concerns(self.caller, change) for change in page.changes)
            }
        else:
            self.pending |= {topic.name for topic in self.topics}
        if self.pending:
            self.news.set()

    def next_event(self) -> bytes:
        topics, self.pending = sorted(self.pending), set()
        self.news.clear()
        return _event(self.position, topics)


@dataclass
class EventStreams:
    """The open streams of one worker. All of it runs on one event loop.

    Attributes:
        ending: set when the worker is asked to stop.
    """

    log: ChangeLog
    ending: StopSignal
    _streams: set[_Stream] = field(default_factory=set)
    _open: Counter[str] = field(default_factory=Counter)
    _end: Position | None = None
    _following: asyncio.Task[None] | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(READERS, "events"))
    _trouble: type[Exception] | None = None

    def admit(self, caller: Caller) -> None:
        """Give a stream its place, until ``release``.

        Raises:
            TooManyRequestsError: the caller, or the worker, has as many as it may.
        """
        if self._open[caller.subject] >= MOST_PER_CALLER:
            raise TooManyRequestsError(
                f"A caller may keep {MOST_PER_CALLER} streams open; close one.", retry_after_s=30
            )
        if self._open.total() >= MOST_IN_ALL:
            raise TooManyRequestsError(
                f"The worker keeps {MOST_IN_ALL} streams open, as many as it may; come again later.",
                retry_after_s=30,
            )
        self._open[caller.subject] += 1

    def release(self, caller: Caller) -> None:
        """Take the place of a stream back."""
        self._open[caller.subject] -= 1
        if not self._open[caller.subject]:
            del self._open[caller.subject]

    async def events(
        self, caller: Caller, topics: Collection[Topic], last: Position | None, is_allowed: IsAllowed
    ) -> AsyncIterator[bytes]:
        """The stream of one caller: what has changed since a position, then whatever changes.

        Args:
            last: of the last event that the caller has; None for a new stream, which begins now.
        """
        try:
            stream = await self._begin(caller, topics)
        except UnavailableError:
            return  # the browser comes again
        try:
            yield b"retry: %d\n" % _RETRY_MS + _event(last or stream.position, [])
            if last is not None:
                stream.take(await self._read(last))
            async for event in self._follow(stream, is_allowed):
                yield event
        except UnavailableError:
            return  # and has missed nothing
        finally:
            self._streams.discard(stream)

    async def _follow(self, stream: _Stream, is_allowed: IsAllowed) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        sent_at = loop.time()
        while await self._goes_on(is_allowed):
            if stream.pending:
                sent_at = loop.time()
                yield stream.next_event()
            elif loop.time() - sent_at >= SILENCE_S:
                sent_at = loop.time()
                yield _event(stream.position, [])
            with suppress(TimeoutError):
                async with asyncio.timeout(WAKE_INTERVAL_S):
                    await stream.news.wait()

    async def _goes_on(self, is_allowed: IsAllowed) -> bool:
        if self.ending.is_set():
            return False
        try:
            await is_allowed()
        except DrivetrainError:
            return False
        return True

    async def _begin(self, caller: Caller, topics: Collection[Topic]) -> _Stream:
        """A stream that gets what is committed from now on."""
        async with self._starting:
            if self._end is None:
                self._end = (await self._read(None)).position
            stream = _Stream(caller, topics, self._end)
            self._streams.add(stream)
            if self._following is None or self._following.done():
                self._following = asyncio.create_task(self._look())
        return stream

    async def _look(self) -> None:
        while self._streams and not self.ending.is_set():
            await self._look_once()
            await asyncio.sleep(LOOK_INTERVAL_S)
        self._end = None

    async def _look_once(self) -> None:
        """Tell the streams what is new. After an error they stay open, and the next look goes on from the same position."""
        trouble: Exception | None = None
        try:
            page = await self._read(self._end)
            for stream in self._streams:
                stream.take(page)
            self._end = page.position
        except Exception as error:  # noqa: BLE001 - the edge of a job: the next look may go well
            trouble = error
        self._log_transition(trouble)

    def _log_transition(self, trouble: Exception | None) -> None:
        """One line when changes cannot be read any more, and not one for each look."""
        former, self._trouble = self._trouble, None if trouble is None else type(trouble)
        if self._trouble is former:
            return
        if trouble is None:
            _log.info("changes are read again")
        elif isinstance(trouble, UnavailableError):
            _log.warning("changes cannot be read", why=trouble.detail)
        else:
            _log.error("changes cannot be read", exc_info=trouble)

    async def _read(self, since: Position | None) -> ChangePage:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.log.read, since)


def _event(position: Position, topics: Sequence[str]) -> bytes:
    """One event; without topics, nothing has changed up to the position, which whoever comes back goes on from."""
    return b"id: %s\nevent: change\ndata: %s\n\n" % (
        str(position).encode("ascii"),
        orjson.dumps({"topics": topics}),
    )
