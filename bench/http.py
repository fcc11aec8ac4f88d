"""One price over HTTP: how many a second, and how long a caller waits."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.installation import HOST, Installation, Platform, cpu_s
from bench.load import Job, Seen, as_request, generating, run
from bench.report import Figure, at_least, at_most, shown

CONNECTIONS = 32
LEAST_RATE, AIMED_RATE = 1_500, 4_000
MOST_P99_MS, AIMED_P99_MS = 25, 10
LEAST_SHARE = 0.5
EXPLAINED_RATE, MOST_EXPLAINED_P95_MS = 100, 15

CONSTANT = "GET /health/live"
"""Answers the constant ``{"state":"ok"}`` without authentication or any work, from the same worker processes, through the
same edge (request id, log line, metrics). What is left when the price, the key and the ledger are taken
away."""


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Load the platform: closed loop beside the constant answer, then open loops at fixed rates."""
    rows = installation.rows(256)
    price = platform.price_requests(rows, explain=False)
    explained = platform.price_requests(rows, explain=True)
    constant = [as_request(*CONSTANT.split())]
    rounds, seconds = (2, 2.0) if is_quick else (5, 6.0)

    prices, constants, splits = [], [], []
    for _ in range(rounds):
        seen, split = _watched(platform, _job(platform, price, seconds))
        prices.append(seen)
        splits.append(split)
        constants.append(run(_job(platform, constant, seconds)))
    shares = [one.rate / other.rate for one, other in zip(prices, constants, strict=True)]
    steady = [run(_job(platform, price, seconds, rate=LEAST_RATE)) for _ in range(rounds)]
    # past what the server can do, an open loop only measures its own queue
    is_aim_near = median(_rates(prices)) >= AIMED_RATE
    aimed = [
        run(_job(platform, price, seconds, rate=AIMED_RATE)) for _ in range(rounds if is_aim_near else 0)
    ]
    slow = [run(_job(platform, explained, seconds, rate=EXPLAINED_RATE)) for _ in range(rounds)]
    failed = sum(seen.failed for seen in (*prices, *constants, *steady, *aimed, *slow))
    return [
        at_least(
            f"prices, closed loop of {CONNECTIONS} connections",
            _rates(prices),
            LEAST_RATE,
            "/s",
            **_raw(prices),
        ),
        *_latencies("  their latency", prices),
        shown(
            f"  aim: {AIMED_RATE:,} /s; reached of it", [rate / AIMED_RATE for rate in _rates(prices)], "x"
        ),
        shown(f"constant answer ({CONSTANT}), side by side", _rates(constants), "/s", **_raw(constants)),
        at_least("prices as a share of constant answers", shares, LEAST_SHARE, "x"),
        *_latencies(f"latency at {LEAST_RATE:,} /s, from when each was due", steady, MOST_P99_MS),
        *(_latencies(f"latency at {AIMED_RATE:,} /s (aim: {AIMED_P99_MS} ms)", aimed) if aimed else ()),
        at_most(
            f"p95 with reasons and comparables at {EXPLAINED_RATE} /s",
            [seen.quantile_ms(0.95) for seen in slow],
            MOST_EXPLAINED_P95_MS,
            "ms",
            **_raw(slow),
        ),
        at_most("requests failed in all of these", [failed], 0, "requests"),
        *(
            shown(f"CPU of a price: {part}", [split.cpu_us[part] for split in splits], "µs")
            for part in splits[0].cpu_us
        ),
        shown(
            "connections on the worker that has most (even: 0.5)",
            [split.busiest_share for split in splits],
            "x",
        ),
    ]


def _job(platform: Platform, requests: list[str], seconds: float, *, rate: float | None = None) -> Job:
    return Job(HOST, platform.port, requests, CONNECTIONS, seconds, rate=rate)


@dataclass(frozen=True, slots=True)
class Split:
    """How one load fell on the machine.

    Attributes:
        cpu_us: CPU time of an answer, by who used it, microseconds.
        busiest_share: of the connections, held by the worker that holds most; 0.5 is even for two workers.
    """

    cpu_us: dict[str, float]
    busiest_share: float


def _watched(platform: Platform, job: Job) -> tuple[Seen, Split]:
    """Run a job and look who works for it."""
    groups = {"workers": platform.workers(), "PostgreSQL": platform.postgres()}
    before = {name: cpu_s(processes) for name, processes in groups.items()}
    with generating(job) as generator:
        time.sleep(job.warm_up_s + 0.5)
        held = Counter(platform.holders().values())
        seen = generator.result()
    used = {name: cpu_s(processes) - before[name] for name, processes in groups.items()}
    used["load generator"] = seen.cpu_s
    answers = max(1, sum(seen.statuses.values()))
    return seen, Split(
        {name: 1e6 * used_s / answers for name, used_s in used.items()}, max(held.values()) / held.total()
    )


def _latencies(what: str, runs: list[Seen], most_p99_ms: float | None = None) -> list[Figure]:
    p50, p95, p99 = ([seen.quantile_ms(share) for seen in runs] for share in (0.5, 0.95, 0.99))
    name = f"{what}: p50 {median(p50):.1f}, p95 {median(p95):.1f}, p99"
    return [
        shown(name, p99, "ms") if most_p99_ms is None else at_most(name, p99, most_p99_ms, "ms", **_raw(runs))
    ]


def _rates(runs: list[Seen]) -> list[float]:
    return [seen.rate for seen in runs]


def _raw(runs: list[Seen]) -> dict[str, Any]:
    return {"loads": [seen.as_dict() for seen in runs]}
