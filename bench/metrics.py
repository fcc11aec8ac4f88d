"""The page that Prometheus reads, before and after a flood of odd requests: its size and how long it takes."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import Any

import httpx

from bench.installation import HOST, Installation, Platform, cpu_s
from bench.load import Job, as_request, generating, run
from bench.report import Figure, at_most, shown

MOST_MS = 100
MOST_KIB = 1024
CONNECTIONS = 16
DISTINCT = 20_000
"""Different requests of the flood; it repeats them when it is through."""

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "MKCOL", "REPORT")
"""HEAD is left out: the generator waits for the body that such an answer only announces."""

_SEED = 1


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Scrape, flood, scrape while it lasts and afterwards."""
    flood = list(islice(_odd_requests(installation, platform), DISTINCT))
    seconds, scrapes = (5.0, 10) if is_quick else (30.0, 30)
    with httpx.Client(base_url=platform.address, headers=platform.headers, timeout=30) as client:
        before = client.get("/metrics").text
        job = Job(HOST, platform.port, flood, CONNECTIONS, seconds)
        with generating(job) as generator:
            time.sleep(job.warm_up_s)
            busy_ms = _scraped(client, max(1, scrapes // 3))
            sent = generator.result()
        further = run(Job(HOST, platform.port, flood[::-1], CONNECTIONS, seconds))
        used_s = cpu_s(platform.workers())
        idle_ms = _scraped(client, scrapes)
        cpu_ms = (cpu_s(platform.workers()) - used_s) / scrapes * 1000
        after = client.get("/metrics").text
    statuses = {status: sent.statuses.get(status, 0) + count for status, count in further.statuses.items()}
    server_errors = sum(count for status, count in statuses.items() if status.startswith("5"))
    return [
        shown("odd requests answered", [sum(statuses.values())], "requests", statuses=statuses),
        at_most("  of them with an error of ours", [server_errors], 0, "requests"),
        shown("size before the flood", [len(before) / 1024], "KiB"),
        at_most("size after it", [len(after) / 1024], MOST_KIB, "KiB"),
        shown("series after it", [_series(after)], "lines"),
        at_most("slowest scrape after it", [max(idle_ms)], MOST_MS, "ms", all_ms=idle_ms),
        shown("median scrape after it", [median(idle_ms)], "ms"),
        shown("CPU of a scrape after it, all workers", [cpu_ms], "ms"),
        shown("median scrape during it, in line with its requests", [median(busy_ms)], "ms", all_ms=busy_ms),
    ]


def _scraped(client: httpx.Client, count: int) -> list[float]:
    """How long each of some scrapes took, milliseconds."""
    times_ms = []
    for _ in range(count):
        started = time.perf_counter()
        client.get("/metrics").raise_for_status()
        times_ms.append((time.perf_counter() - started) * 1000)
    return times_ms


def _series(page: str) -> int:
    return sum(not line.startswith("#") for line in page.splitlines())


def _odd_requests(installation: Installation, platform: Platform) -> Iterator[str]:
    """Every route with every method, odd names, ids, keys, bodies and headers; none that changes anything."""
    draw = random.Random(_SEED)
    document = httpx.get(f"{platform.address}/openapi.json", timeout=30).raise_for_status().json()
    paths = list(document["paths"])
    row = installation.rows(1)[0]
    while True:
        word = f"{draw.randrange(1 << 48):x}"
        path = draw.choice(paths)
        for part in [part for part in path.split("/") if part.startswith("{")]:
            path = path.replace(part, draw.choice((word, "rental-price", "%00", "%F0%9F%9A%97", "-1")))
        headers = {
            "x-api-key": f"dt_{word}",
            "user-agent": word,
            "x-request-id": word,
        }
        kind = draw.choice(("application/json", "text/csv", word))
        yield as_request(draw.choice(_METHODS), path, headers=headers, body=word.encode(), content_type=kind)
        yield as_request(draw.choice(_METHODS), f"/{word}/{word}?{word}={word}", headers=headers, body=b"")
        yield as_request("POST", "/rental/price", headers=platform.headers, body=_odd_price(draw, row, word))


def _odd_price(draw: random.Random, row: dict[str, Any], word: str) -> bytes:
    """A question that is allowed, with a make, a field or a value nobody has heard of."""
    changed: dict[str, Any] = draw.choice(
        ({"model_key": word}, {word: 1}, {"mileage": draw.randrange(-9, 2_000_000)}, {"fuel": word})
    )
    return json.dumps({**row, **changed}).encode()
