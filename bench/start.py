"""The second start: how soon the platform answers, and how large an API process is."""

from __future__ import annotations

from bench.installation import HOST, Installation
from bench.load import Job, run
from bench.report import Figure, at_most, shown

MOST_READY_S = 10
MOST_RSS_MIB = 300
_MIB = 1 << 20


def measure(installation: Installation, *, is_quick: bool) -> list[Figure]:
    """Start a home that has been up before, several times."""
    with installation.running():
        pass  # the first start makes keys and database; it is not what is measured
    ready, idle, busy = [], [], []
    rows = installation.rows(64)
    for _ in range(1 if is_quick else 5):
        with installation.running() as platform:
            ready.append(platform.ready_after_s)
            idle.append(max(worker.memory_info().rss for worker in platform.workers()) / _MIB)
            requests = platform.price_requests(rows, explain=True)
            run(Job(HOST, platform.port, requests, connections=16, seconds=2.0, rate=100))
            busy.append(max(worker.memory_info().rss for worker in platform.workers()) / _MIB)
    return [
        at_most("second start, until /health/ready", ready, MOST_READY_S, "s"),
        shown("largest API process, just started", idle, "MiB"),
        at_most("largest API process, after 250 explained prices", busy, MOST_RSS_MIB, "MiB"),
    ]
