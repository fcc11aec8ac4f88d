"""One price over HTTP: how many a second, how long a caller waits, and what other APIs do on the same machine."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil

from bench.baselines import serving
from bench.installation import HOST, MODEL, Installation, Platform, cpu_s
from bench.load import Job, Seen, as_request, generating, run
from bench.report import Figure, at_least, at_most, shown
from drivetrain.bootstrap.installation import database, open_stores
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.releasing.registry import Alias
from drivetrain.resale.price.model.contract import MODEL_NAME as CAR_PRICE
from drivetrain.resale.used.model.countries import COUNTRIES
from drivetrain.settings import Settings
from drivetrain.trips.duration.model.contract import MODEL_NAME as TRIP_DURATION

CONNECTIONS = 32
LEAST_RATE, AIMED_RATE = 7_000, 8_000
STEADY_RATE, MOST_P99_MS = 4_000, 10
MOST_API_CPU_US = 180
LEAST_SHARE, AIMED_SHARE = 0.35, 0.40
EXPLAINED_RATE, MOST_EXPLAINED_P95_MS = 300, 4
LIST_ROWS = 10

WORKERS, POSTGRES, GENERATOR = "API processes", "PostgreSQL", "load generator"


@dataclass(frozen=True, slots=True)
class Target:
    """An API under load, and the processes that work for it."""

    port: int
    requests: list[str]
    groups: Mapping[str, Sequence[psutil.Process]]


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Load the platform beside other APIs, in turn; then at fixed rates, and each busy route alone."""
    rows = installation.rows(256)
    groups = {WORKERS: platform.workers(), POSTGRES: platform.postgres()}
    prices = Target(platform.port, platform.price_requests(rows, explain=False), groups)
    rounds, seconds = (2, 2.0) if is_quick else (5, 6.0)
    with ExitStack() as stack:
        others = _others(stack, installation, platform, rows)
        return [
            *_side_by_side(prices, others, rounds, seconds),
            *_at_fixed_rates(platform, rows, rounds, seconds),
            *_by_route(installation, platform, groups, 1.0 if is_quick else 4.0),
        ]


def _others(
    stack: ExitStack, installation: Installation, platform: Platform, rows: Sequence[Row]
) -> dict[str, Target]:
    """Other APIs, running, by what they are."""
    workers = len(platform.workers())
    key = platform.headers["x-api-key"]
    settings = {"BENCH_MODEL": _model_folder(installation), "BENCH_KEY": key}
    constant = [as_request("GET", "/")]
    asked = {
        "a bare ASGI constant": ("bench.plain_apis:asgi_constant", constant),
        "a plain FastAPI constant": ("bench.plain_apis:fastapi_constant", constant),
        "prices written by hand (key, frame of a row, predict)": (
            "bench.written_by_hand:app",
            platform.price_requests(rows, explain=False),
        ),
    }
    targets = {}
    for name, (application, requests) in asked.items():
        running = stack.enter_context(serving(application, workers, settings))
        targets[name] = Target(running.port, requests, {WORKERS: running.processes})
    return targets


def _model_folder(installation: Installation) -> str:
    """Where the files of the live price model lie."""
    settings = Settings(home=installation.home.folder, database_url=None)
    with database(settings, installation.home) as url:
        version = open_stores(settings, installation.home, url).catalog.live()[MODEL, Alias.CHAMPION]
    return str(installation.home.artifacts / version.location)


def _side_by_side(prices: Target, others: Mapping[str, Target], rounds: int, seconds: float) -> list[Figure]:
    """Closed loops in turn, so that a machine that gets slower hurts all alike."""
    loads: dict[str, list[_Load]] = {name: [] for name in ("prices", *others)}
    for _ in range(rounds):
        for name, target in {"prices": prices, **others}.items():
            loads[name].append(_watched(target, seconds))
    own = loads["prices"]
    plain, hand = loads["a plain FastAPI constant"], loads[list(others)[-1]]
    figures = [
        at_least(
            f"prices, closed loop of {CONNECTIONS} connections (aim: {AIMED_RATE:,})",
            _rates(own),
            LEAST_RATE,
            "/s",
            loads=[load.seen.as_dict() for load in own],
        ),
        at_most("  their p99", [load.seen.quantile_ms(0.99) for load in own], MOST_P99_MS, "ms"),
        at_most("  their CPU: API processes", _cpu(own, WORKERS), MOST_API_CPU_US, "µs"),
        shown("  their CPU: PostgreSQL", _cpu(own, POSTGRES), "µs"),
        shown("  their CPU: load generator", _cpu(own, GENERATOR), "µs"),
        shown("  connections on the worker that has most (even: 0.5)", _busiest(own), "x"),
    ]
    for name in others:
        figures += [
            shown(
                f"{name}, side by side",
                _rates(loads[name]),
                "/s",
                loads=[load.seen.as_dict() for load in loads[name]],
            ),
            shown("  its CPU: API processes", _cpu(loads[name], WORKERS), "µs"),
        ]
    return [
        *figures,
        at_least(
            f"prices as a share of a plain FastAPI constant (aim: {AIMED_SHARE})",
            _shares(own, plain),
            LEAST_SHARE,
            "x",
        ),
        shown("prices as a multiple of those written by hand", _shares(own, hand), "x"),
        at_most("requests failed in these", [_failed(loads)], 0, "requests"),
    ]


def _at_fixed_rates(platform: Platform, rows: Sequence[Row], rounds: int, seconds: float) -> list[Figure]:
    """Open loops: how long callers wait, from when each request was due."""
    price, explained = (platform.price_requests(rows, explain=explain) for explain in (False, True))
    steady = [run(_job(platform.port, price, seconds, rate=STEADY_RATE)) for _ in range(rounds)]
    slow = [run(_job(platform.port, explained, seconds, rate=EXPLAINED_RATE)) for _ in range(rounds)]
    p50, p95, p99 = ([seen.quantile_ms(share) for seen in steady] for share in (0.5, 0.95, 0.99))
    return [
        at_most(
            f"latency at {STEADY_RATE:,} /s, from when each was due: p50 {median(p50):.1f}, p95 {median(p95):.1f}, p99",
            p99,
            MOST_P99_MS,
            "ms",
            **_raw(steady),
        ),
        at_most(
            f"p95 with reasons and comparables at {EXPLAINED_RATE} /s",
            [seen.quantile_ms(0.95) for seen in slow],
            MOST_EXPLAINED_P95_MS,
            "ms",
            **_raw(slow),
        ),
        at_most("requests failed in these", [sum(seen.failed for seen in (*steady, *slow))], 0, "requests"),
    ]


def _by_route(
    installation: Installation,
    platform: Platform,
    groups: Mapping[str, Sequence[psutil.Process]],
    seconds: float,
) -> list[Figure]:
    """CPU of an answer of each busy route."""
    figures = []
    for name, requests in _busy_routes(installation, platform).items():
        load = _watched(Target(platform.port, requests, groups), seconds)
        cpu = load.cpu_us
        figures.append(
            shown(
                f"{name}: {load.seen.rate:,.0f} /s; CPU of the API processes (PostgreSQL {cpu[POSTGRES]:,.0f})",
                [cpu[WORKERS]],
                "µs",
                loads=[load.seen.as_dict()],
            )
        )
    return figures


def _busy_routes(installation: Installation, platform: Platform) -> dict[str, list[str]]:
    """Requests of each route that is asked often, by what is asked."""
    rental = installation.rows(64)
    lists = [rental[at : at + LIST_ROWS] for at in range(0, 50, LIST_ROWS)]
    uk = COUNTRIES["uk"].model_name

    def posts(path: str, bodies: Sequence[Any]) -> list[str]:
        texts = [json.dumps(body, ensure_ascii=False).encode() for body in bodies]
        return [as_request("POST", path, headers=platform.headers, body=text) for text in texts]

    return {
        "POST /rental/price?explain=false": posts("/rental/price?explain=false", rental),
        "POST /rental/price": posts("/rental/price", rental),
        f"POST /rental/prices, {LIST_ROWS} rows": posts("/rental/prices", lists),
        "POST /rental/price/what-if": posts("/rental/price/what-if", rental),
        "POST /resale/price?explain=false": posts(
            "/resale/price?explain=false", installation.rows(64, CAR_PRICE)
        ),
        "POST /resale/used/uk/value?explain=false": posts(
            "/resale/used/uk/value?explain=false", installation.rows(64, uk)
        ),
        "POST /trips/duration?explain=false": posts(
            "/trips/duration?explain=false", installation.rows(64, TRIP_DURATION)
        ),
        "GET /validate-token": [as_request("GET", "/validate-token", headers=platform.headers)],
        "GET /health/live": [as_request("GET", "/health/live")],
        "GET /nowhere (404)": [as_request("GET", "/nowhere")],
    }


@dataclass(frozen=True, slots=True)
class _Load:
    """One load, and how it fell on the machine.

    Attributes:
        cpu_us: CPU time of an answer, by who used it, microseconds.
        busiest_share: of the connections, held by the process that holds most; 0.5 is even for two.
    """

    seen: Seen
    cpu_us: dict[str, float]
    busiest_share: float


def _watched(target: Target, seconds: float) -> _Load:
    """Run a closed loop and look who works for it."""
    before = {name: cpu_s(processes) for name, processes in target.groups.items()}
    job = _job(target.port, target.requests, seconds)
    with generating(job) as generator:
        time.sleep(job.warm_up_s + 0.5)
        held = _connections(target)
        seen = generator.result()
    used = {name: cpu_s(processes) - before[name] for name, processes in target.groups.items()}
    used[GENERATOR] = seen.cpu_s
    answers = max(1, sum(seen.statuses.values()))
    return _Load(
        seen,
        {name: 1e6 * used_s / answers for name, used_s in used.items()},
        max(held.values(), default=0) / max(1, held.total()),
    )


def _connections(target: Target) -> Counter[int]:
    """How many connections each process holds."""
    return Counter(
        process.pid
        for process in target.groups[WORKERS]
        for each in process.net_connections("tcp")
        if each.raddr and each.laddr.port == target.port
    )


def _job(port: int, requests: list[str], seconds: float, *, rate: float | None = None) -> Job:
    return Job(HOST, port, requests, CONNECTIONS, seconds, rate=rate)


def _rates(loads: Sequence[_Load]) -> list[float]:
    return [load.seen.rate for load in loads]


def _cpu(loads: Sequence[_Load], who: str) -> list[float]:
    return [load.cpu_us[who] for load in loads]


def _busiest(loads: Sequence[_Load]) -> list[float]:
    return [load.busiest_share for load in loads]


def _shares(ours: Sequence[_Load], theirs: Sequence[_Load]) -> list[float]:
    return [one.seen.rate / other.seen.rate for one, other in zip(ours, theirs, strict=True)]


def _failed(loads: Mapping[str, Sequence[_Load]]) -> int:
    return sum(load.seen.failed for each in loads.values() for load in each)


def _raw(runs: list[Seen]) -> dict[str, Any]:
    return {"loads": [seen.as_dict() for seen in runs]}
