"""The embedded Redis server of a home."""

from __future__ import annotations

from typing import NoReturn

from drivetrain.adapters.embedded.redis import run_redis
from drivetrain.bootstrap.home import home_of
from drivetrain.settings import Settings


def serve_redis() -> NoReturn:
    """Turn this process into the server.

    Raises:
        UnavailableError: it cannot be started.
    """
    settings = Settings()
    run_redis(home_of(settings).redis, memory_mib=settings.redis_memory_mib)
