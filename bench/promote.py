"""Promote and roll back while requests come in: none may fail, none be answered by the wrong version, all in a second."""

from __future__ import annotations

import time

import httpx

from bench.history import Release, answers_to, last_stale_s, mixed, out_of_time
from bench.installation import HOST, MODEL, Installation, Platform
from bench.load import Job, generating
from bench.report import Figure, at_most, shown
from drivetrain.lifecycle.data.contracts import Row

RATE = 300
CONNECTIONS = 32
ROWS = 256
PAUSE_S = 0.3
"""Between releases, so that each version also answers undisturbed."""

MOST_S = 1
RELEASE_S = 0.8
"""What one is given in the length of the load; the load goes on until the last release at the latest."""


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Promote the other version and roll back, again and again, under an open loop of requests, and judge the history."""
    other, rows = installation.other_version(), installation.rows(ROWS)
    times = 10 if is_quick else 100
    with httpx.Client(base_url=platform.address, headers=platform.headers, timeout=30) as client:
        expected, first = _expected(client, rows, other)
        job = Job(
            HOST,
            platform.port,
            platform.price_requests(rows, explain=False),
            CONNECTIONS,
            times * (PAUSE_S + RELEASE_S) + 2,
            rate=RATE,
            wants_trace=True,
        )
        with generating(job) as generator:
            time.sleep(job.warm_up_s + 0.5)
            worker_of = platform.holders()
            releases = []
            for number in range(times):
                releases.append(release(client, other if number % 2 == 0 else None))
                time.sleep(PAUSE_S)
            seen = generator.result()
    starts = [each.asked_at_s for each in releases]
    stale = [
        last_stale_s(seen.trace, each, end)
        for each, end in zip(releases, [*starts[1:], float("inf")], strict=True)
    ]
    reached = {worker_of[each.client_port] for each in seen.trace if each.client_port in worker_of}
    return [
        at_most(
            f"requests failed of {sum(seen.statuses.values()):,} at {RATE} /s", [seen.failed], 0, "requests"
        ),
        shown("  requests that found no idle connection in time", [seen.unsent], "requests"),
        at_most(
            f"answers that are not the named version's own, of {len(seen.trace):,}",
            [len(mixed(seen.trace, expected))],
            0,
            "answers",
        ),
        at_most(
            "answers by a version that was not live then",
            [len(out_of_time(seen.trace, releases, first))],
            0,
            "answers",
        ),
        at_most(
            "releases that a worker did not follow",
            [sum(bool(each.behind) for each in releases)],
            0,
            "releases",
        ),
        at_most(
            f"every worker on the new version, worst of {times} releases",
            [max(each.took_s for each in releases)],
            MOST_S,
            "s",
        ),
        shown("  the same, all releases", [each.took_s for each in releases], "s"),
        shown("  last answer of the former version", stale, "s after asking"),
        shown("  workers that the load reached", [len(reached)], f"of {len(platform.workers())}"),
    ]


def release(client: httpx.Client, version: str | None) -> Release:
    """Promote a version, or roll back for None."""
    action, body = ("rollback", {}) if version is None else ("promote", {"version": version})
    asked_at_s = time.monotonic()
    answer = (
        client.post(f"/models/{MODEL}/{action}", json={**body, "reason": "Benchmark."})
        .raise_for_status()
        .json()
    )
    return Release(asked_at_s, time.monotonic(), answer["version"], tuple(answer["workers"]["behind"]))


def _expected(client: httpx.Client, rows: list[Row], other: str) -> tuple[dict[str, list[str]], str]:
    """What each of the two versions says to each row, and which one is live."""
    path = "/rental/price?explain=false"
    live, own = answers_to(client, path, rows)
    release(client, other)
    named, theirs = answers_to(client, path, rows)
    release(client, None)
    return {live: own, named: theirs}, live
