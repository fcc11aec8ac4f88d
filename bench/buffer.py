"""The rental buffer: the full frontier of a table, a question about a ready analysis, and one check of a start."""

from __future__ import annotations

import json
import time

import httpx

from bench.installation import HOST, Installation, Platform
from bench.load import Job, Seen, as_request, run
from bench.report import Figure, at_most, shown
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.adapters.rental_files import read_rentals
from drivetrain.rental.buffer.domain.chains import chain, check_rentals
from drivetrain.rental.buffer.domain.counts import count_rules
from drivetrain.rental.buffer.domain.frontier import frontier
from drivetrain.rental.buffer.domain.rule import BufferScope, ChainedRentals
from drivetrain.rental.buffer.model.chains.dataset import DATASET_NAME

DRAWS = 1_000
MOST_FRONTIER_S = 5.0
MOST_QUESTION_MS = 50.0
MOST_CHECK_P95_MS = 5.0
CHECK_RATE = 100
_CONNECTIONS = 8
_READY_WITHIN_S = 120.0
_POLICY = {"connect_min": 30, "mobile_min": 60, "reason": "To be measured."}
_START = {
    "car_id": "359049",
    "checkin_type": "mobile",
    "previous_planned_end_at": "2026-05-01T10:00:00Z",
    "requested_start_at": "2026-05-01T10:30:00Z",
}
_INPUTS = {
    "booking_value": 60,
    "conflict_cost": 250,
    "currency": "EUR",
    "shift_share": 0.4,
    "shift_up_to_min": 60,
}


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Count in this process, then ask the platform one question at a time, then check starts at a fixed rate."""
    rounds, seconds = (2, 2.0) if is_quick else (5, 6.0)
    rentals = _rentals(installation)
    counted = [_frontiers_s(rentals) for _ in range(rounds)]
    with httpx.Client(base_url=platform.address, headers=platform.headers, timeout=30.0) as client:
        _prepare(client)
        questions = {
            "one scope, half hours": _asked(
                client, "GET", "/rental/buffer/frontier?scope=all", calls=40 * rounds
            ),
            "one scope, every minute": _asked(
                client, "GET", "/rental/buffer/frontier?scope=all&step_min=1", calls=10 * rounds
            ),
            "one pair": _asked(
                client, "GET", "/rental/buffer/frontier?connect_min=45&mobile_min=75", calls=20 * rounds
            ),
            "best thresholds": _asked(client, "POST", "/rental/buffer/decide", _INPUTS, calls=20 * rounds),
        }
    checks = [_checks(platform, seconds) for _ in range(rounds)]
    return [
        at_most(
            f"frontiers of {len(rentals):,} chained rentals, {DRAWS:,} draws, 721 x 3",
            counted,
            MOST_FRONTIER_S,
            "s",
        ),
        *(
            at_most(f"p95 of {name}, ready analysis", [_p95(ms)], MOST_QUESTION_MS, "ms")
            for name, ms in questions.items()
        ),
        at_most(
            f"p95 of a check at {CHECK_RATE} /s, ledger included",
            [seen.quantile_ms(0.95) for seen in checks],
            MOST_CHECK_P95_MS,
            "ms",
        ),
        shown("  p50", [seen.quantile_ms(0.5) for seen in checks], "ms"),
        at_most("checks that failed", [sum(seen.failed for seen in checks)], 0, "requests"),
    ]


def _rentals(installation: Installation) -> ChainedRentals:
    cells = read_rentals(installation.home.datastore().current(DATASET_NAME).path, ParseLimits()).cells
    return chain(check_rentals(cells).table)


def _frontiers_s(rentals: ChainedRentals) -> float:
    started = time.perf_counter()
    counts = count_rules(rentals, ClusterBootstrap(draws=DRAWS))
    for scope in BufferScope:
        frontier(counts, scope)
    return time.perf_counter() - started


def _prepare(client: httpx.Client) -> None:
    """Wait for the analysis of the current table, and set a policy."""
    give_up_at = time.monotonic() + _READY_WITHIN_S
    while (answer := client.get("/rental/buffer/frontier")).status_code == httpx.codes.SERVICE_UNAVAILABLE:
        if time.monotonic() > give_up_at:
            raise RuntimeError(f"the analysis is not ready: {answer.text}")
        time.sleep(0.5)
    answer.raise_for_status()
    client.put("/rental/buffer/policy", json=_POLICY).raise_for_status()
    time.sleep(1.0)  # until every worker has followed


def _asked(client: httpx.Client, method: str, path: str, body: object = None, *, calls: int) -> list[float]:
    """Milliseconds of each call, after as many as bring every worker to have answered once."""
    ms = []
    for at in range(calls + 10):
        started = time.perf_counter()
        client.request(method, path, json=body).raise_for_status()
        if at >= 10:
            ms.append((time.perf_counter() - started) * 1000)
    return ms


def _checks(platform: Platform, seconds: float) -> Seen:
    request = as_request(
        "POST", "/rental/buffer/check", headers=platform.headers, body=json.dumps(_START).encode()
    )
    return run(Job(HOST, platform.port, [request], _CONNECTIONS, seconds, rate=CHECK_RATE))


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]
