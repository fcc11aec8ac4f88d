"""The evidence of a campaign is what stands in a real database: nothing is found against it, and harm to it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from bench.campaign.account import Account
from bench.campaign.evidence import evidence_of
from bench.campaign.traffic import CLEAN, Row, Traffic, foreign_poison
from bench.campaign.verdict import Dead, KnownOffer, KnownStep, Poison, RideAccount, judge
from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.event_log import NewEvent
from drivetrain.core.ids import new_id
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.adapters.decoding import decode_event
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.ingest_events import read_rows
from drivetrain.dispatch.events.domain.events import DRIVERS
from drivetrain.dispatch.events.domain.reading import Limits
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.adapters.overdue import PostgresOverdueRides
from drivetrain.dispatch.matching.adapters.rides import PostgresRideStore
from drivetrain.dispatch.matching.application.ports import WantedHold
from drivetrain.dispatch.matching.application.sweep_rides import SweepRides
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.dispatch.state.adapters.dead_events import PostgresDeadEvents
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef

RUN, OFFER_S, RIDE_S = "c", 600, 7_200


@dataclass
class Fought:
    """A small campaign without kills, made by hand on a database."""

    url: str
    account: Account
    rides: RideAccount
    poison: Poison

    def against(self) -> dict[str, list[str]]:
        with evidence_of(self.url, run=RUN, poison=f"{RUN}-poison") as evidence:
            findings = judge(
                evidence,
                self.account,
                self.rides,
                self.poison,
                offer_us=OFFER_S * 1_000_000,
                ride_us=RIDE_S * 1_000_000,
            )
        return {what: words for what, words in findings.items() if words}


async def _ride(
    store: PostgresRideStore, holder: PostgresHolder, account: RideAccount, number: int, *steps: RideStep
) -> None:
    request_id, driver_id = f"{RUN}-r{number}", f"{RUN}-d{number % 2}"
    decision = Decision(
        *(new_id(), datetime.now(UTC), "dispatch", ModelRef("p", "1")),
        *(b"{}", [1.0], b"{}", 5, "app", request_id),
    )
    asked_s = datetime.now(UTC).timestamp()
    hold = await holder.hold(WantedHold(driver_id, request_id, "rider", decision))
    assert hold is not None
    account.matches += 1
    account.offers.append(KnownOffer(request_id, driver_id, hold.fence, decision.decision_id))
    account.watch.add(
        driver_id,
        request_id,
        hold.fence,
        asked_s=asked_s,
        answered_s=datetime.now(UTC).timestamp(),
        until_s=hold.until.timestamp(),
    )
    for step in steps:
        account.watch.release(driver_id, hold.fence, datetime.now(UTC).timestamp())
        ride = store.step(request_id, step, None if step is RideStep.CANCEL_BY_RIDER else hold.fence, "app")
        account.steps.append(KnownStep(request_id, ride.version, ride.state.value))


def _keep(engine: Engine, account: Account, rows: list[Row]) -> None:
    now = datetime.now(UTC)
    reading = read_rows([decode_event(row.line) for row in rows], now, Limits(60, 86_400))
    PostgresEventStore(engine, PostgresEventLog(engine)).write([reading.arrivals])
    counts = {"accepted": len(rows), "repeated": 0, "refused": 0}
    account.acknowledge(rows, {"counts": counts, "refused": []})


@pytest.fixture
async def fought(migrated_url: str, engine: Engine) -> Fought:
    log, account, rides = PostgresEventLog(engine), Account(), RideAccount()
    store = PostgresRideStore(engine, log, ride_s=RIDE_S)
    holder = PostgresHolder(migrated_url, offer_s=OFFER_S, timeout_s=60)
    traffic = Traffic(drivers=10, rows=10, mix=CLEAN, seed=1, run=RUN)
    for _ in range(3):
        _keep(engine, account, traffic.body(datetime.now(UTC), requests=1))
    poison = Counter[Dead](foreign_poison(number, RUN) for number in range(30))
    log.append({DRIVERS: [NewEvent(key, body) for key, body in poison]})
    await _ride(store, holder, rides, 1, RideStep.ACCEPT, RideStep.PICK_UP, RideStep.COMPLETE)
    await _ride(store, holder, rides, 2, RideStep.DECLINE)
    await _ride(store, holder, rides, 4, RideStep.ACCEPT, RideStep.CANCEL_BY_RIDER)
    await _ride(store, holder, rides, 3, RideStep.ACCEPT)
    await _ride(store, holder, rides, 6)
    SweepRides(PostgresOverdueRides(engine, log, patience_s=3_600, ride_s=RIDE_S))(lambda: False)
    dead = PostgresDeadEvents(engine)
    following = FollowDrivers(log, decode_updates, SystemClock(), fresh_s=60, set_aside=dead.set_aside)
    following.look()
    while following.lag_events:
        following.look()
    return Fought(migrated_url, account, rides, Poison(poison, Counter()))


async def test_nothing_is_found_where_nothing_went_wrong(fought: Fought) -> None:
    assert fought.against() == {}


HARM = [
    (
        "drivers held twice, by the histories",
        "UPDATE drivetrain.ride_steps SET driver_id = 'c-d1' WHERE request_id = 'c-r6'",
    ),
    (
        "steps that a ride does not have",
        "DELETE FROM drivetrain.ride_steps WHERE request_id = 'c-r1' AND version = 3",
    ),
    (
        "requests that do not stand as their history says",
        "UPDATE drivetrain.rides SET state = 'completed' WHERE request_id = 'c-r3'",
    ),
    ("holds that do not fit the requests", "DELETE FROM drivetrain.driver_holds WHERE request_id = 'c-r6'"),
    (
        "acknowledged events lost, and events that nobody sent",
        "DELETE FROM drivetrain.events WHERE topic = 'dispatch.drivers' AND key = 'c-d3'",
    ),
    (
        "steps that the log and the histories do not both have",
        "DELETE FROM drivetrain.events WHERE topic = 'dispatch.requests' AND key = 'c-r4'",
    ),
    (
        "dead events that are no poison, and poison that is not dead",
        "DELETE FROM drivetrain.dead_events WHERE id = (SELECT min(id) FROM drivetrain.dead_events)",
    ),
]


async def test_harm_to_the_database_is_found(fought: Fought, engine: Engine) -> None:
    """One after the other, on one database; each adds its own finding."""
    for what, statement in HARM:
        before = fought.against().get(what, [])
        with engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount, statement
        assert len(fought.against().get(what, [])) > len(before), statement
