"""Limits how many slow queries run at once, so that nobody can take all connections of the database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
