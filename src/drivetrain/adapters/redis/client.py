"""Reaching Redis: patience in milliseconds, because whoever asks has a way to do without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from drivetrain.core.errors import InvalidInputError, UnavailableError

TIMEOUT_S = 0.25
_CONNECTIONS = 8


def open_pool(url: str) -> ConnectionPool:
    """Connections to a server. Nothing is connected before one is used.

    Args:
        url: ``redis://host:6379/0``, ``rediss://`` or ``unix:///path``.

    Raises:
        InvalidInputError: the URL cannot be read. It is not repeated: it may hold a password.
    """
    try:
        return ConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),  # a connection that the server has closed meanwhile
            health_check_interval=30,
        )
    except (ValueError, RedisError):
        raise InvalidInputError(
            "DRIVETRAIN_REDIS_URL cannot be read; it should look like redis://host:6379/0.",
            code="redis.url_invalid",
        ) from None


def open_redis(pool: ConnectionPool) -> Redis:
    """A client on these connections."""
    return Redis(connection_pool=pool)


def ping(redis: Redis) -> None:
    """Ask the server for nothing at all.

    Raises:
        UnavailableError: it does not answer.
    """
    with translating():
        redis.ping()


@contextmanager
def translating() -> Iterator[None]:
    """Turn the errors of the client into ours.

    Raises:
        UnavailableError: the server cannot be reached, or refuses.
    """
    try:
        yield
    except (RedisError, OSError) as error:
        raise UnavailableError(
            f"Redis cannot be reached ({type(error).__name__}).", code="redis.unavailable"
        ) from error
