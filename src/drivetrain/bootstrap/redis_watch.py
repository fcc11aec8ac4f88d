"""Redis as a serving process sees it: its connections, and whether it answers."""

from __future__ import annotations

import time

from drivetrain.adapters.redis.client import open_pool, open_redis, ping
from drivetrain.core.errors import UnavailableError
from drivetrain.core.health import Condition
from drivetrain.settings import Settings

REDIS_INTERVAL_S = 2.0

SILENT_FOR_S = 5.0
"""How long it may not answer before that is shown: it is started again within a second."""


class RedisWatch:
    """Connections to Redis, if there is one, and its condition as last seen."""

    def __init__(self, url: str | None) -> None:
        self.pool = None if url is None else open_pool(url)
        self._client = None if self.pool is None else open_redis(self.pool)
        self._answered_at = time.monotonic()
        self.condition = Condition("redis", "ok")

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


def redis_watch(settings: Settings) -> RedisWatch:
    """The Redis of the settings; `drivetrain up` sets the embedded one for its children."""
    return RedisWatch(None if settings.redis_url is None else settings.redis_url.get_secret_value())
