"""Promote and roll back while requests come in: none may fail, and every worker must follow within a second."""

from __future__ import annotations

import bisect
import time
from dataclasses import dataclass

import httpx

from bench.installation import HOST, MODEL, Installation, Platform
from bench.load import Answered, Job, generating
from bench.report import Figure, at_most, shown

RATE = 300
CONNECTIONS = 32
PAUSE_S = 1.5
"""Between releases: longer than a worker may take to follow, so that the switches stay apart."""

MOST_S = 1


@dataclass(frozen=True, slots=True)
class Release:
    """A promotion or rollback: when it was asked for, and what was live afterwards."""

    asked_at_s: float
    version: str


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Promote the other version and roll back, again and again, under an open loop of requests."""
    other = installation.other_version()
    times = 2 if is_quick else 10
    requests = platform.price_requests(installation.rows(256), explain=False)
    seconds = 2 * times * (PAUSE_S + 0.2) + 2
    job = Job(HOST, platform.port, requests, CONNECTIONS, seconds, rate=RATE, wants_trace=True)
    releases: list[Release] = []
    with generating(job) as generator:
        time.sleep(job.warm_up_s + 1)
        worker_of = platform.holders()
        with httpx.Client(base_url=platform.address, headers=platform.headers) as client:
            for number in range(2 * times):
                releases.append(_promote(client, other) if number % 2 == 0 else _roll_back(client))
                time.sleep(PAUSE_S)
        seen = generator.result()
    reached = [worker_of[port] for port in {each.client_port for each in seen.trace} if port in worker_of]
    switches = [_switch_s(release, seen.trace, worker_of) for release in releases]
    return [
        at_most(f"requests failed of {sum(seen.statuses.values()):,} at {RATE} /s", [seen.failed], 0, "requests"),
        at_most(f"every worker on the new version, worst of {len(switches)} releases", [max(switches)], MOST_S, "s"),
        shown("  the same, all releases", switches, "s", connections={str(pid): reached.count(pid) for pid in set(reached)}),
        shown("  workers that the load reached", [len(set(reached))], f"of {len(platform.workers())}"),
    ]


def _promote(client: httpx.Client, version: str) -> Release:
    return _released(client, "promote", {"version": version, "reason": "Benchmark."})


def _roll_back(client: httpx.Client) -> Release:
    return _released(client, "rollback", {"reason": "Benchmark."})


def _released(client: httpx.Client, action: str, body: dict[str, str]) -> Release:
    asked_at_s = time.monotonic()
    answer = client.post(f"/models/{MODEL}/{action}", json=body)
    answer.raise_for_status()
    return Release(asked_at_s, answer.json()["version"])


def _switch_s(release: Release, trace: list[Answered], worker_of: dict[int, int]) -> float:
    """Seconds from the request to release until the last worker answered with the new version for good."""
    window = _between(trace, release.asked_at_s, release.asked_at_s + PAUSE_S)
    slowest = 0.0
    for worker in set(worker_of.values()):
        own = [each for each in window if worker_of.get(each.client_port) == worker]
        stale = [index for index, each in enumerate(own) if each.version != release.version]
        first = stale[-1] + 1 if stale else 0
        if first == len(own):
            return float("inf")  # it never came, or the worker answered nothing
        slowest = max(slowest, own[first].at_s - release.asked_at_s)
    return slowest


def _between(trace: list[Answered], start_s: float, end_s: float) -> list[Answered]:
    low = bisect.bisect_left(trace, start_s, key=lambda each: each.at_s)
    high = bisect.bisect_left(trace, end_s, key=lambda each: each.at_s)
    return trace[low:high]
