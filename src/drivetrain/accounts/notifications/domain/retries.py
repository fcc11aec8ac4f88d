"""When a delivery that failed is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from the first to the longest.

    Attributes:
        first: wait after the first failure.
        longest: no wait is longer.
        give_up_after: how long failures may go on.
    """

    first: timedelta
    longest: timedelta
    give_up_after: timedelta

    def wait(self, failures: int, jitter: float) -> timedelta:
        """How long to wait after so many failures in a row.

        Args:
            failures: >= 1.
            jitter: in [0, 1); up to a tenth is added, so that those who failed together do not come back together.
        """
        doublings = min(failures - 1, 30)  # beyond that every wait is the longest, and numbers overflow
        return min(self.first * (1 << doublings), self.longest) * (1 + jitter / 10)

    def is_over(self, failing_since: datetime, now: datetime) -> bool:
        """True once failures have gone on for too long."""
        return now - failing_since >= self.give_up_after


MAIL = Backoff(timedelta(seconds=5), timedelta(minutes=30), timedelta(days=2))
"""A mail server that greylists accepts after minutes; one that was moved is mended within a weekend's days."""

WEBHOOK = Backoff(timedelta(seconds=2), timedelta(minutes=15), timedelta(days=3))
"""A receiver that comes back is served within a quarter of an hour, however long it was away."""
