"""Redis as a serving process sees it: its connections, and whether it answers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

from drivetrain.adapters.redis.client import open_pool, open_redis, ping
from drivetrain.adapters.redis.shared_copy import RedisSharedCopy
from drivetrain.adapters.redis.shares import RedisShares
from drivetrain.core.errors import UnavailableError
from drivetrain.core.health import Condition
from drivetrain.core.token_buckets import TokenBuckets
from drivetrain.settings import Settings

REDIS_INTERVAL_S = 2.0
QUOTA_INTERVAL_S = 1.0

SILENT_FOR_S = 5.0
"""How long it may not answer before that is shown: it is started again within a second."""


class RedisWatch:
    """Connections to Redis, if there is one, and its condition as last seen."""

    def __init__(self, url: str | None) -> None:
        self.pool = None if url is None else open_pool(url)
        self._client = None if self.pool is None else open_redis(self.pool)
        self._shares = None if self._client is None else RedisShares(self._client, _process())
        self._answered_at = time.monotonic()
        self.condition = Condition("redis", "ok")

    def shared_copy(self, name: str) -> RedisSharedCopy | None:
        """A copy that processes share; None without Redis."""
        return None if self._client is None else RedisSharedCopy(self._client, name)

    def settle(self, buckets: TokenBuckets) -> None:
        """Share out the rate of each key by what each process is asked; evenly while Redis is away."""
        demands = buckets.demands()
        shares: Mapping[str, float] = {}
        if self._shares is not None:
            with suppress(UnavailableError):
                shares = self._shares.settle(demands)
        buckets.settle(shares)

    def look(self) -> None:
        """See whether it answers."""
        if self._client is None:
            return
        try:
            ping(self._client)
            self._answered_at = time.monotonic()
            self.condition = Condition("redis", "ok")
        except UnavailableError as error:
            if time.monotonic() - self._answered_at < SILENT_FOR_S:
                return
            self.condition = Condition(
                "redis",
                "degraded",
                f"{error.detail} Meanwhile limits are counted by each process, those of passwords in the database.",
            )


def _process() -> str:
    """The name of this process among those that share Redis."""
    return f"{socket.gethostname()}:{os.getpid()}"


def redis_watch(settings: Settings) -> RedisWatch:
    """The Redis of the settings; `drivetrain up` sets the embedded one for its children."""
    return RedisWatch(None if settings.redis_url is None else settings.redis_url.get_secret_value())
