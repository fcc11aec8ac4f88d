"""The board and the lists beside it, over HTTP on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from tests.support.dispatch import micros, request, update
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.ids import new_id
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.board.adapters.http import board_routes
from drivetrain.dispatch.board.adapters.rides import HAPPENINGS, LATEST, MINUTES, OF_STATE, PostgresRideBoard
from drivetrain.dispatch.board.application.count_cells import CountCells
from drivetrain.dispatch.board.application.read_board import ReadBoard
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.ports import Arrivals
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.adapters.overdue import PostgresOverdueRides
from drivetrain.dispatch.matching.adapters.rides import PostgresRideStore
from drivetrain.dispatch.matching.application.ports import WantedHold
from drivetrain.dispatch.matching.application.sweep_rides import SweepRides
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef


@pytest.fixture
def following(engine: Engine) -> FollowDrivers:
    return FollowDrivers(PostgresEventLog(engine), decode_updates, SystemClock(), fresh_s=900)


@pytest.fixture
def client(engine: Engine, following: FollowDrivers) -> Iterator[httpx.Client]:
    rides = PostgresRideBoard(engine)
    read = ReadBoard(rides, following, PostgresEventLog(engine), (), timer=iter(range(1_000)).__next__)
    with (
        serving(served_application([board_routes(read, rides, CountCells(following))], NamedCallers())) as (
            address,
            _,
        ),
        httpx.Client(base_url=address, headers=caller_header("dispatch:read"), timeout=60) as client,
    ):
        yield client


async def lives(engine: Engine, url: str) -> None:
    """Five requests: one of an event that waits, and four with an offer: accepted, declined, expired, open."""
    log, now_us = PostgresEventLog(engine), micros(datetime.now(UTC))
    PostgresEventStore(engine, log).write(
        [Arrivals([update(occurred_us=now_us)], [request("asked")], now_us)]
    )
    holder = PostgresHolder(url, offer_s=600, timeout_s=60)
    store = PostgresRideStore(engine, log, ride_s=3_600)
    fences: dict[str, int] = {}
    for name in ("accepted", "declined", "expired", "open"):
        decision = Decision(
            new_id(), datetime.now(UTC), "dispatch", ModelRef("p", "1"), b"{}", [1.0], b"{}", 5, "a", "q"
        )
        hold = await holder.hold(WantedHold(f"driver-{name}", name, "rider", decision))
        assert hold is not None
        fences[name] = hold.fence
    store.step("accepted", RideStep.ACCEPT, fences["accepted"], "app")
    store.step("declined", RideStep.DECLINE, fences["declined"], "app")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE drivetrain.rides SET expires_at = now() WHERE request_id = 'expired'")
        )
    SweepRides(PostgresOverdueRides(engine, log, patience_s=600, ride_s=3_600))(lambda: False)


def test_the_board_counts_requests_and_says_who_waits(
    client: httpx.Client, engine: Engine, migrated_url: str, following: FollowDrivers
) -> None:
    asyncio.run(lives(engine, migrated_url))
    following.look()
    answer = client.get("/dispatch/board")
    assert answer.status_code == 200, answer.text
    board = answer.json()
    assert board["requests"] == {"requested": 3, "offered": 1, "accepted": 1, "picked_up": 0}
    assert board["offers"] == {"made": 4, "accepted": 1, "declined": 1, "expired": 1}
    assert len(board["minutes"]) == MINUTES
    assert sum(minute["requested"] for minute in board["minutes"]) == 5
    waiting: dict[str, Any] = {rider["request_id"]: rider for rider in board["waiting"]}
    assert {name: rider["state"] for name, rider in waiting.items()} == {
        "asked": "requested",
        "accepted": "accepted",
        "declined": "requested",
        "expired": "requested",
        "open": "offered",
    }
    assert (waiting["asked"]["latitude"], waiting["open"]["latitude"]) == (40.7, None)
    assert (waiting["accepted"]["driver_id"], waiting["declined"]["driver_id"]) == ("driver-accepted", None)
    assert board["drivers"]["idle"] == 1
    assert board["positions"]["behind"] == 0
    (place,) = board["places"]
    assert (place["name"], place["south"], place["west"]) == ("", 40.7, -74.0)
    assert board["is_synthetic"] is False
    cells = client.get("/dispatch/cells", params={"bbox": "40,-75,41,-73"}).json()
    (cell,) = cells["items"]
    assert cells["is_synthetic"] is False
    assert (cell["idle"], cell["on_trip"]) == (1, 0)


@pytest.mark.parametrize(
    ("query", "values", "index"),
    [
        (HAPPENINGS.text, {"since": datetime.now(UTC), "since_us": 1}, "ride_requests_by_time"),
        (LATEST.format(conditions=OF_STATE), {"state": "unserved", "most": 51}, "rides_by_state"),
    ],
)
def test_what_a_desk_asks_every_second_reads_an_index(
    engine: Engine, query: str, values: dict[str, Any], index: str
) -> None:
    with engine.connect() as connection:
        for way in ("seqscan", "sort", "bitmapscan"):  # of few rows they would be cheaper
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        plan = "\n".join(connection.scalars(text(f"EXPLAIN {query}"), values))
    assert index in plan


def test_requests_that_are_made_up_mark_the_board_after_their_end(
    client: httpx.Client, engine: Engine
) -> None:
    now_us = micros(datetime.now(UTC))
    PostgresEventStore(engine, PostgresEventLog(engine)).write(
        [Arrivals([], [request("synthetic-1-request-1")], now_us)]
    )
    board = client.get("/dispatch/board").json()
    assert (board["waiting"], board["is_synthetic"]) == ([], True)


def test_the_board_of_nothing(client: httpx.Client) -> None:
    board = client.get("/dispatch/board").json()
    assert (board["waiting"], board["places"], board["drivers"]["total"]) == ([], [], 0)
    assert board["positions"]["median_age_s"] is None


def test_requests_are_listed_by_pages_without_gap_or_repeat(
    client: httpx.Client, engine: Engine, migrated_url: str
) -> None:
    asyncio.run(lives(engine, migrated_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.rides SET changed_at = date_trunc('hour', changed_at)"))
    whole = client.get("/dispatch/requests").json()
    assert whole["next"] is None
    seen: list[str] = []
    cursor = None
    while True:
        page = client.get(
            "/dispatch/requests", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [each["request_id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [each["request_id"] for each in whole["items"]]
    assert sorted(seen) == ["accepted", "asked", "declined", "expired", "open"]
    (accepted,) = client.get("/dispatch/requests", params={"state": "accepted"}).json()["items"]
    assert (accepted["request_id"], accepted["driver_id"], accepted["expires_at"]) == (
        "accepted",
        "driver-accepted",
        None,
    )


@pytest.mark.parametrize(
    "path",
    [
        "/dispatch/requests?cursor=x",
        "/dispatch/requests?cursor=1.",
        "/dispatch/requests?cursor=999999999999999999.r",
        "/dispatch/requests?cursor=1.%00",
        "/dispatch/requests?state=lost",
        "/dispatch/requests?limit=0",
        "/dispatch/cells",
        "/dispatch/cells?bbox=1,2,3",
        "/dispatch/cells?bbox=nan,0,1,1",
        "/dispatch/cells?bbox=0,0,5e-324,5e-324",
    ],
)
def test_what_cannot_be_asked_is_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 422


def test_the_greatest_cursor_is_answered(client: httpx.Client) -> None:
    assert client.get("/dispatch/requests?cursor=99999999999999999.r").status_code == 200


@pytest.mark.parametrize("path", ["board", "requests", "cells?bbox=40,-75,41,-73"])
def test_each_right_is_asked_for(client: httpx.Client, path: str) -> None:
    assert client.get(f"/dispatch/{path}", headers=caller_header("dispatch:match")).status_code == 403
