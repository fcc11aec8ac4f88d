"""Kill the database and workers with SIGKILL at random moments of a mixed load, and hold the ledger against the answers."""

from __future__ import annotations

import random
import time

from bench.installation import Installation, Platform
from bench.mixed import kill_at_random, mixed_load
from bench.report import Figure, at_most, shown

GIVEN_BACK_WITHIN_S = 60.0
_SEED = 1


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Kill again and again; then count what was lost, doubled, torn, or answered in an undocumented way."""
    with mixed_load(platform.port, platform.headers["x-api-key"], installation.rows(200)) as load:
        killed = kill_at_random(
            lambda: platform.postgres()[0].pid,
            lambda: [worker.pid for worker in platform.workers()],
            kills=6 if is_quick else 20,
            pause_s=(1.0, 8.0),
            draw=random.Random(_SEED),
        )
        time.sleep(3)
    waited_s = _given_back(platform)
    account = load.account(platform.database_url)
    statuses = load.statuses()
    acknowledged = len(load.acknowledged())
    return [
        at_most(f"acknowledged decisions lost, of {acknowledged:,}", [len(account.lost)], 0, "decisions"),
        at_most("requests recorded more than once", [len(account.doubled)], 0, "requests"),
        at_most("lists and files recorded in part", [len(account.torn)], 0, "requests"),
        at_most("acknowledged outcomes lost", [len(account.outcomes_lost)], 0, "outcomes"),
        at_most("answers that are neither 2xx nor 429 nor 503", [len(account.undocumented)], 0, "answers"),
        shown(
            "  killed",
            [len(killed)],
            "times",
            database=killed.count("database"),
            worker=killed.count("worker"),
        ),
        *(
            shown(
                f"  {kind}: well, 503, broken",
                [sum(count for status, count in seen.items() if status in {200, 201})],
                f"/ {seen[503]:,} / {seen[0]:,}",
            )
            for kind, seen in sorted(statuses.items())
        ),
        shown("  until the spool was given back", [waited_s], "s"),
    ]


def _given_back(platform: Platform) -> float:
    """Seconds until nothing waits on local disk."""
    started = time.monotonic()
    while any(platform.home.spool.glob("*.jsonl")) and time.monotonic() - started < GIVEN_BACK_WITHIN_S:
        time.sleep(0.1)
    return time.monotonic() - started
