"""A shared copy in Redis."""

from __future__ import annotations

from typing import cast

from redis import Redis

from drivetrain.adapters.redis.client import translating

PREFIX = "drivetrain:copy:"


class RedisSharedCopy:
    """The port ``SharedCopy`` on a key, and another one that says who writes it.

    Args:
        name: of what is copied.
    """

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._key = PREFIX + name
        self._claim = f"{self._key}:claimed"

    def claim(self, for_s: float) -> bool:
        """Whether the caller may write."""
        with translating():
            return bool(self._redis.set(self._claim, b"", nx=True, px=int(for_s * 1_000)))

    def touch(self, ttl_s: float) -> bool:
        """Keep what is there for longer."""
        with translating():
            return bool(self._redis.expire(self._key, int(ttl_s)))

    def keep(self, data: bytes, ttl_s: float) -> None:
        """Replace it."""
        with translating():
            self._redis.set(self._key, data, ex=int(ttl_s))

    def load(self) -> bytes | None:
        """What was kept last."""
        with translating():
            return cast("bytes | None", self._redis.get(self._key))
