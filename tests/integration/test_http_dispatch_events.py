"""Events over HTTP into a real log: both shapes, reasons by row, lines, and what comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from tests.support.dispatch import (
    NOW,
    CountingNotifier,
    driver,
    flat_driver,
    flat_rider,
    micros,
    request,
    rider,
    update,
)
from tests.support.fakes import FixedClock
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.errors import DrivetrainError
from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.adapters import retention
from drivetrain.dispatch.events.adapters.groups import GroupedEvents
from drivetrain.dispatch.events.adapters.http import event_routes
from drivetrain.dispatch.events.adapters.metrics import EventMetrics
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.ingest_events import IngestEvents
from drivetrain.dispatch.events.application.ports import Arrivals
from drivetrain.dispatch.events.domain.events import DRIVERS, REQUESTS

EVENTS = "/dispatch/events"
WRITER = caller_header("events:write")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def client(engine: Engine, registry: CollectorRegistry) -> Iterator[httpx.Client]:
    store = PostgresEventStore(engine, PostgresEventLog(engine))
    ingest = IngestEvents(GroupedEvents(store, CountingNotifier()), EventSettings().limits, FixedClock(NOW))
    routes = event_routes(ingest, BodyLimits(64 << 10, 1 << 20, 1_000), EventMetrics(registry))
    with (
        serving(served_application([routes], NamedCallers())) as (address, _),
        httpx.Client(base_url=address, headers=WRITER, timeout=60) as client,
    ):
        yield client


def log(engine: Engine, topic: Any = DRIVERS) -> EventBatch:
    return PostgresEventLog(engine).read(topic, {}, most=10_000)


def test_both_shapes_are_durable_when_they_are_answered(client: httpx.Client, engine: Engine) -> None:
    rows = [driver(), flat_driver(driver_id="Driver_8 "), rider(), flat_rider(request_id="r-2")]
    answer = client.post(EVENTS, json=rows)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"counts": {"accepted": 4, "repeated": 0, "refused": 0}, "refused": []}
    assert sorted(log(engine).keys) == ["driver_7", "driver_8"]
    assert sorted(log(engine, REQUESTS).keys) == ["r-1", "r-2"]


def test_good_rows_are_kept_and_bad_ones_named(
    client: httpx.Client, engine: Engine, registry: CollectorRegistry
) -> None:
    answer = client.post(EVENTS, json=[driver(), flat_driver(lat=-74.0, lon=40.7), driver(occurred_at=1)])
    assert answer.status_code == 200
    assert answer.json()["counts"] == {"accepted": 1, "repeated": 0, "refused": 2}
    assert [
        (row["row"], row["errors"][0]["code"], row["errors"][0]["pointer"])
        for row in answer.json()["refused"]
    ] == [
        (2, "dispatch.coordinates_swapped", "/lat"),
        (3, "dispatch.bad_instant", "/occurred_at"),
    ]
    assert len(log(engine)) == 1
    refused = registry.get_sample_value(
        "drivetrain_dispatch_events_refused_total", {"code": "dispatch.bad_instant"}
    )
    assert refused == 1


def test_a_body_without_a_good_row_is_refused(client: httpx.Client, engine: Engine) -> None:
    answer = client.post(EVENTS, json=[driver(status="x"), driver(latitude=[])])
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/0/status", "/1/latitude"]
    assert len(log(engine)) == 0


def test_lines_are_read_one_by_one(client: httpx.Client, engine: Engine) -> None:
    lines = [
        orjson.dumps(driver()),
        b'{"event_type": "driver_update", "latitude": NaN}',
        b"",
        orjson.dumps(driver(driver_id="d8")).replace(b'"sequence":3', b'"sequence":3,"sequence":4'),
        orjson.dumps(rider()),
    ]
    answer = client.post(EVENTS, content=b"\n".join(lines), headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"] == {"accepted": 2, "repeated": 0, "refused": 2}
    codes = [row["errors"][0]["code"] for row in answer.json()["refused"]]
    assert codes == ["dispatch.not_json", "input.repeated_field"]
    assert len(log(engine)) == 1


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"[", "application/json", 400),
        (b'[{"latitude": NaN}]', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"7", "application/json", 422),
        (b"\n \n", "application/x-ndjson", 422),
        (b"\xff\xfe", "application/x-ndjson", 422),
        (b"{}", "text/plain", 415),
        (b"[" + b",".join([b"{}"] * 1_001) + b"]", "application/json", 413),
        (b"{}\n" * 1_001, "application/x-ndjson", 413),
        (b"\n" * 2_001, "application/x-ndjson", 413),
        (b" " * (2 << 20), "application/json", 413),
    ],
)
def test_bodies_that_are_none(client: httpx.Client, content: bytes, kind: str, status: int) -> None:
    answer = client.post(EVENTS, content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["code"]


def test_requests_that_come_again_stand_once(client: httpx.Client, engine: Engine) -> None:
    body = [rider(), rider(request_id="r-2")]
    assert client.post(EVENTS, json=body).json()["counts"]["accepted"] == 2
    again = client.post(EVENTS, json=[*body, rider(rider_id="else"), rider(request_id="r-3")]).json()
    assert again["counts"] == {"accepted": 1, "repeated": 2, "refused": 1}
    assert again["refused"][0]["errors"][0]["code"] == "dispatch.request_differs"
    assert len(log(engine, REQUESTS)) == 3


def test_of_clients_that_send_the_same_request_at_once_one_makes_it(
    client: httpx.Client, engine: Engine
) -> None:
    bodies = [[rider(request_id=f"r-{number}") for number in range(20)]] * 8
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda body: client.post(EVENTS, json=body).json()["counts"], bodies))
    assert sum(answer["accepted"] for answer in answers) == 20
    assert sum(answer["repeated"] for answer in answers) == 140
    assert len(log(engine, REQUESTS)) == 20


def test_two_processes_with_the_same_requests_do_not_wait_in_a_circle(engine: Engine) -> None:
    stores = [PostgresEventStore(engine, PostgresEventLog(engine)) for _ in range(2)]
    ids = [f"r-{number}" for number in range(40)]

    def write(round_: int) -> None:
        order = ids if round_ % 2 else ids[::-1]
        requests = [request(f"{name}-{round_ // 2}") for name in order]
        stores[round_ % 2].write([Arrivals([update("d", round_)], requests, micros(NOW))])

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, range(40)))
    assert len(log(engine, REQUESTS)) == 20 * len(ids)
    assert len(log(engine)) == 40


def test_only_who_may_write_events_is_heard(client: httpx.Client) -> None:
    assert client.post(EVENTS, json=[driver()], headers=caller_header("predict")).status_code == 403


def removed_on(engine: Engine, day: datetime) -> Any:
    """What the daily task removes."""
    ports: Any = SimpleNamespace(
        installation=SimpleNamespace(settings=lambda group: group(event_days=7), clock=FixedClock(day)),
        database=SimpleNamespace(engine=engine),
    )
    progress: Any = None
    return retention.remove_old(ports, {}, progress)


def test_events_and_requests_go_when_their_time_is_over(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_SLICE", 2)
    today = datetime.now(UTC)
    store = PostgresEventStore(engine, PostgresEventLog(engine))
    requests = [request(f"old{number}") for number in range(5)]
    store.write([Arrivals([update()], requests, micros(today))])
    assert removed_on(engine, today + timedelta(days=7)) == {"days": 0, "requests": 0, "dead_messages": 0}
    assert removed_on(engine, today + timedelta(days=9)) == {"days": 2, "requests": 5, "dead_messages": 0}
    assert len(log(engine)) == 0
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.ride_requests")) == 0


def test_the_days_go_even_where_the_rows_of_a_table_cannot(engine: Engine) -> None:
    today = datetime.now(UTC)
    PostgresEventStore(engine, PostgresEventLog(engine)).write([Arrivals([update()], [], micros(today))])
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE drivetrain.ride_requests RENAME TO elsewhere"))
    with pytest.raises((DrivetrainError, SQLAlchemyError)):
        removed_on(engine, today + timedelta(days=9))
    assert len(log(engine)) == 0


def test_refused_lines_have_the_numbers_of_the_sender_blank_ones_counted(client: httpx.Client) -> None:
    content = b"\n\n" + orjson.dumps(driver()) + b"\r\n\r\nnonsense\n"
    answer = client.post(EVENTS, content=content, headers={"Content-Type": "application/x-ndjson"}).json()
    assert answer["counts"] == {"accepted": 1, "repeated": 0, "refused": 1}
    assert [row["row"] for row in answer["refused"]] == [5]
    answer = client.post(EVENTS, content=b"\n{}\n", headers={"Content-Type": "application/x-ndjson"}).json()
    assert answer["errors"][0]["pointer"].startswith("/1/")


def test_more_requests_at_once_than_a_statement_has_parameters(engine: Engine) -> None:
    store = PostgresEventStore(engine, PostgresEventLog(engine))
    requests = [request(f"r{number}") for number in range(8_000)]
    assert len(store.write([Arrivals([], requests, micros(NOW))])) == 8_000
    again = store.write([Arrivals([], [request("new"), *requests], micros(NOW))])
    assert again == {each.request_id: each for each in [request("new"), *requests]}
    assert len(log(engine, REQUESTS)) == 8_001
