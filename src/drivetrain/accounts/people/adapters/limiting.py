"""Counting attempts in the memory of one process, and not counting them at all."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from drivetrain.core.limits import RateRule

_MOST_SUBJECTS = 100_000


class MemoryRateLimiter:
    """The port ``RateLimiter`` for one process; a window slides exactly, because every hit is remembered."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._hits: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def hit(self, rule: RateRule, subject: str) -> int | None:
        """Count one hit, unless the window is full."""
        now = self._monotonic()
        with self._lock:
            if len(self._hits) > _MOST_SUBJECTS:
                self._forget(now)
            hits = self._hits.setdefault((rule.name, subject), deque(maxlen=rule.hits))
            if len(hits) == rule.hits and now - hits[0] < rule.window_s:
                return max(1, math.ceil(hits[0] + rule.window_s - now))
            hits.append(now)
            return None

    def _forget(self, now: float) -> None:
        """Drop the older half: whoever asks from many addresses must not fill the memory."""
        by_age = sorted(self._hits, key=lambda subject: self._hits[subject][-1])
        for subject in by_age[: len(by_age) // 2]:
            del self._hits[subject]


class NoRateLimiter:
    """The port ``RateLimiter`` where limits are switched off, for measuring."""

    def hit(self, rule: RateRule, subject: str) -> int | None:
        """Allow it."""
        return None
