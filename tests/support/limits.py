"""Counting hits in memory, for tests."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from drivetrain.core.limits import RateRule


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
            hits = self._hits.setdefault((rule.name, subject), deque(maxlen=rule.hits))
            if len(hits) == rule.hits and now - hits[0] < rule.window_s:
                return max(1, math.ceil(hits[0] + rule.window_s - now))
            hits.append(now)
            return None
