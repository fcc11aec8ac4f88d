"""``python -m bench --only dispatch-live``: matching beside 100,000 drivers who move, by what a caller waits.

The generators of matches and of reports are processes on the same cores.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from statistics import median, quantiles

import orjson

from bench import memory
from bench.campaign.connection import Connection
from bench.dispatch import BODY, DRIVERS_KNOWN, City, core_figure, known_city
from bench.installation import HOST, Installation, Platform, cpu_s
from bench.live import feature_reads, trees
from bench.live.fleet import Reported, Shift, reporting
from bench.live.probes import SharedCopyWatch, matchable_s, matches, until, updates_read
from bench.live.rates import highest_rate
from bench.live.stand_ins import TREES_FILE, standing_in
from bench.load import Seen, generating, run
from bench.report import Figure, at_least, at_most, shown
from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.application.ingest_events import read_rows
from drivetrain.dispatch.events.domain.reading import Limits
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers

UPDATES_PER_S, RATE = 5_000, 300
MOST_P95_MS, MOST_P99_MS, AIMED_RATE = 10.0, 20.0, 600
FEWEST_EVENTS_PER_S, MOST_MATCHABLE_MS, MOST_REBUILD_S = 50_000, 300.0, 5.0

_FEW_MATCHES_PER_S = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Attributes:
        most_rate: of matches, where the limit of the latency is searched.
        lead_s: for which drivers report before and after a window of matches.
        paused_s: for which Redis stands still.
        read_drivers: whose features are read, here and by Feast, which takes a second to write ten thousand.
    """

    drivers: int
    windows: int
    window_s: float
    search_s: float
    ingestion_s: float
    probes: int
    redis_s: float
    most_rate: float = 2_400
    lead_s: float = 1.0
    paused_s: float = 3.0
    read_drivers: int = DRIVERS_KNOWN


WHOLE = Scale(
    drivers=DRIVERS_KNOWN, windows=4, window_s=15.0, search_s=8.0, ingestion_s=10.0, probes=200, redis_s=45.0
)
QUICK = Scale(
    drivers=DRIVERS_KNOWN,
    windows=1,
    window_s=2.0,
    search_s=1.0,
    ingestion_s=2.0,
    probes=10,
    redis_s=12.0,
    read_drivers=5_000,
)


def measure(installation: Installation, *, is_quick: bool) -> list[Figure]:
    """Measure with the first ranking, then with 80 trees in its place."""
    scale = QUICK if is_quick else WHOLE
    file = installation.log.with_name("trees.txt")
    trees.fit(file)
    rounds = 40 if is_quick else 400
    city = City()
    following = known_city(city)
    figures = [
        core_figure(following, city, PickUpPolicy(), rounds, "first ranking"),
        core_figure(following, city, trees.TreesPolicy(trees=trees.load(file)), rounds, "80 trees"),
        *feature_reads.measure(drivers=scale.read_drivers, reads=rounds),
    ]
    with installation.running(DISPATCH_POLICY="batch") as platform:
        platform.settle()
        figures += memory.of_matcher(platform, is_quick=is_quick)
    with installation.running() as platform:
        platform.settle()
        figures += figures_of(platform, scale)
    with standing_in(installation, {TREES_FILE: str(file)}), installation.running() as platform:
        platform.settle()
        know_all(platform, scale)
        figures += _matching(platform, scale, "80 trees")
    return figures


def figures_of(platform: Platform, scale: Scale) -> list[Figure]:
    """What is measured of a running platform with the ranking that it has."""
    know_all(platform, scale)
    return [
        *_ingestion(platform, scale),
        *_matching(platform, scale, "first ranking"),
        *_matchable(platform, scale),
        *_without_redis(platform, scale),
    ]


def know_all(platform: Platform, scale: Scale) -> None:
    """Have every driver report once, and wait until matches are answered."""
    with reporting(_shift(platform, scale, bodies_per_s=None, seconds=0)) as fleet:
        fleet.result()
    until(lambda: _answers_matches(platform))


def _shift(platform: Platform, scale: Scale, *, bodies_per_s: float | None, seconds: float) -> Shift:
    key = platform.headers["x-api-key"]
    return Shift(HOST, platform.port, key, bodies_per_s, seconds, drivers=scale.drivers)


def _answers_matches(platform: Platform) -> bool:
    return run(matches(platform, rate=20, seconds=0.5, hold=False)).failed == 0


def _beside_reports(
    platform: Platform, scale: Scale, seconds: float, work: Callable[[], Seen]
) -> tuple[Seen, Reported]:
    """Do something while the drivers report."""
    shift = _shift(platform, scale, bodies_per_s=UPDATES_PER_S / BODY, seconds=seconds + 2 * scale.lead_s)
    with reporting(shift) as fleet:
        time.sleep(scale.lead_s)
        seen = work()
        return seen, fleet.result()


def _matching(platform: Platform, scale: Scale, name: str) -> list[Figure]:
    """Windows at the rate that is promised, ranked and held; then up to the rate at which p95 reaches its limit."""
    figures = []
    for hold in (False, True):
        loads = [
            _beside_reports(
                platform,
                scale,
                scale.window_s,
                partial(run, matches(platform, rate=RATE, seconds=scale.window_s, hold=hold)),
            )
            for _ in range(scale.windows)
        ]
        what = f"{name}: {RATE} matches/s{', each holding a driver' if hold else ''}"
        figures += _windows(what, loads)

    tried: dict[str, object] = {}

    def p95_ms(rate: float) -> float:
        seen, _ = _beside_reports(
            platform,
            scale,
            scale.search_s,
            partial(run, matches(platform, rate=rate, seconds=scale.search_s, hold=True)),
        )
        tried[f"{rate:g}"] = seen.as_dict()
        return seen.quantile_ms(0.95) if not seen.failed else float("inf")

    rate = highest_rate(p95_ms, limit=MOST_P95_MS, start=RATE, most=scale.most_rate)
    return [
        *figures,
        at_least(
            f"{name}: holds/s at which p95 reaches {MOST_P95_MS:g} ms", [rate], AIMED_RATE, "/s", **tried
        ),
    ]


def _windows(what: str, loads: Sequence[tuple[Seen, Reported]]) -> list[Figure]:
    p50, p95, p99 = ([seen.quantile_ms(share) for seen, _ in loads] for share in (0.5, 0.95, 0.99))
    reported = [fleet.accepted / fleet.took_s for _, fleet in loads]
    raw = {"loads": [seen.as_dict() for seen, _ in loads]}
    return [
        shown(f"{what}: p50", p50, "ms", **raw),
        at_most("  p95, worst window", [max(p95)], MOST_P95_MS, "ms", windows=p95),
        at_most("  p99, worst window", [max(p99)], MOST_P99_MS, "ms", windows=p99),
        at_most(
            "  matches failed or never sent", [sum(seen.failed + seen.unsent for seen, _ in loads)], 0, ""
        ),
        shown("  updates meanwhile", reported, "/s"),
    ]


def _ingestion(platform: Platform, scale: Scale) -> list[Figure]:
    """Bodies of 1,000 as fast as they are answered, until every worker has read all of them."""
    workers = platform.workers()
    read, used_s, began = updates_read(platform), cpu_s(workers), time.monotonic()
    with reporting(_shift(platform, scale, bodies_per_s=None, seconds=scale.ingestion_s)) as fleet:
        reported = fleet.result()
    goal = read + len(workers) * reported.accepted
    until(lambda: updates_read(platform) >= goal)
    took_s = time.monotonic() - began
    body_ms = 1e3 * (cpu_s(workers) - used_s) * BODY / max(1, reported.accepted)
    own_ms = _own_work_ms(len(workers), scale.drivers)
    return [
        at_least(
            "events over HTTP to the state of all workers, bodies of 1,000",
            [reported.accepted / took_s],
            FEWEST_EVENTS_PER_S,
            "events/s",
            statuses=reported.statuses,
        ),
        shown("  answered (durable)", [reported.accepted / reported.took_s], "events/s"),
        shown("  CPU of the API processes for 1,000 events", [body_ms], "ms"),
        shown("  of which HTTP, JSON, appending and the index", [1 - own_ms / body_ms], "x", own_ms=own_ms),
        shown(
            "  CPU of the generator for 1,000 events",
            [1e3 * reported.cpu_s * BODY / max(1, reported.accepted)],
            "ms",
        ),
    ]


def _own_work_ms(workers: int, drivers: int) -> float:
    """CPU time of what must be done with 1,000 events: read and encode them once, decode and apply them in each worker."""
    city, following = City(), known_city(City(), drivers)
    spent_s = [_own_work_s(city, following, workers) for _ in range(10)]
    return 1e3 * median(spent_s)


def _own_work_s(city: City, following: FollowDrivers, workers: int) -> float:
    bodies = city.bodies(time.time_ns() // 1_000, city.some(BODY))
    began = time.process_time()
    reading = read_rows(bodies, datetime.now(UTC), Limits(60, 86_400))
    events = [encode_update(update) for update in reading.updates]
    keys, texts = [event.key for event in events], [event.body for event in events]
    batch = EventBatch([0] * BODY, range(BODY), keys, texts, [time.time_ns() // 1_000] * BODY, {0: BODY})
    for _ in range(workers):
        with following.table() as table:
            table.apply(decode_updates(batch))
    return time.process_time() - began


def _matchable(platform: Platform, scale: Scale) -> list[Figure]:
    with reporting(_shift(platform, scale, bodies_per_s=UPDATES_PER_S / BODY, seconds=110)):
        time.sleep(scale.lead_s)
        took_ms = [1e3 * took_s for took_s in asyncio.run(matchable_s(platform, scale.probes))]
    p95 = quantiles(took_ms, n=20)[-1]
    return [
        shown("event to matchable, sent to matched, in each worker: p50", [quantiles(took_ms, n=2)[0]], "ms"),
        at_most("  p95", [p95], MOST_MATCHABLE_MS, "ms", all=took_ms),
    ]


def _without_redis(platform: Platform, scale: Scale) -> list[Figure]:
    """Kill, pause and empty Redis while riders are matched."""
    copy = SharedCopyWatch(platform)
    until(copy.is_there)
    with (
        reporting(_shift(platform, scale, bodies_per_s=UPDATES_PER_S / BODY, seconds=scale.redis_s)),
        generating(matches(platform, rate=_FEW_MATCHES_PER_S, seconds=scale.redis_s, hold=True)) as generator,
    ):
        time.sleep(2 * scale.lead_s)
        flushed_s = copy.flush()
        copy.harm(signal.SIGSTOP)
        time.sleep(scale.paused_s)
        copy.harm(signal.SIGCONT)
        lost_s = copy.kill()
        seen = generator.result()
    return [
        at_most(
            "Redis emptied, paused and killed: matches failed or never sent",
            [seen.failed + seen.unsent],
            0,
            "",
        ),
        shown("  p99 of matches meanwhile", [seen.quantile_ms(0.99)], "ms", load=seen.as_dict()),
        at_most("  copy there again after it was emptied", [flushed_s], MOST_REBUILD_S, "s"),
        at_most("  copy there again after the server was killed", [lost_s], MOST_REBUILD_S, "s"),
        at_most(
            "  worker that starts without a copy matches again",
            [_rebuilt_s(platform, copy)],
            MOST_REBUILD_S,
            "s",
        ),
    ]


def _rebuilt_s(platform: Platform, copy: SharedCopyWatch) -> float:
    """Seconds until all workers match again, after one was killed that finds no copy."""
    before = {worker.pid for worker in platform.workers()}
    victim = min(before)
    copy.harm(signal.SIGSTOP)  # it is not there for who asks, and nobody can write it
    os.kill(victim, signal.SIGKILL)
    try:
        return until(lambda: _all_match(platform, victim, len(before)), every_s=0.05)
    finally:
        copy.harm(signal.SIGCONT)


def _all_match(platform: Platform, victim: int, workers: int) -> bool:
    """Whether matches on many new connections are all answered: so each worker is likely to be met."""
    pids = {worker.pid for worker in platform.workers()}
    if victim in pids or len(pids) < workers:
        return False
    return asyncio.run(_answers(platform, 8 * len(platform.workers()))) == {200}


async def _answers(platform: Platform, count: int) -> set[int]:
    body = orjson.dumps({"rider_id": "r", "rider_lat": 40.72, "rider_lon": -73.98, "top_k": 1})
    statuses = set()
    for _ in range(count):
        connection = Connection(HOST, platform.port, platform.headers["x-api-key"])
        statuses.add((await connection.ask("POST", "/match", body)).status)
        connection.close()
    return statuses
