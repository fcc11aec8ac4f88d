"""A few places for questions that keep the database busy for seconds, so that nobody can take all its connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from drivetrain.core.errors import TooManyRequestsError


class Places:
    """Lets so many in at a time, in threads; the others wait a little and are then told to come back.

    Args:
        most: questions that one worker has answered at a time.
        patience_s: how long one waits for a place, seconds.
    """

    def __init__(self, most: int, *, patience_s: float) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._patience_s = patience_s

    @contextmanager
    def taken(self, why_not: str) -> Iterator[None]:
        """Hold a place for as long as the block runs.

        Args:
            why_not: a sentence for whoever got none.

        Raises:
            TooManyRequestsError: none became free in time.
        """
        if not self._free.acquire(timeout=self._patience_s):
            raise TooManyRequestsError(why_not, retry_after_s=5)
        try:
            yield
        finally:
            self._free.release()
