"""Counting hits in Redis; while it is away in the memory of this process, those that guard passwords in the database."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Protocol

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from drivetrain.core.limits import RateRule

PREFIX = "drivetrain-limits"
AWAY_FOR_S = 2.0
"""After Redis did not answer, it is not asked for so long: nobody waits for it again and again."""

STRICTER = 2
"""A rule that guards passwords allows this part of its hits while Redis is away."""


class PasswordHits(Protocol):
    """Counts hits where they outlive Redis and are seen by all processes."""

    def hit(self, rule: str, subject: str, most: int, window_s: int) -> int | None:
        """Count one hit, unless there were ``most`` in the window; then seconds until its end.

        Raises:
            UnavailableError: it cannot be counted.
        """
        ...


class RedisFirstLimiter:
    """The port ``RateLimiter``."""

    def __init__(
        self,
        pool: Any | None,
        password_hits: PasswordHits,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Count from now on.

        Args:
            pool: connections of the Redis client; None where there is no Redis.
            monotonic_s: the clock, seconds.
        """
        self._redis = (
            None
            if pool is None
            else SlidingWindowCounterRateLimiter(
                RedisStorage("redis://", connection_pool=pool, key_prefix=PREFIX, wrap_exceptions=True)
            )
        )
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._password_hits = password_hits
        self._monotonic_s = monotonic_s
        self._away_until_s = float("-inf")

    def hit(self, rule: RateRule, subject: str) -> int | None:
        """Count one hit, unless the subject has had all that the rule allows; then seconds until one is allowed."""
        if self._redis is not None and self._monotonic_s() >= self._away_until_s:
            try:
                return _hit(self._redis, rule, subject)
            except StorageError:
                self._away_until_s = self._monotonic_s() + AWAY_FOR_S
        if rule.guards_password:
            most = max(1, rule.hits // STRICTER)
            return self._password_hits.hit(rule.name, subject, most, rule.window_s)
        return _hit(self._memory, rule, subject)


def _hit(limiter: SlidingWindowCounterRateLimiter, rule: RateRule, subject: str) -> int | None:
    item = RateLimitItemPerSecond(rule.hits, rule.window_s)
    if limiter.hit(item, rule.name, subject):
        return None
    reset_at_s = limiter.get_window_stats(item, rule.name, subject).reset_time
    return max(1, min(rule.window_s, math.ceil(reset_at_s - time.time())))
