"""Who waits, who is held, and who matches a city, on a real database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from tests.support.dispatch import micros, request, update
from tests.support.platform import eventually
from tests.support.ride_steps import Step, step_columns
from tests.support.shared_copy import MemorySharedCopy

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.ports import Arrivals
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.features.adapters.packing import pack
from drivetrain.dispatch.features.domain.windows import DriverWindows
from drivetrain.dispatch.matching.adapters.background import run
from drivetrain.dispatch.matching.adapters.batches import PostgresLeases, PostgresWaitingRides
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.adapters.overdue import PostgresOverdueRides
from drivetrain.dispatch.matching.adapters.policy_store import PostgresPolicyReleases
from drivetrain.dispatch.matching.adapters.rides import PostgresRideStore
from drivetrain.dispatch.matching.adapters.settings import MatchSettings
from drivetrain.dispatch.matching.application.match_batch import MatchBatch
from drivetrain.dispatch.matching.application.match_rider import RankDrivers
from drivetrain.dispatch.matching.application.release_policy import FollowReleases
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers

NEW_YORK = City("New York", 40.5, -74.3, 41.0, -73.6)
LONDON = City("London", 51.3, -0.5, 51.7, 0.3)


@pytest.fixture
def rides(engine: Engine) -> PostgresWaitingRides:
    return PostgresWaitingRides(engine)


def arrive(engine: Engine, requests: Sequence[str], drivers: Sequence[str] = ()) -> None:
    """Riders who ask in New York and have waited for 30 s, and idle drivers there."""
    log, now_us = PostgresEventLog(engine), micros(datetime.now(UTC))
    updates = [update(driver_id, occurred_us=now_us) for driver_id in drivers]
    arrived = Arrivals(updates, [request(name) for name in requests], now_us - 30_000_000)
    PostgresEventStore(engine, log).write([arrived])
    PostgresOverdueRides(engine, log, patience_s=600, ride_s=3_600).take_up(100)


def batch(engine: Engine, url: str, rides: PostgresWaitingRides, owner: str = "a") -> MatchBatch:
    following = FollowDrivers(PostgresEventLog(engine), decode_updates, SystemClock(), fresh_s=900)
    following.look()
    ranking = RankDrivers(following, PickUpPolicy(), SystemClock(), 10.0)
    holder = PostgresHolder(url, offer_s=600, timeout_s=60)
    leases = PostgresLeases(engine, owner=owner, lasts_s=600)
    return MatchBatch(ranking, holder, rides, leases, 60.0, FollowReleases(PostgresPolicyReleases(engine)))


def test_riders_who_wait_are_offered_drivers_and_wait_no_more(
    engine: Engine, migrated_url: str, rides: PostgresWaitingRides
) -> None:
    arrive(engine, ["q1", "q2", "q3"], ["d1", "d2"])
    assert [each.request_id for each in rides.waiting(NEW_YORK, 9)] == ["q1", "q2", "q3"]
    assert rides.waiting(LONDON, 9) == []
    assert 0.5 <= rides.waiting(None, 1)[0].waited_min < 10
    done = asyncio.run(batch(engine, migrated_url, rides)(None))
    assert done is not None
    assert (done.riders, done.offers, done.lost) == (3, 2, 0)
    assert rides.held(["d1", "d2", "d3"]) == {"d1", "d2"}
    assert len(rides.waiting(None, 9)) == 1
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.decisions")) == 2
    assert asyncio.run(batch(engine, migrated_url, rides, owner="another")(None)) is None


def test_who_declined_is_named_and_an_offer_that_is_over_counts_as_none(
    engine: Engine, migrated_url: str, rides: PostgresWaitingRides
) -> None:
    arrive(engine, ["q1"], ["d1"])
    match = batch(engine, migrated_url, rides)
    asyncio.run(match(None))
    store = PostgresRideStore(engine, PostgresEventLog(engine), ride_s=3_600)
    store.step("q1", RideStep.DECLINE, store.find("q1").fence, "app")
    assert rides.waiting(None, 9)[0].refused_by == {"d1"}
    arrive(engine, ["q2"])
    asyncio.run(batch(engine, migrated_url, rides)(None))
    assert [each.request_id for each in rides.waiting(None, 9)] == ["q1"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.rides SET expires_at = now() WHERE state = 'offered'"))
    assert [each.request_id for each in rides.waiting(None, 9)] == ["q1", "q2"]


def test_a_city_is_one_processes_until_that_is_silent(engine: Engine) -> None:
    first, second = (PostgresLeases(engine, owner=owner, lasts_s=600) for owner in "ab")
    assert (first.take("x"), second.take("x"), first.take("x"), second.take("y")) == (1, None, 1, 1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.match_leases SET until = now()"))
    assert (second.take("x"), first.take("x")) == (2, None)


def test_the_process_offers_drivers_to_those_who_wait_until_it_is_asked_to_stop(
    engine: Engine, migrated_url: str, rides: PostgresWaitingRides
) -> None:
    arrive(engine, ["q1"], ["d1"])
    match_until_held(engine, migrated_url, rides, lambda name: None)
    assert rides.waiting(None, 9) == []


def test_a_process_that_begins_takes_over_what_the_workers_have_counted(
    engine: Engine, migrated_url: str, rides: PostgresWaitingRides
) -> None:
    """The log holds no step of this driver: that they accept comes from the copy."""
    arrive(engine, ["q1"], ["d1"])
    copies = {name: MemorySharedCopy() for name in ("dispatch.drivers", "dispatch.features")}
    windows, now_us = DriverWindows(), micros(datetime.now(UTC))
    windows.apply(step_columns([Step(0, "r", 2, "d1", now_us, "accept", 4_000)]))
    copies["dispatch.features"].keep(pack(windows, {}, now_us), 600)
    match_until_held(engine, migrated_url, rides, copies.__getitem__)
    with engine.connect() as connection:
        figures = connection.scalar(text("SELECT features FROM drivetrain.decisions"))
    assert figures[2:] == [1.0, 4_000.0, 0.0]


def match_until_held(
    engine: Engine,
    url: str,
    rides: PostgresWaitingRides,
    shared_copy: Callable[[str], MemorySharedCopy | None],
) -> None:
    """Run the process until it has offered the driver d1."""
    stop = threading.Event()
    installation = SimpleNamespace(
        settings=lambda group: (
            group(policy="batch", window_s=0.5, offer_s=600) if group is MatchSettings else group()
        ),
        clock=SystemClock(),
    )
    ports: Any = SimpleNamespace(
        installation=installation,
        database=SimpleNamespace(url=url, engine=engine),
        registry=CollectorRegistry(),
        stop=stop,
        open_trigger=lambda *_, **__: SimpleNamespace(name="plain"),
        shared_copy=shared_copy,
    )
    with ThreadPoolExecutor(1) as thread:
        process = thread.submit(run, ports)
        try:
            assert eventually(lambda: rides.held(["d1"]) == {"d1"} or process.done(), 60)
        finally:
            stop.set()
        assert process.result(60) == 0
