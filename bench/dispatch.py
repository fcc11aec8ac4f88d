"""Dispatch in one process: events read, appended and applied, the index, the search and a match, on 100,000 drivers.

The database is one of its own, with its disk's flushes. Nothing goes over HTTP here.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import numpy as np

from bench import parity
from bench.report import Figure, at_least, at_most, shown
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.core.event_log import EventBatch, NewEvent
from drivetrain.core.ids import new_id
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS, DriverUpdate, Place
from drivetrain.dispatch.events.domain.reading import Limits, read_event
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.application.match_rider import Match, MatchRider, Ride
from drivetrain.dispatch.matching.application.ports import WantedHold
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.domain.cells import index_of
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef, RequestContext
from drivetrain.products import MIGRATIONS

DRIVERS_KNOWN = 100_000
BODY = 1_000
CENTER = (40.72, -73.98)
MOST_CORE_MS, FEWEST_APPENDED_PER_S = 0.6, 100_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class City:
    """Drivers, 60 % of them around a center and the others over 40 by 40 km; 40 % are idle."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)

    def places(self, count: int) -> Iterator[tuple[float, float]]:
        is_central = self._random.random(count) < 0.6
        near = self._random.normal(CENTER, (0.05, 0.066), (count, 2))
        wide = self._random.uniform(
            (CENTER[0] - 0.18, CENTER[1] - 0.237), (CENTER[0] + 0.18, CENTER[1] + 0.237), (count, 2)
        )
        yield from np.where(is_central[:, None], near, wide).tolist()

    def bodies(self, sequence: int, drivers: Sequence[int]) -> list[dict[str, object]]:
        """Events of some drivers, as a client sends them."""
        now = datetime.now(UTC).isoformat()
        idle = (self._random.random(len(drivers)) < 0.4).tolist()
        return [
            {
                "event_type": "driver_update",
                "driver_id": f"driver_{number}",
                "sequence": sequence,
                "latitude": latitude,
                "longitude": longitude,
                "status": "idle" if is_idle else "on_trip",
                "vehicle": "sedan",
                "occurred_at": now,
            }
            for number, (latitude, longitude), is_idle in zip(
                drivers, self.places(len(drivers)), idle, strict=True
            )
        ]

    def some(self, count: int) -> list[int]:
        """Numbers of some drivers."""
        numbers: list[int] = self._random.integers(0, DRIVERS_KNOWN, count).tolist()
        return numbers


class _NoLedger:
    async def append(self, decision: Decision) -> None:
        """Take it, and do nothing."""


def measure(*, is_quick: bool) -> list[Figure]:
    """Measure the parts one by one, then the log and the holds on a database."""
    rounds = 20 if is_quick else 200
    city = City()
    figures = _in_memory(city, rounds)
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-") as folder:
        server = EmbeddedPostgres(Path(folder))
        server.start()
        try:
            migrate(server.url, *MIGRATIONS)
            return [*figures, *_log(server.url, city, rounds), *asyncio.run(_holds(server.url, rounds))]
        finally:
            server.stop()


def _in_memory(city: City, rounds: int) -> list[Figure]:
    now, limits = datetime.now(UTC), Limits(60, 86_400)
    bodies = city.bodies(1, city.some(BODY))
    events = [
        event
        for event in (read_event(body, now, limits) for body in bodies)
        if isinstance(event, DriverUpdate)
    ]
    batches = iter([_batch(_new_events(city, number + 2)) for number in range(2 * rounds)])
    following = known_city(city)
    with following.table() as table:
        decoded = iter([decode_updates(next(batches)) for _ in range(rounds)])
        places = city.places(2 * rounds)
        index = following.index

        def search() -> object:
            latitude, longitude = next(places)
            return index.nearest(latitude, longitude, most=100, radius_km=10.0, not_before_us=0)

        now_us = following.now_us()
        return [
            shown(
                "read 1,000 events of a body",
                _ms(lambda: [read_event(body, now, limits) for body in bodies], rounds // 4),
                "ms",
            ),
            shown(
                "encode them for the log",
                _ms(lambda: [encode_update(event) for event in events], rounds // 4),
                "ms",
            ),
            shown(
                "decode 1,000 updates of the log", _ms(lambda: decode_updates(next(batches)), rounds), "ms"
            ),
            shown(
                "apply 1,000 updates to 100,000 drivers",
                _ms(lambda: table.apply(next(decoded)), rounds),
                "ms",
            ),
            shown(
                f"make the index of {len(index):,} idle drivers",
                _ms(lambda: index_of(table, now_us=now_us, not_before_us=0), rounds // 4),
                "ms",
            ),
            shown("find the 100 nearest", _ms(search, 2 * rounds), "ms"),
            core_figure(following, city, PickUpPolicy(), rounds, "first ranking"),
        ]


def core_figure(following: FollowDrivers, city: City, policy: PickUpPolicy, rounds: int, name: str) -> Figure:
    """What a match takes without I/O, ranked by a policy."""
    match, places = MatchRider(following, policy, SystemClock(), 10.0, _NoLedger()), city.places(rounds)

    def whole() -> object:
        latitude, longitude = next(places)
        ride = Ride("rider", "request", Place(latitude, longitude), None, "")
        return match.decision(
            ride, _matched(match, ride), RequestContext("app", "request", time.perf_counter())
        )

    return at_most(
        f"a match without I/O: search, rank ({name}), decision", _ms(whole, rounds), MOST_CORE_MS, "ms"
    )


def _matched(match: MatchRider, ride: Ride) -> Match:
    ranked = match.rank(ride, 1)
    return Match(ranked[:5], len(ranked), match.policy_ref, new_id())


def known_city(city: City, drivers: int = DRIVERS_KNOWN) -> FollowDrivers:
    """A worker's state after all drivers were heard of."""
    following = FollowDrivers(
        PostgresEventLog(open_engine("postgresql://none", pool_size=1)),
        decode_updates,
        SystemClock(),
        fresh_s=900,
    )
    with following.table() as table:
        for start in range(0, drivers, BODY):
            table.apply(decode_updates(_batch(_encoded(city.bodies(1, range(start, start + BODY))))))
        following.index = index_of(table, now_us=following.now_us(), not_before_us=0)
    return following


def _log(url: str, city: City, rounds: int) -> list[Figure]:
    engine = open_engine(url, pool_size=3)
    log = PostgresEventLog(engine)
    bodies = [_new_events(city, number) for number in range(10)]
    log.append({DRIVERS: bodies[0]})  # makes the day
    append = _ms(lambda: log.append({DRIVERS: bodies[1]}), rounds)
    five = [event for body in bodies[:5] for event in body]
    append_five = _ms(lambda: log.append({DRIVERS: five}), rounds // 4)
    following = FollowDrivers(log, decode_updates, SystemClock(), fresh_s=900)
    began = time.perf_counter()
    while not following.counters.read or following.offsets != log.ends(DRIVERS):
        following.look()
    per_s = following.counters.read / (time.perf_counter() - began)
    parity_per_s = parity.steps_per_s(log, rounds)
    engine.dispose()
    return [
        at_least(
            "append alone, transactions of 1,000",
            [BODY / value * 1e3 for value in append],
            FEWEST_APPENDED_PER_S,
            "events/s",
        ),
        shown(
            "append alone, transactions of 5,000",
            [5 * BODY / value * 1e3 for value in append_five],
            "events/s",
        ),
        shown("read from the log and applied in a worker", [per_s], "events/s"),
        shown("parity of features, for which a week of the log is read", [parity_per_s], "events of rides/s"),
    ]


async def _holds(url: str, rounds: int) -> list[Figure]:
    """One hold at a time, then forty at once."""
    holder = PostgresHolder(url, offer_s=600)
    took = []
    for number in range(rounds):
        began = time.perf_counter()
        await holder.hold(_wanted(number))
        took.append((time.perf_counter() - began) * 1e3)
    began = time.perf_counter()
    for group in range(rounds // 4):
        await asyncio.gather(*(holder.hold(_wanted(10_000 + 40 * group + place)) for place in range(40)))
    per_s = 40 * (rounds // 4) / (time.perf_counter() - began)
    return [
        shown("hold a driver and write the decision", took, "ms", p95=quantiles(took, n=20)[-1]),
        shown("holds, forty at once", [per_s], "holds/s"),
    ]


def _wanted(number: int) -> WantedHold:
    decision = Decision(
        new_id(),
        datetime.now(UTC),
        "dispatch",
        ModelRef("p", "1"),
        b"{}",
        [1.0],
        b"{}",
        5,
        "app",
        f"r{number}",
    )
    return WantedHold(f"driver_{number}", f"request_{number}", "rider", decision)


def _new_events(city: City, sequence: int) -> list[NewEvent]:
    return _encoded(city.bodies(sequence, city.some(BODY)))


def _encoded(bodies: Sequence[dict[str, object]]) -> list[NewEvent]:
    now, limits = datetime.now(UTC), Limits(60, 86_400)
    events = [read_event(body, now, limits) for body in bodies]
    return [encode_update(event) for event in events if isinstance(event, DriverUpdate)]


def _batch(events: Sequence[NewEvent]) -> EventBatch:
    count, appended_us = len(events), int((datetime.now(UTC) - _EPOCH).total_seconds() * 1e6)
    return EventBatch(
        [0] * count,
        range(count),
        [event.key for event in events],
        [event.body for event in events],
        [appended_us] * count,
        {0: count},
    )


def _ms(step: Callable[[], object], rounds: int) -> list[float]:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        step()
        took.append((time.perf_counter() - began) * 1e3)
    return took
