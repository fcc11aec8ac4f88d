"""Waiting for a bounded time, with one timer for many waits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class _Wait:
    """One wait.

    Attributes:
        task: that waits; None once it has ended.
        until_s: on the clock of the loop.
        cancelling: requests to cancel the task that there were before.
        is_over: its time was up, and the task has been cancelled for that.
    """

    __slots__ = ("cancelling", "is_over", "task", "until_s")

    def __init__(self, task: asyncio.Task[object], until_s: float) -> None:
        self.task: asyncio.Task[object] | None = task
        self.until_s = until_s
        self.cancelling = task.cancelling()
        self.is_over = False


class Patience:
    """Bounds each of many waits by the same time, on one event loop.

    As ``asyncio.timeout`` does it, but for the timer: waits of one length end in the order in which they begin, so a
    single timer serves all of them, and a wait that ends in time, as nearly all do, sets none.

    Args:
        seconds: longest wait.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waits: deque[_Wait] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    async def bound(self, work: Awaitable[T]) -> T:
        """What the work gives.

        Raises:
            TimeoutError: it took too long, and was cancelled.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can wait")
        wait = _Wait(task, loop.time() + self._seconds)
        self._waits.append(wait)
        if self._alarm is None:
            self._alarm = loop.call_at(wait.until_s, self._end_waits)
        try:
            result = await work
        except BaseException as error:
            wait.task = None
            is_alone = wait.is_over and task.uncancel() <= wait.cancelling
            if is_alone and isinstance(error, asyncio.CancelledError):
                raise TimeoutError from error
            raise
        wait.task = None
        if wait.is_over:
            task.uncancel()
        return result

    def _end_waits(self) -> None:
        """Cancel those whose time is up, and come again when it is up for the next one."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        waits = self._waits
        while waits and (waits[0].task is None or waits[0].until_s <= now_s):
            wait = waits.popleft()
            if wait.task is not None:
                wait.is_over = True
                wait.task.cancel()
        self._alarm = loop.call_at(waits[0].until_s, self._end_waits) if waits else None
