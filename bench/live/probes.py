"""What is asked of a platform while drivers report: matches, how soon an event can be matched, and what Redis costs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from redis import Redis
from redis.exceptions import RedisError

from bench.campaign.connection import Connection
from bench.campaign.kills import Parts
from bench.dispatch import City
from bench.installation import HOST, Platform
from bench.load import Job, as_request
from drivetrain.adapters.embedded.redis import redis_url

COPY = "drivetrain:copy:dispatch.drivers"
CONNECTIONS, TOP_K = 32, 5
POLL_EVERY_S = 0.005

_UPDATES = re.compile(r"^drivetrain_dispatch_updates_total\{[^}]*\} (\S+)", re.MULTILINE)
_PATIENCE_S = 60.0


def matches(platform: Platform, *, rate: float, seconds: float, hold: bool) -> Job:
    """An open loop of matches; each with ``hold`` is for a request of its own."""
    city, run = City(seed=7), uuid4().hex[:8]
    count = round(rate * (seconds + 1) * 1.1) if hold else 500
    bodies = (
        {
            "rider_id": f"rider_{number}",
            "pickup": {"latitude": latitude, "longitude": longitude},
            "top_k": TOP_K,
            **({"hold": True, "request_id": f"{run}-{number}"} if hold else {}),
        }
        for number, (latitude, longitude) in enumerate(city.places(count))
    )
    requests = [
        as_request("POST", "/dispatch/matches", headers=platform.headers, body=json.dumps(body).encode())
        for body in bodies
    ]
    return Job(HOST, platform.port, requests, CONNECTIONS, seconds, rate=rate)


def updates_read(platform: Platform) -> float:
    """Updates that the workers have read from the log, summed over them."""
    text = httpx.get(f"{platform.address}/metrics", headers=platform.headers, timeout=10).text
    return sum(map(float, _UPDATES.findall(text)))


def until(holds: Callable[[], bool], *, every_s: float = 0.02) -> float:
    """Seconds until something holds; ``_PATIENCE_S`` where it never does."""
    began = time.monotonic()
    while not holds() and time.monotonic() - began < _PATIENCE_S:
        time.sleep(every_s)
    return time.monotonic() - began


async def matchable_s(platform: Platform, probes: int) -> list[float]:
    """How long after an event is sent each worker matches its driver, seconds, for so many events.

    Each driver is somewhere of their own, so that the first match that finds anybody there finds them.
    """
    key = platform.headers["x-api-key"]
    writer = Connection(HOST, platform.port, key)
    readers = await _one_of_each_worker(platform)
    run, took = uuid4().hex[:8], []
    for number in range(probes):
        latitude, longitude = -30.0 + number % 200 * 0.25, 12.0 + number // 200 * 0.5
        driver_id = f"probe-{run}-{number}"
        event = {
            "event_type": "driver_update",
            "driver_id": driver_id,
            "latitude": latitude,
            "longitude": longitude,
            "status": "idle",
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        sent_at = time.monotonic()
        answer = await writer.ask("POST", "/dispatch/events", json.dumps(event).encode())
        if answer.status != 200:
            raise RuntimeError(f"an event was answered {answer.status}: {answer.body[:500]!r}")
        body = json.dumps({"rider_id": "probe", "rider_lat": latitude, "rider_lon": longitude, "top_k": 1})
        await asyncio.gather(*(_until_matched(reader, body.encode(), driver_id) for reader in readers))
        took += [reader.matched_at - sent_at for reader in readers]
    for reader in (writer, *(reader.connection for reader in readers)):
        reader.close()
    return took


class _Reader:
    """A connection to one worker, and when it last saw who it looked for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.matched_at = 0.0


async def _one_of_each_worker(platform: Platform) -> Sequence[_Reader]:
    parts, readers = Parts(platform.pid, platform.home.folder), dict[int, _Reader]()
    workers = len(platform.workers())
    for _ in range(32 * workers):
        connection = Connection(HOST, platform.port, platform.headers["x-api-key"])
        await connection.ask("GET", "/health/live")
        pid = await asyncio.to_thread(parts.worker_of, platform.port, connection.client_port)
        if pid is None or pid in readers:
            connection.close()
            continue
        readers[pid] = _Reader(connection)
        if len(readers) == workers:
            break
    return list(readers.values())


async def _until_matched(reader: _Reader, body: bytes, driver_id: str) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up_at:
        answer = await reader.connection.ask("POST", "/match", body)
        if answer.status == 200 and f'"{driver_id}"'.encode() in answer.body:
            break
        await asyncio.sleep(POLL_EVERY_S)
    reader.matched_at = time.monotonic()


class SharedCopyWatch:
    """The copy of drivers in the Redis of a home, and harm to that server."""

    def __init__(self, platform: Platform) -> None:
        self._parts = Parts(platform.pid, platform.home.folder)
        self._redis = Redis.from_url(
            redis_url(platform.home.redis), socket_timeout=1.0, socket_connect_timeout=1.0
        )

    def is_there(self) -> bool:
        """Whether Redis has a copy."""
        try:
            return bool(self._redis.exists(COPY))
        except (OSError, RedisError):
            return False

    def flush(self) -> float:
        """Empty it; seconds until the copy is there again."""
        self._redis.flushall()
        return until(self.is_there)

    def kill(self) -> float:
        """Kill it; seconds until another server has the copy again."""
        victims = self._parts.pids("redis")
        self.harm(signal.SIGKILL)
        return until(lambda: self._parts.pids("redis") not in ([], victims) and self.is_there())

    def harm(self, signum: signal.Signals) -> None:
        """Send a signal to the server."""
        for pid in self._parts.pids("redis"):
            os.kill(pid, signum)
