"""The life of a request on a real database: each step from its states only, its hold, its history and its event."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from tests.support.dispatch import NOW, micros, request, update
from tests.support.fakes import FixedClock
from tests.support.platform import eventually
from tests.support.postgres import until_somebody_waits_for_a_lock
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.ports import Arrivals
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.adapters.metrics import RideMetrics
from drivetrain.dispatch.matching.adapters.overdue import PostgresExpiredOffers, PostgresOverdueRides
from drivetrain.dispatch.matching.adapters.retention import remove_old
from drivetrain.dispatch.matching.adapters.rides import PostgresRideStore
from drivetrain.dispatch.matching.adapters.rides_http import ride_routes
from drivetrain.dispatch.matching.application.live_rides import RideRecord
from drivetrain.dispatch.matching.application.ports import Hold, WantedHold
from drivetrain.dispatch.matching.application.sweep_rides import STEPS_BY_TIME, SweepRides
from drivetrain.dispatch.matching.domain.life import TRANSITIONS, RideState, RideStep
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef


@pytest.fixture
def store(engine: Engine) -> PostgresRideStore:
    return PostgresRideStore(engine, PostgresEventLog(engine), ride_s=3_600)


@pytest.fixture
def holder(migrated_url: str, engine: Engine) -> PostgresHolder:
    expired = PostgresExpiredOffers(engine, PostgresEventLog(engine))
    return PostgresHolder(migrated_url, offer_s=600, end_offers=expired, timeout_s=60)


async def offer(holder: PostgresHolder, driver: str = "d1", request_id: str = "r1") -> Hold | None:
    decision = Decision(new_id(), NOW, "dispatch", ModelRef("p", "1"), b"{}", [1.0], b"{}", 5, "app", "q")
    return await holder.hold(WantedHold(driver, request_id, "rider", decision))


async def offered(holder: PostgresHolder, driver: str = "d1", request_id: str = "r1") -> int:
    """The fence of a new offer."""
    hold = await offer(holder, driver, request_id)
    assert hold is not None
    return hold.fence


def held(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = "SELECT driver_id FROM drivetrain.driver_holds WHERE until > now() ORDER BY driver_id"
        return list(connection.scalars(text(query)))


def end_offers(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.rides SET expires_at = now() - interval '1 s'"))
        connection.execute(text("UPDATE drivetrain.driver_holds SET until = now() - interval '1 s'"))


def steps(engine: Engine) -> list[tuple[str, str, int]]:
    """Kind, state and version of the events in the log."""
    batch = PostgresEventLog(engine).read(REQUESTS, {}, most=100)
    events = [orjson.loads(body) for body in batch.bodies]
    return [(each["kind"], each["state"], each["version"]) for each in events if "state" in each]


async def test_a_ride_from_its_offer_to_its_end(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    fence = await offered(holder)
    assert store.find("r1").state is RideState.OFFERED
    assert store.step("r1", RideStep.ACCEPT, fence, "app").driver_id == "d1"
    assert store.step("r1", RideStep.PICK_UP, fence, "app").state is RideState.PICKED_UP
    assert held(engine) == ["d1"]
    done = store.step("r1", RideStep.COMPLETE, fence, "app")
    assert (done.state, done.version) == (RideState.COMPLETED, 4)
    assert held(engine) == []
    history = store.find("r1").history
    assert [each.state for each in history] == ["offered", "accepted", "picked_up", "completed"]
    assert {each.actor for each in history} == {"app"}
    assert steps(engine) == [
        ("accept", "accepted", 2),
        ("pick_up", "picked_up", 3),
        ("complete", "completed", 4),
    ]


async def test_who_declines_is_free_and_is_not_offered_this_ride_again(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    fence = await offered(holder)
    declined = store.step("r1", RideStep.DECLINE, fence, "app")
    assert (declined.state, declined.driver_id) == (RideState.REQUESTED, None)
    assert held(engine) == []
    assert await offer(holder, "d1", "r1") is None
    assert await offer(holder, "d1", "r2") is not None
    assert await offer(holder, "d2", "r1") is not None


async def test_an_answer_that_comes_too_late_is_refused(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    late = await offered(holder)
    end_offers(engine)
    assert store.find("r1").state is RideState.REQUESTED
    assert code_of(store, "r1", RideStep.ACCEPT, late) == "dispatch.offer_expired"
    fence = await offered(holder, "d2")
    assert steps(engine) == [("expire", "requested", 2)]
    assert [each.state for each in store.find("r1").history] == ["offered", "requested", "offered"]
    for step in (RideStep.ACCEPT, RideStep.DECLINE):
        assert code_of(store, "r1", step, late) == "dispatch.offer_expired"
    assert store.step("r1", RideStep.ACCEPT, fence, "app").driver_id == "d2"
    assert held(engine) == ["d2"]


async def test_an_accepted_request_has_no_other_offer(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    fence = await offered(holder)
    store.step("r1", RideStep.ACCEPT, fence, "app")
    end_offers(engine)
    with pytest.raises(ConflictError):
        await offer(holder, "d2", "r1")
    assert held(engine) == []


async def test_a_driver_has_one_accepted_ride(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    store.step("r1", RideStep.ACCEPT, await offered(holder, "d1", "r1"), "app")
    end_offers(engine)  # as if the ride took longer than its driver is held
    fence = await offered(holder, "d1", "r2")
    assert code_of(store, "r2", RideStep.ACCEPT, fence) == "dispatch.driver_on_ride"
    assert store.find("r2").state is RideState.OFFERED


async def test_a_rider_cancels_and_the_driver_is_free(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    store.step("r1", RideStep.ACCEPT, await offered(holder), "app")
    assert store.step("r1", RideStep.CANCEL_BY_RIDER, None, "app").state is RideState.CANCELLED_BY_RIDER
    assert held(engine) == []
    with pytest.raises(ConflictError):
        await offer(holder, "d2", "r1")


def test_a_request_that_nobody_was_offered_has_a_life_as_well(
    store: PostgresRideStore, engine: Engine
) -> None:
    events = PostgresEventStore(engine, PostgresEventLog(engine))
    events.write([Arrivals([update()], [request("r1"), request("r2")], micros(NOW))])
    assert store.find("r1") == RideRecord("r1", "rider", RideState.REQUESTED, 0, None, None, None, None)
    assert store.step("r1", RideStep.CANCEL_BY_RIDER, None, "app").version == 1
    assert store.step("r2", RideStep.GIVE_UP, None, "app").state is RideState.UNSERVED


def code_of(store: PostgresRideStore, request_id: str, step: RideStep, fence: int | None) -> str:
    with pytest.raises((ConflictError, NotFoundError)) as raised:
        store.step(request_id, step, fence, "app")
    return raised.value.code


@pytest.mark.parametrize("step", list(RideStep))
async def test_a_step_is_possible_from_its_states_only(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine, step: RideStep
) -> None:
    fence = await offered(holder)
    for state in RideState:
        with engine.begin() as connection:
            connection.execute(text("UPDATE drivetrain.rides SET state = :state"), {"state": state.value})
        before = steps(engine)
        if state in TRANSITIONS[step].begins:
            continue
        assert (
            code_of(store, "r1", step, fence if TRANSITIONS[step].by_driver else None)
            == "dispatch.step_not_possible"
        )
        assert steps(engine) == before


async def test_of_two_who_answer_at_once_one_is_heard(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    fence = await offered(holder)

    def answer(step: RideStep) -> str:
        try:
            return store.step("r1", step, fence if TRANSITIONS[step].by_driver else None, "app").state
        except ConflictError as error:
            return error.code

    both = [RideStep.ACCEPT, RideStep.DECLINE] * 4
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(answer, both))
    assert sum(not each.startswith("dispatch.") for each in answers) == 1
    assert len(steps(engine)) == 1


@pytest.fixture
def client(store: PostgresRideStore) -> Iterator[httpx.Client]:
    with (
        serving(
            served_application([ride_routes(store, RideMetrics(CollectorRegistry()))], NamedCallers())
        ) as (address, _),
        httpx.Client(
            base_url=address, headers=caller_header("dispatch:match", "dispatch:read"), timeout=60
        ) as client,
    ):
        yield client


def test_a_ride_over_http(client: httpx.Client, holder: PostgresHolder) -> None:
    fence = asyncio.run(offered(holder))
    path = "/dispatch/requests/ R1"

    def do(step: str, body: Any) -> httpx.Response:
        return client.post(f"{path}/{step}", json=body)

    assert do("accept", {"fence": fence + 1}).json()["code"] == "dispatch.offer_expired"
    accepted = do("accept", {"fence": fence})
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    assert do("decline", {"fence": fence}).status_code == 409
    assert do("pick-up", {"fence": fence}).json()["state"] == "picked_up"
    assert do("cancel", None).status_code == 409
    assert do("complete", {"fence": fence}).json()["driver_id"] == "d1"
    shown = client.get(path).json()
    assert [each["state"] for each in shown["history"]] == ["offered", "accepted", "picked_up", "completed"]
    assert all(each["fence"] == fence for each in shown["history"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "nobody", None, 404, "dispatch.unknown_request"),
        ("POST", "nobody/cancel", None, 404, "dispatch.unknown_request"),
        ("POST", "nobody/accept", {"fence": 1}, 404, "dispatch.unknown_request"),
        ("POST", "nobody/accept", {}, 422, "input.contract"),
        ("POST", "nobody/accept", {"fence": -1}, 422, "input.contract"),
        ("POST", "nobody/accept", {"fence": 2**63}, 422, "input.contract"),
        ("POST", "nobody/accept", {"fence": "1"}, 422, "input.contract"),
        ("GET", "%20", None, 422, "input.contract"),
        ("GET", "x" * 65, None, 422, "input.contract"),
    ],
)
def test_what_cannot_be_done_is_refused(
    client: httpx.Client, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = client.request(method, f"/dispatch/requests/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_each_right_is_asked_for(client: httpx.Client) -> None:
    nobody = caller_header("predict")
    assert client.get("/dispatch/requests/x", headers=nobody).status_code == 403
    assert client.post("/dispatch/requests/x/cancel", headers=nobody).status_code == 403


async def test_rides_and_holds_go_when_their_time_is_over(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    fence = await offered(holder)
    store.step("r1", RideStep.DECLINE, fence, "app")
    await offered(holder, "d2", "r2")

    def removed(after: timedelta) -> Any:
        ports: Any = SimpleNamespace(
            installation=SimpleNamespace(
                settings=lambda group: group(event_days=7), clock=FixedClock(datetime.now(UTC) + after)
            ),
            database=SimpleNamespace(engine=engine),
        )
        progress: Any = None
        return remove_old(ports, {}, progress)

    assert removed(timedelta(days=6)) == {
        "days": 0,
        "requests": 0,
        "dead_messages": 0,
        "dead_events": 0,
        "rides": 0,
        "holds": 0,
    }
    assert removed(timedelta(days=10)) == {
        "days": 2,
        "requests": 0,
        "dead_messages": 0,
        "dead_events": 0,
        "rides": 2,
        "holds": 1,
    }
    with pytest.raises(NotFoundError):
        store.find("r1")


async def test_a_step_locks_the_driver_before_the_ride_as_an_offer_does(
    store: PostgresRideStore, holder: PostgresHolder, engine: Engine
) -> None:
    """In the other order a driver's answer and a new offer would wait for each other in a circle."""
    fence = await offered(holder)
    with ThreadPoolExecutor(1) as thread:
        with engine.begin() as connection:
            connection.execute(text("SELECT FROM drivetrain.driver_holds WHERE driver_id = 'd1' FOR UPDATE"))
            step = thread.submit(store.step, "r1", RideStep.ACCEPT, fence, "app")
            until_somebody_waits_for_a_lock(engine)
            connection.execute(text("SELECT FROM drivetrain.rides WHERE request_id = 'r1' FOR UPDATE NOWAIT"))
        assert step.result().state is RideState.ACCEPTED


@pytest.fixture
def overdue(engine: Engine) -> PostgresOverdueRides:
    return PostgresOverdueRides(engine, PostgresEventLog(engine), patience_s=600, ride_s=3_600)


def swept(overdue: PostgresOverdueRides) -> dict[str, int]:
    return {step.value: count for step, count in SweepRides(overdue)(lambda: False).items() if count}


def let_pass(engine: Engine, seconds: int) -> None:
    """So many seconds, as rides see it."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE drivetrain.rides SET changed_at = changed_at - make_interval(secs => :s), "
                "requested_at = requested_at - make_interval(secs => :s), "
                "expires_at = expires_at - make_interval(secs => :s)"
            ),
            {"s": seconds},
        )


async def test_an_offer_that_nobody_answers_expires_and_its_driver_is_free(
    store: PostgresRideStore, holder: PostgresHolder, overdue: PostgresOverdueRides, engine: Engine
) -> None:
    fence = await offered(holder)
    assert swept(overdue) == {}
    end_offers(engine)
    assert swept(overdue) == {"expire": 1}
    ride = store.find("r1")
    assert (ride.state, ride.version, ride.driver_id) == (RideState.REQUESTED, 2, None)
    assert [(each.state, each.actor) for each in ride.history] == [
        ("offered", "app"),
        ("requested", "sweeper"),
    ]
    assert (ride.history[1].driver_id, ride.history[1].fence) == ("d1", fence)
    assert steps(engine) == [("expire", "requested", 2)]
    assert held(engine) == []
    assert swept(overdue) == {}
    for step in (RideStep.ACCEPT, RideStep.DECLINE):
        assert code_of(store, "r1", step, fence) == "dispatch.offer_expired"


async def test_the_sweeper_has_nothing_to_look_for_while_no_offer_stands(
    holder: PostgresHolder, overdue: PostgresOverdueRides, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert overdue.is_quiet()
    await offered(holder)
    assert not overdue.is_quiet()
    end_offers(engine)
    assert swept(overdue) == {"expire": 1}
    assert not overdue.is_quiet()
    monkeypatch.setattr("drivetrain.dispatch.matching.adapters.overdue.QUIET_AFTER_S", 0.0)
    assert overdue.is_quiet()


async def test_a_driver_who_has_another_offer_by_now_keeps_it(
    holder: PostgresHolder, overdue: PostgresOverdueRides, engine: Engine
) -> None:
    await offered(holder, "d1", "r1")
    end_offers(engine)
    await offered(holder, "d1", "r2")
    assert swept(overdue) == {"expire": 1}
    assert held(engine) == ["d1"]


async def test_a_request_that_nobody_takes_is_given_up(
    store: PostgresRideStore, holder: PostgresHolder, overdue: PostgresOverdueRides, engine: Engine
) -> None:
    events = PostgresEventStore(engine, PostgresEventLog(engine))
    now_us = micros(datetime.now(UTC))
    events.write(
        [Arrivals([], [request("asked")], now_us), Arrivals([], [request("old")], now_us - 700_000_000)]
    )
    await offered(holder, "d1", "r1")
    assert swept(overdue) == {"give_up": 1}
    assert (store.find("asked").state, store.find("old").state) == (RideState.REQUESTED, RideState.UNSERVED)
    let_pass(engine, 601)
    assert swept(overdue) == {"expire": 1, "give_up": 2}
    assert store.find("r1").state is RideState.UNSERVED
    with pytest.raises(ConflictError):
        await offer(holder, "d2", "asked")


def test_the_task_worker_sweeps_and_ends_when_it_is_asked_to(
    engine: Engine, migrated_url: str, tmp_path: Path
) -> None:
    now_us = micros(datetime.now(UTC))
    PostgresEventStore(engine, PostgresEventLog(engine)).write([Arrivals([], [request("r1")], now_us)])
    environment = {
        **os.environ,
        "DRIVETRAIN_DATABASE_URL": migrated_url,
        "DRIVETRAIN_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    worker = subprocess.Popen([sys.executable, "-m", "drivetrain.entrypoints.work"], env=environment)
    try:
        assert eventually(lambda: bool(rides_begun(engine)) or worker.poll() is not None, 120)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait()
    assert rides_begun(engine) == ["r1"]


def rides_begun(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT request_id FROM drivetrain.rides")))


async def test_a_rider_who_has_an_offer_before_the_sweeper_came_has_waited_since_they_asked(
    store: PostgresRideStore, holder: PostgresHolder, overdue: PostgresOverdueRides, engine: Engine
) -> None:
    asked_us = micros(datetime.now(UTC)) - 700_000_000
    PostgresEventStore(engine, PostgresEventLog(engine)).write([Arrivals([], [request("r1")], asked_us)])
    store.step("r1", RideStep.DECLINE, await offered(holder), "app")
    assert swept(overdue) == {"give_up": 1}


def test_a_group_of_requests_counts_as_full_where_another_process_begins_one_of_them(
    overdue: PostgresOverdueRides, engine: Engine
) -> None:
    """A group that is not full means that nothing is left, and older requests are not looked for again."""
    events, long_ago_us = (
        PostgresEventStore(engine, PostgresEventLog(engine)),
        micros(datetime.now(UTC)) - 500_000_000,
    )
    events.write([Arrivals([], [request(f"r{number}") for number in range(3)], long_ago_us)])
    begin = text(
        "INSERT INTO drivetrain.rides (request_id, rider_id, state, version, changed_at) "
        "SELECT request_id, rider_id, 'requested', 0, now() FROM drivetrain.ride_requests WHERE request_id = 'r1'"
    )
    with ThreadPoolExecutor(1) as thread:
        with engine.begin() as connection:
            connection.execute(begin)
            count = thread.submit(overdue.take_up, 3)
            until_somebody_waits_for_a_lock(engine)
        assert count.result() == 3
    assert overdue.take_up(3) == 0


async def test_a_ride_of_which_nobody_was_heard_is_abandoned_and_its_driver_may_take_another(
    store: PostgresRideStore, holder: PostgresHolder, overdue: PostgresOverdueRides, engine: Engine
) -> None:
    for driver, request_id in (("d1", "r1"), ("d2", "r2")):
        store.step(request_id, RideStep.ACCEPT, await offered(holder, driver, request_id), "app")
    let_pass(engine, 3_601)
    store.step("r2", RideStep.PICK_UP, None, "app")
    end_offers(engine)
    assert swept(overdue) == {"abandon": 1}
    assert store.find("r1").state is RideState.ABANDONED
    assert store.step("r3", RideStep.ACCEPT, await offered(holder, "d1", "r3"), "app").driver_id == "d1"


async def test_processes_that_sweep_at_once_end_each_ride_once(
    store: PostgresRideStore, holder: PostgresHolder, overdue: PostgresOverdueRides, engine: Engine
) -> None:
    await asyncio.gather(*(offered(holder, f"d{number}", f"r{number}") for number in range(40)))
    end_offers(engine)
    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(lambda step: overdue.end(step, 7), [*STEPS_BY_TIME] * 16))
    assert sum(counts) == len(steps(engine)) <= 40
    assert swept(overdue).get("expire", 0) == 40 - sum(counts)
    assert all(store.find(f"r{number}").version == 2 for number in range(40))
