"""Events that cannot be read are set aside, exactly those and each once, and readers go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import Engine
from tests.support.dispatch import micros, update
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.event_log import NewEvent
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.adapters.retention import remove_rows
from drivetrain.dispatch.events.domain.events import DRIVERS
from drivetrain.dispatch.state.adapters.dead_events import PostgresDeadEvents
from drivetrain.dispatch.state.adapters.dead_events_http import dead_event_routes
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.adapters.tables import dead_events
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers

ROUTE = "/dispatch/dead-events"
READER = caller_header("dispatch:read")


@pytest.fixture
def client(engine: Engine) -> Iterator[httpx.Client]:
    routes = dead_event_routes(PostgresDeadEvents(engine))
    with (
        serving(served_application([routes], NamedCallers())) as (address, _),
        httpx.Client(base_url=address, headers=READER, timeout=60) as client,
    ):
        yield client


def follower(engine: Engine) -> FollowDrivers:
    log, dead = PostgresEventLog(engine), PostgresDeadEvents(engine)
    return FollowDrivers(log, decode_updates, SystemClock(), fresh_s=900, set_aside=dead.set_aside)


def read_all(following: FollowDrivers) -> None:
    following.look()
    while following.lag_events:
        following.look()


def poison(count: int) -> list[NewEvent]:
    return [NewEvent(f"k{number % 50}", b'{"number": %d}' % number) for number in range(count)]


def good(driver_id: str) -> NewEvent:
    return encode_update(update(driver_id, 1, occurred_us=micros(datetime.now(UTC))))


def test_thousands_of_dead_events_before_a_good_one(engine: Engine) -> None:
    log = PostgresEventLog(engine)
    log.append({DRIVERS: poison(10_000)})
    log.append({DRIVERS: [good("a")]})
    workers = [follower(engine), follower(engine)]
    for worker in workers:
        read_all(worker)
        with worker.table() as table:
            assert table.driver_ids == ["a"]
    assert [worker.counters.dead for worker in workers] == [10_000, 0]
    page = PostgresDeadEvents(engine).newest(20_000)
    assert page.total == 10_000
    assert sorted(event.body for event in page.events) == sorted(event.body for event in poison(10_000))
    batch = log.read(DRIVERS, {}, most=20_000)
    places = {
        (part, offset)
        for part, offset, body in zip(batch.partitions, batch.offsets, batch.bodies, strict=True)
        if body.startswith(b'{"number"')
    }
    assert {(event.partition, event.offset) for event in page.events} == places


def test_dead_events_are_shown_with_their_reason(client: httpx.Client, engine: Engine) -> None:
    log = PostgresEventLog(engine)
    log.append({DRIVERS: [NewEvent("k", body) for body in (b"\xff", b"[]", b"{}")]})
    log.append({DRIVERS: [good("a")]})
    read_all(follower(engine))
    answer = client.get(ROUTE, params={"limit": 2})
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == 3
    items = answer.json()["items"]
    assert [(item["offset"], item["code"], item["pointer"]) for item in items] == [
        (2, "dispatch.bad_field", "/driver_id"),
        (1, "dispatch.not_an_object", ""),
    ]
    rest = client.get(ROUTE, params={"before": items[-1]["id"]}).json()["items"]
    assert [(item["code"], item["body"], item["key"]) for item in rest] == [("dispatch.not_json", "�", "k")]
    assert client.get(ROUTE, params={"limit": 0}).status_code == 422
    assert client.get(ROUTE, headers=caller_header("events:write")).status_code == 403


def test_dead_events_are_removed_with_their_time(engine: Engine) -> None:
    PostgresEventLog(engine).append({DRIVERS: poison(3)})
    read_all(follower(engine))
    assert (
        remove_rows(engine, dead_events.c.id, dead_events.c.appended_at < datetime(2026, 1, 1, tzinfo=UTC))
        == 0
    )
    assert (
        remove_rows(engine, dead_events.c.id, dead_events.c.appended_at < datetime(9999, 1, 1, tzinfo=UTC))
        == 3
    )
