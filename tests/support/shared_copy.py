"""A shared copy in memory, that passes the same suite as the real one."""

from __future__ import annotations

import time

from drivetrain.core.errors import UnavailableError


class MemorySharedCopy:
    """Keeps one value.

    Attributes:
        is_away: whether it cannot be reached.
        writes: how often it was replaced.
    """

    def __init__(self) -> None:
        self.is_away = False
        self.writes = 0
        self.flush()

    def flush(self) -> None:
        """Lose everything."""
        self._data: tuple[bytes, float] | None = None
        self.end_claim()

    def end_claim(self) -> None:
        """Let anybody write."""
        self._claimed_until = 0.0

    def claim(self, for_s: float) -> bool:
        if self._now() < self._claimed_until:
            return False
        self._claimed_until = self._now() + for_s
        return True

    def touch(self, ttl_s: float) -> bool:
        data = self.load()
        if data is not None:
            self._data = data, self._now() + ttl_s
        return data is not None

    def keep(self, data: bytes, ttl_s: float) -> None:
        self._data = data, self._now() + ttl_s
        self.writes += 1

    def load(self) -> bytes | None:
        now = self._now()
        return None if self._data is None or self._data[1] <= now else self._data[0]

    def _now(self) -> float:
        if self.is_away:
            raise UnavailableError("Redis cannot be reached (test).")
        return time.monotonic()
