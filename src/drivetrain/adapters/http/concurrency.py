"""Limits how many slow queries run and how many tables are answered at once, so that nobody can take everything."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from drivetrain.adapters.http.arrival import cut_short
from drivetrain.core.errors import TooManyRequestsError


class ConcurrencyLimit:
    """Admits a fixed number of threads at a time; the others wait a little and are then refused.

    Args:
        most: threads that one worker admits at a time.
        patience_s: longest wait for admission, seconds.
    """

    def __init__(self, most: int, *, patience_s: float) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._patience_s = patience_s

    @contextmanager
    def acquire(self, refusal: str) -> Iterator[None]:
        """Be admitted for as long as the block runs.

        Args:
            refusal: the sentence for whoever is not admitted.

        Raises:
            TooManyRequestsError: nobody left in time.
        """
        if not self._free.acquire(timeout=self._patience_s):
            raise TooManyRequestsError(refusal, retry_after_s=5)
        try:
            yield
        finally:
            self._free.release()


class WaitingLine:
    """Admits a fixed number of requests at a time; others wait in order, within bounds, and are then refused.

    Args:
        most: requests that one worker admits at a time.
        most_present: requests that may be present at a time: arriving, waiting and admitted.
        patience_s: longest wait for admission, seconds.
    """

    def __init__(self, most: int, *, most_present: int, patience_s: float) -> None:
        self._places = asyncio.Semaphore(most)
        self._most_present = most_present
        self._patience_s = patience_s
        self.present = 0

    @contextmanager
    def enter(self, refusal: str) -> Iterator[None]:
        """Be present for as long as the block runs; takes no place yet.

        Args:
            refusal: the sentence for whoever is not let in.

        Raises:
            TooManyRequestsError: too many are present.
        """
        if self.present >= self._most_present:
            raise TooManyRequestsError(refusal, retry_after_s=5)
        self.present += 1
        try:
            yield
        finally:
            self.present -= 1

    @asynccontextmanager
    async def place(self, refusal: str, gone: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Be admitted for as long as the block runs.

        Args:
            gone: returns once nobody waits for the answer any more; is cancelled when a place is free before.

        Raises:
            TooManyRequestsError: nobody left in time.
            UnreadableInputError: the client left first; its turn is the next one's.
        """
        if self._places.locked():
            await self._wait(refusal, gone)
        else:
            await self._places.acquire()  # at once
        try:
            yield
        finally:
            self._places.release()

    async def _wait(self, refusal: str, gone: Callable[[], Awaitable[None]]) -> None:
        """Take a place when it is this one's turn."""
        has_left = False

        async def end_wait() -> None:
            nonlocal has_left
            await gone()
            has_left = True
            timer.reschedule(asyncio.get_running_loop().time())

        try:
            async with asyncio.timeout(self._patience_s) as timer:
                departure = asyncio.create_task(end_wait())
                try:
                    await self._places.acquire()
                finally:
                    departure.cancel()
        except TimeoutError:
            raise cut_short() if has_left else TooManyRequestsError(refusal, retry_after_s=5) from None
