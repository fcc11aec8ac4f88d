"""Whether the time of an answer tells who has an account, and what a crowd that signs in costs everybody else."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from uuid import uuid4

import httpx

from bench.installation import HOST, Installation, Platform
from bench.load import Job, as_request, generating, run
from bench.report import Figure, at_most, shown

TRIES, QUICK_TRIES = 2_000, 200
MOST_DIFFERENCE = 0.05
CROWD, ROUNDS = 200, 5
_CROWD_S, _CROWD_COMES_AFTER_S = 0.05, 2.0
_NICENESS = 19
"""Two hundred people have two hundred machines; what opening their connections costs is not the platform's."""

RATE, CONNECTIONS = 150, 16
MOST_SLOWDOWN = 2.0
AT_ONCE = 8
"""Clients of sign-up and reset, which answer at a steady pace however many ask. Sign-in is tried one at a time."""

EMAIL, PASSWORD = "bench@example.org", "kettle sofa ninety rivers"


def measure(installation: Installation, *, is_quick: bool) -> list[Figure]:
    """Try existing and missing accounts in turn, with the limits switched off, and sign in with many at once."""
    tries = QUICK_TRIES if is_quick else TRIES
    with installation.running(ACCOUNTS_LIMITS="false", ACCOUNTS_SIGN_UP="true") as platform:
        _make_account(installation, platform)
        figures = [
            *_times(platform, "sign-in", tries, 1),
            *_times(platform, "reset", tries, AT_ONCE),
            *_times(platform, "sign-up", tries, AT_ONCE),
        ]
        return [*figures, *_crowd(installation, platform, seconds=3.0 if is_quick else 6.0)]


def _make_account(installation: Installation, platform: Platform) -> None:
    made = installation.command("people", "create", EMAIL, "--name", "Bench", "--json")
    body = {"link": str(made["link"]).partition("#")[2], "password": PASSWORD}
    httpx.post(f"{platform.address}/welcomes", json=body, timeout=30).raise_for_status()


def _times(platform: Platform, what: str, tries: int, at_once: int) -> list[Figure]:
    """Medians of existing and missing accounts, tried in turn."""
    with ThreadPoolExecutor(at_once) as threads:
        shares = [tries // at_once] * at_once
        runs = list(threads.map(lambda count: _tried(platform, what, count), shares))
    existing = [took_ms for one, _ in runs for took_ms in one]
    missing = [took_ms for _, other in runs for took_ms in other]
    difference = abs(median(existing) - median(missing)) / median(missing)
    return [
        shown(f"{what}, existing account, {len(existing):,} tries", [median(existing)], "ms"),
        shown(f"{what}, missing account, {len(missing):,} tries", [median(missing)], "ms"),
        at_most(f"  difference of the medians at {what}", [100 * difference], 100 * MOST_DIFFERENCE, "%"),
    ]


def _tried(platform: Platform, what: str, tries: int) -> tuple[list[float], list[float]]:
    existing: list[float] = []
    missing: list[float] = []
    with httpx.Client(base_url=platform.address, timeout=30) as client:
        for _ in range(tries):
            existing.append(_try(client, what, EMAIL))
            missing.append(_try(client, what, f"{uuid4().hex}@example.org"))
    return existing, missing


def _try(client: httpx.Client, what: str, email: str) -> float:
    """Milliseconds until the answer."""
    paths: dict[str, tuple[str, dict[str, str], int]] = {
        "sign-in": ("/sessions", {"email": email, "password": "mauve lantern seven pickles"}, 401),
        "reset": ("/password-resets", {"email": email}, 202),
        "sign-up": ("/sign-ups", {"email": email, "name": "Bench"}, 202),
    }
    path, body, status = paths[what]
    started = time.perf_counter()
    answer = client.post(path, json=body)
    took_ms = 1000 * (time.perf_counter() - started)
    if answer.status_code != status:
        raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text}")
    return took_ms


def _crowd(installation: Installation, platform: Platform, *, seconds: float) -> list[Figure]:
    """The price's latency in quiet, and while many sign in at once on accounts that do not exist."""
    requests = platform.price_requests(installation.rows(256), explain=False)
    job = Job(HOST, platform.port, requests, CONNECTIONS, seconds, rate=RATE)
    quiet, crowded, failed = [], [], 0
    statuses: Counter[str] = Counter()
    for _ in range(ROUNDS):
        seen = run(job)
        quiet.append(seen.quantile_ms(0.99))
        with generating(_crowd_job(platform)) as people, generating(job) as generator:
            statuses.update(people.result().statuses)
            seen = generator.result()
        crowded.append(seen.quantile_ms(0.99))
        failed += seen.failed
    attempts = statuses.total()
    others = max(attempts, ROUNDS * CROWD) - statuses["401"] - statuses["429"]
    slowdown = median(crowded) / median(quiet)
    return [
        shown(f"price p99 in quiet at {RATE} /s", quiet, "ms"),
        shown(f"price p99 while {CROWD} sign in at once", crowded, "ms"),
        at_most("  against quiet", [slowdown], MOST_SLOWDOWN, "x"),
        at_most("prices failed meanwhile", [failed], 0, "requests"),
        shown("  of the crowd: refused as too many", [statuses["429"]], f"of {attempts}"),
        at_most("  of the crowd: answered otherwise than 401 and 429", [others], 0, "requests"),
    ]


def _crowd_job(platform: Platform) -> Job:
    """As many connections as there are people, each of whom tries once, all within a twentieth of a second."""
    bodies = [
        json.dumps({"email": f"{uuid4().hex}@example.org", "password": PASSWORD}).encode()
        for _ in range(CROWD)
    ]
    requests = [as_request("POST", "/sessions", body=body) for body in bodies]
    return Job(
        HOST,
        platform.port,
        requests,
        CROWD,
        _CROWD_S,
        warm_up_s=0.0,
        rate=CROWD / _CROWD_S,
        delay_s=_CROWD_COMES_AFTER_S,
        niceness=_NICENESS,
    )
