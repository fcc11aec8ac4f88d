"""Features on a real database: from a ride's steps to what a decision knew, its parity, and the lake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from sqlalchemy import Connection, Engine
from tests.support.fakes import FixedClock
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.disk.objects import FolderObjects
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.event_log import NewEvent
from drivetrain.core.ids import new_id
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.adapters import tasks
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.adapters.http import feature_routes
from drivetrain.dispatch.features.adapters.lake import ParquetLake
from drivetrain.dispatch.features.adapters.parity_store import PostgresParityReports
from drivetrain.dispatch.features.adapters.settings import FeatureSettings
from drivetrain.dispatch.features.application.follow_steps import FollowSteps
from drivetrain.dispatch.features.application.keep_lake import KeepLake
from drivetrain.dispatch.features.application.ports import ShownFeatures
from drivetrain.dispatch.features.application.read_as_known import stats_as_known
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.adapters.rides import PostgresRideStore
from drivetrain.dispatch.matching.application.match_rider import POLICY
from drivetrain.dispatch.matching.application.ports import WantedHold
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef

READER = caller_header("dispatch:read")


@pytest.fixture
def holder(migrated_url: str) -> PostgresHolder:
    return PostgresHolder(migrated_url, offer_s=600, timeout_s=60)


async def offer(holder: PostgresHolder, request_id: str, shown: ShownFeatures | None = None) -> int:
    """The fence of a new offer to d1, whose decision knew what is shown."""
    state, figures = {}, [1.0, 2.0]
    if shown is not None:
        figures += STATS_LAYOUT.numbers(shown.of(["d1"]))[0].tolist()
        state = {
            "features_as_of": {
                "layout": STATS_LAYOUT.digest,
                "as_of_us": shown.as_of_us,
                "offsets": list(shown.offsets.items()),
            }
        }
    decision = Decision(
        new_id(),
        datetime.now(UTC),
        "dispatch",
        ModelRef(POLICY, "1"),
        orjson.dumps(state),
        figures,
        b'{"drivers": [{"driver_id": "d1"}]}',
        5,
        "app",
        "q",
    )
    hold = await holder.hold(WantedHold("d1", request_id, "rider", decision))
    assert hold is not None
    return hold.fence


def followed(engine: Engine) -> ShownFeatures:
    following = FollowSteps(PostgresEventLog(engine), decode_steps, SystemClock())
    following.look()
    assert following.shown is not None
    return following.shown


def parity(engine: Engine, caller: dict[str, str] = READER) -> httpx.Response:
    routes = feature_routes(PostgresParityReports(engine).newest)
    with (
        serving(served_application([routes], NamedCallers())) as (address, _),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        return client.get("/dispatch/features/parity", headers=caller)


class OneTask:
    """The ports of a task."""

    def __init__(self, engine: Engine, folder: Path, **settings: Any) -> None:
        self._engine = engine
        self.installation = SimpleNamespace(
            folder=folder,
            clock=SystemClock(),
            settings=lambda group: group(**(settings if group is FeatureSettings else {})),
        )
        self.database = SimpleNamespace(engine=engine)

    @contextmanager
    def effect(self, result: Any = None) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection


async def test_an_answer_in_the_log_says_when_its_offer_was_made(
    engine: Engine, holder: PostgresHolder
) -> None:
    store = PostgresRideStore(engine, PostgresEventLog(engine), ride_s=3_600)
    fence = await offer(holder, "r1")
    store.step("r1", RideStep.DECLINE, fence, "app")
    batch = PostgresEventLog(engine).read(REQUESTS, {}, most=10)
    (event,) = map(orjson.loads, batch.bodies)
    assert event["offered_at"] <= event["at"]
    assert decode_steps(batch).steps.response_ms[0] >= 0


async def test_decisions_knew_what_the_log_gives(
    engine: Engine, holder: PostgresHolder, tmp_path: Path
) -> None:
    """A ride to its end, then an offer whose decision knew of it."""
    store = PostgresRideStore(engine, PostgresEventLog(engine), ride_s=3_600)
    fence = await offer(holder, "r1")
    for step in (RideStep.ACCEPT, RideStep.PICK_UP, RideStep.COMPLETE):
        store.step("r1", step, fence, "app")
    shown = followed(engine)
    (record,) = shown.of(["d1"])
    assert (record["accept_rate_7d"], record["trips_1h"]) == (1.0, 1)
    await offer(holder, "r2", shown)
    ports: Any = OneTask(engine, tmp_path)
    report = tasks.check_parity(ports, {}, SilentProgress())
    assert report["decisions"] == 1
    assert [feature["equal_share"] for feature in report["features"]] == [1.0] * 3
    answer = parity(engine).json()
    assert (answer["decisions"], answer["is_equal"], len(answer["features"])) == (1, True, 3)
    assert parity(engine, caller_header("predict")).status_code == 403


def test_before_the_first_comparison_the_answer_says_so(engine: Engine) -> None:
    answer = parity(engine).json()
    assert (answer["checked_at"], answer["features"]) == (None, [])


def test_the_lake_has_each_event_once_though_many_write_it(engine: Engine, tmp_path: Path) -> None:
    log, lake = PostgresEventLog(engine), ParquetLake(FolderObjects(tmp_path))
    log.append({REQUESTS: [NewEvent(f"r{number % 40}", b"%d" % number) for number in range(500)]})
    together, events = threading.Barrier(4), list[int]()

    def write() -> None:
        together.wait()
        events.append(KeepLake(log, lake)(REQUESTS, SilentProgress()).events)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(events) == 500
    bodies = [body for place in lake.objects(REQUESTS) for body in lake.read(place).bodies]
    assert sorted(map(int, bodies)) == list(range(500))


async def test_the_task_keeps_what_became_of_rides_and_removes_it_in_time(
    engine: Engine, holder: PostgresHolder, tmp_path: Path
) -> None:
    store = PostgresRideStore(engine, PostgresEventLog(engine), ride_s=3_600)
    store.step("r1", RideStep.DECLINE, await offer(holder, "r1"), "app")
    PostgresEventLog(engine).append({REQUESTS: [NewEvent("r9", b'{"kind": "requested", "origin": [1, 2]}')]})
    ports: Any = OneTask(engine, tmp_path)
    assert tasks.keep_lake(ports, {}, SilentProgress())["events"] == 1
    assert tasks.keep_lake(ports, {}, SilentProgress()) == {"events": 0, "objects": 0}
    lake = tasks.lake_of(ports.installation)
    now_us = round(datetime.now(UTC).timestamp() * 1e6) + 60_000_000
    (record,) = stats_as_known(lake, decode_steps)(["d1"], np.array([now_us]), SilentProgress())
    assert record["accept_rate_7d"] == 0.0
    assert tasks.remove_old(ports, {}, SilentProgress()) == {"days": 0, "reports": 0}
    ports.installation.clock = FixedClock(datetime.now(UTC) + timedelta(days=37))
    assert tasks.remove_old(ports, {}, SilentProgress())["days"] == 1
    assert lake.objects(REQUESTS) == []


def test_nothing_is_kept_where_the_lake_is_off(engine: Engine, tmp_path: Path) -> None:
    PostgresEventLog(engine).append({REQUESTS: [NewEvent("r1", b"{}")]})
    ports: Any = OneTask(engine, tmp_path, lake="off")
    assert tasks.keep_lake(ports, {}, SilentProgress()) == {"events": 0, "objects": 0}
    assert list(tmp_path.iterdir()) == []
