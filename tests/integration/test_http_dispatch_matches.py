"""From events over HTTP to matched and held drivers: the whole way on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine
from tests.support.dispatch import CountingNotifier, driver
from tests.support.matching import KeptDecisions
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.adapters.groups import GroupedEvents
from drivetrain.dispatch.events.adapters.http import event_routes
from drivetrain.dispatch.events.adapters.metrics import EventMetrics
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.ingest_events import IngestEvents
from drivetrain.dispatch.events.domain.reading import Limits
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.adapters.http import match_routes
from drivetrain.dispatch.matching.adapters.metrics import MatchMetrics
from drivetrain.dispatch.matching.application.match_rider import MatchRider
from drivetrain.dispatch.matching.application.offer_ride import OfferRide
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.adapters.http import driver_routes
from drivetrain.dispatch.state.application import follow_drivers
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.application.show_drivers import ShowDrivers

CALLER = caller_header("events:write", "dispatch:match", "dispatch:read")
PICKUP = {"latitude": 40.7, "longitude": -74.0}


@pytest.fixture(autouse=True)
def indexed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_drivers, "INDEX_EVERY_S", 0.0)


@pytest.fixture
def following(engine: Engine) -> FollowDrivers:
    return FollowDrivers(PostgresEventLog(engine), decode_updates, SystemClock(), fresh_s=900)


@pytest.fixture
def ledger() -> KeptDecisions:
    return KeptDecisions()


@pytest.fixture
def client(
    engine: Engine, migrated_url: str, following: FollowDrivers, ledger: KeptDecisions
) -> Iterator[httpx.Client]:
    registry = CollectorRegistry()
    store = PostgresEventStore(engine, PostgresEventLog(engine))
    ingest = IngestEvents(GroupedEvents(store, CountingNotifier()), Limits(60, 86_400), SystemClock())
    match = MatchRider(following, PickUpPolicy(), SystemClock(), 10.0, ledger)
    routers = [
        event_routes(ingest, BodyLimits(64 << 10, 1 << 20, 1_000), EventMetrics(registry)),
        driver_routes(ShowDrivers(following)),
        match_routes(
            match,
            OfferRide(match, PostgresHolder(migrated_url, offer_s=600, timeout_s=60), 600),
            (),
            MatchMetrics(registry),
        ),
    ]
    with (
        serving(served_application(routers, NamedCallers())) as (address, _),
        httpx.Client(base_url=address, headers=CALLER, timeout=60) as client,
    ):
        yield client


def drive(client: httpx.Client, following: FollowDrivers, *drivers: dict[str, Any]) -> None:
    """Report drivers, and have the worker see them."""
    now = datetime.now(UTC).isoformat()
    answer = client.post("/dispatch/events", json=[{**each, "occurred_at": now} for each in drivers])
    assert answer.json()["counts"]["accepted"] == len(drivers)
    following.look()


def along(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [
        driver(driver_id=f"d{number}", latitude=40.7 + number * 0.0009, **changes) for number in range(count)
    ]


def test_from_an_event_to_a_match(
    client: httpx.Client, following: FollowDrivers, ledger: KeptDecisions
) -> None:
    drive(client, following, *along(5), driver(driver_id="busy", status="on_trip"))
    answer = client.post("/dispatch/matches", json={"rider_id": "r", "pickup": PICKUP, "top_k": 2})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [each["driver_id"] for each in body["matches"]] == ["d0", "d1"]
    assert body["candidates"] == 5
    assert body["policy"] == {"name": "dispatch-pick-up", "version": "1"}
    assert "offer" not in body
    assert ledger.decisions[0].decision_id == body["decision_id"]
    second = body["matches"][1]
    assert second["distance_m"] == 100
    assert [reason["field"] for reason in second["reasons"]] == ["start", "distance_m", "position_age_s"]
    assert second["eta_min"] == pytest.approx(second["reasons"][0]["effect"] + second["reasons"][1]["effect"])


def test_the_flat_shape_is_answered_as_its_clients_expect(
    client: httpx.Client, following: FollowDrivers
) -> None:
    drive(client, following, *along(3))
    answer = client.post("/match", json={"rider_id": "r", "rider_lat": 40.7, "rider_lon": -74, "top_k": 2})
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["matches"]
    assert [list(each) for each in answer.json()["matches"]] == [["driver_id", "score", "distance_km"]] * 2


def test_each_offer_holds_another_driver_until_nobody_is_free(
    client: httpx.Client, following: FollowDrivers
) -> None:
    drive(client, following, *along(3))

    def offered(request: str) -> Any:
        body = {"rider_id": "r", "request_id": request, "pickup": PICKUP, "hold": True}
        return client.post("/dispatch/matches", json=body)

    offers = [offered(f"q{number}").json()["offer"] for number in range(3)]
    assert [offer["driver_id"] for offer in offers] == ["d0", "d1", "d2"]
    assert sorted(offer["fence"] for offer in offers) == [offer["fence"] for offer in offers]
    assert offered("q3").json()["offer"] is None
    drive(client, following, driver(driver_id="d9"))
    again = offered("Q0 ")
    assert (again.status_code, again.json()["code"]) == (409, "dispatch.already_offered")


def test_without_drivers_nobody_is_matched(client: httpx.Client) -> None:
    assert client.post("/match", json={"rider_id": "r", "rider_lat": 40.7, "rider_lon": -74.0}).json() == {
        "matches": []
    }


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/dispatch/matches", {"rider_id": " ", "pickup": PICKUP}, "/rider_id"),
        ("/dispatch/matches", {"rider_id": "r"}, "/pickup"),
        ("/dispatch/matches", {"rider_id": "r", "pickup": PICKUP, "top_k": 101}, "/top_k"),
        ("/dispatch/matches", {"rider_id": "r", "pickup": PICKUP, "top_k": 0}, "/top_k"),
        ("/dispatch/matches", {"rider_id": "r", "pickup": PICKUP, "hold": True}, "/request_id"),
        (
            "/dispatch/matches",
            {"rider_id": "r", "pickup": {"latitude": -74.0, "longitude": 40.7}},
            "/pickup/latitude",
        ),
        ("/dispatch/matches", {"rider_id": "r", "pickup": PICKUP, "vehicle": "\n"}, "/vehicle"),
        ("/match", {"rider_id": "r", "rider_lat": -74.0, "rider_lon": 40.7}, "/rider_lat"),
        ("/match", {"rider_id": "r", "rider_lat": "40.7", "rider_lon": -74.0}, "/rider_lat"),
        ("/match", {"rider_id": "\u200b", "rider_lat": 40.7, "rider_lon": -74.0}, "/rider_id"),
    ],
)
def test_what_cannot_be_matched_is_refused_with_its_place(
    client: httpx.Client, path: str, body: dict[str, Any], pointer: str
) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_the_desk_sees_drivers_in_its_part_of_the_map(client: httpx.Client, following: FollowDrivers) -> None:
    drive(
        client, following, *along(3), driver(driver_id="far", latitude=45.0, vehicle=None, status="offline")
    )
    body = client.get("/dispatch/drivers", params={"bbox": "40,-75,41,-73", "limit": 2}).json()
    assert len(body["items"]) == 2
    assert body["counts"] == {"idle": 3, "on_trip": 0, "offline": 0, "stale": 0, "total": 3}
    (far,) = client.get("/dispatch/drivers", params={"bbox": "44,-75,46,-73"}).json()["items"]
    assert (far["driver_id"], far["vehicle"], far["status"], far["is_fresh"]) == (
        "far",
        None,
        "offline",
        True,
    )


@pytest.mark.parametrize("bbox", ["", "1,2,3", "a,b,c,d", "1,2,3,4,5", "41,-75,40,-73", "nan,0,1,1"])
def test_a_box_that_is_none_is_refused(client: httpx.Client, bbox: str) -> None:
    answer = client.get("/dispatch/drivers", params={"bbox": bbox})
    assert (answer.status_code, answer.json()["code"]) == (422, "input.contract")


def test_each_route_asks_for_its_right(client: httpx.Client) -> None:
    nobody = caller_header("predict")
    assert client.post("/match", json={}, headers=nobody).status_code == 403
    assert client.post("/dispatch/matches", json={}, headers=nobody).status_code == 403
    assert client.get("/dispatch/drivers?bbox=1,2,3,4", headers=nobody).status_code == 403
