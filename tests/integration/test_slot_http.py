"""``GET /trips/status`` over the slot ledger: what it shows, to whom, and what it says to bad questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from tests.support.fakes import FixedClock, MemoryKeyStore
from tests.support.trip_fakes import BEGIN, PlainModels, PlainSource

from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import iso_utc
from drivetrain.products import SCOPES
from drivetrain.trips.slots.adapters import http as slot_http
from drivetrain.trips.slots.adapters.answers import EXAMPLE
from drivetrain.trips.slots.adapters.http import slot_routes
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.backfill_slots import BackfillSlots
from drivetrain.trips.slots.application.ports import Origin
from drivetrain.trips.slots.application.run_due_slots import RunDueSlots
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.domain.slots import SlotGrid

GRID = SlotGrid(5)
KEYS = {role: mint_key("local") for role in ("viewer", "client")}
HOUR = {"from": iso_utc(BEGIN), "to": iso_utc(BEGIN + timedelta(hours=1))}


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    clock = FixedClock(datetime(2026, 5, 1, 12, tzinfo=UTC))
    store = MemoryKeyStore(clock)
    for role, key in KEYS.items():
        store.add(
            KeyRecord(key.key_id, role, SCOPES.granted([role]), key.digest(b"pepper"), clock.now(), "test")
        )
    ring = KeyRing(store.all)
    ring.reload()
    app = FastAPI()
    app.state.authenticator = Authenticator(
        ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=60, clock=clock
    )
    install_problem_answers(app)
    app.include_router(slot_routes(SimpleNamespace(engine=engine), every_min=5))  # type: ignore[arg-type]
    edge = Edge(app, HttpMetrics(CollectorRegistry()))
    with (
        structlog.testing.capture_logs(),
        TestClient(edge, headers={"X-API-Key": KEYS["viewer"].text}) as client,
    ):
        yield client


@pytest.fixture
def score(engine: Engine) -> ScoreSlot:
    return ScoreSlot(PostgresSlotWriter(engine), PlainSource(10), PlainModels())


def shape(value: Any) -> Any:
    """Names, and of lists the first element: what a reader of the example relies on."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def test_the_status_has_the_shape_of_its_example(
    client: TestClient, engine: Engine, score: ScoreSlot
) -> None:
    ledger = PostgresSlotWriter(engine)
    list(RunDueSlots(score, ledger, GRID, timedelta(hours=1))())
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO drivetrain.trip_scorers VALUES ('here:1', now(), 'prefect', '')")
        )
    found = client.get("/trips/status").json()
    assert shape(found) == shape(EXAMPLE)
    assert found["slots"][-1]["rows"] == 10
    assert (
        found["proof"]["expected"]
        == found["proof"]["written"]
        == 10 * sum(slot["rows"] == 10 for slot in found["slots"])
    )
    assert 0 < found["next"]["in_s"] <= 300


def test_a_window_is_proved(client: TestClient, engine: Engine, score: ScoreSlot) -> None:
    end = BEGIN + timedelta(hours=1)
    list(BackfillSlots(score, PostgresSlotWriter(engine), GRID).window(BEGIN, end, SilentProgress()))
    proof = client.get("/trips/status", params=HOUR).json()["proof"]
    assert proof == {
        **HOUR,
        "slots": 12,
        "expected": 120,
        "written": 120,
        "duplicated": 0,
        "missing": 0,
        "unexpected": 0,
        "unscored": [],
        "holds": True,
    }
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM drivetrain.ride_predictions WHERE slot_at = :slot_at"), {"slot_at": BEGIN}
        )
    proof = client.get("/trips/status", params=HOUR).json()["proof"]
    assert (proof["missing"], proof["written"], proof["holds"]) == (10, 110, False)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"from": HOUR["from"]}, "input.missing_field"),  # half a window
        ({"from": HOUR["to"], "to": HOUR["from"]}, "trips.bad_window"),  # backwards
        ({"from": HOUR["from"], "to": HOUR["from"]}, "trips.bad_window"),  # empty
        ({"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "trips.bad_window"),  # too long
        ({"from": "2026-05-01T09:00:00", "to": HOUR["to"]}, "input.contract"),  # no zone
        ({"from": "yesterday", "to": HOUR["to"]}, "input.contract"),
        # before the year one
        ({"from": "0001-01-01T00:00:00+14:00", "to": "0001-01-02T00:00:00Z"}, "input.contract"),
        ({"last": "0"}, None),
        ({"last": "many"}, None),
        ({"last": "100000"}, None),
    ],
)
def test_a_bad_question_is_a_problem(client: TestClient, params: dict[str, str], code: str | None) -> None:
    answer = client.get("/trips/status", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert code is None or answer.json()["code"] == code


def test_a_bad_instant_is_named_by_its_parameter(client: TestClient) -> None:
    answer = client.get("/trips/status", params={"from": HOUR["from"], "to": "later"})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/query/to"]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"),
        ("9999-12-30T00:00:00Z", "9999-12-31T00:00:00Z"),
        ("9999-12-31T23:58:00Z", "9999-12-31T23:59:00Z"),  # between the last two begins of all time
    ],
)
def test_the_ends_of_time_are_no_bug(client: TestClient, score: ScoreSlot, begin: str, end: str) -> None:
    score(GRID.last_over(datetime.now(UTC)), Origin.SCHEDULE)
    answer = client.get("/trips/status", params={"from": begin, "to": end})
    assert answer.status_code == 200 and answer.json()["proof"]["slots"] == 0


class TestWithoutAPlace:
    @pytest.fixture(autouse=True)
    def _no_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(slot_http, "MOST_AT_ONCE", 0)
        monkeypatch.setattr(slot_http, "_PATIENCE_S", 0.0)

    def test_a_window_waits_and_a_glance_does_not(self, client: TestClient) -> None:
        answer = client.get("/trips/status", params=HOUR)
        assert (answer.status_code, answer.json()["code"]) == (429, "limits.too_many_requests")
        assert int(answer.headers["retry-after"]) >= 1
        assert client.get("/trips/status").status_code == 200


def test_who_may_not_see_metrics_may_not_see_this(client: TestClient) -> None:
    assert client.get("/trips/status", headers={"X-API-Key": KEYS["client"].text}).status_code == 403


def test_without_the_database_it_says_so(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE drivetrain.trip_slots RENAME TO away"))
    answer = client.get("/trips/status")
    assert (answer.status_code, answer.json()["code"]) == (503, "database.not_migrated")
