"""Holding drivers in PostgreSQL: each once, with the decision or not at all, without waiting in a circle."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from tests.support.postgres import until_somebody_waits_for_a_lock

from drivetrain.adapters.postgres.database import conninfo
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.errors import ConflictError, DrivetrainError, UnavailableError
from drivetrain.core.ids import new_id
from drivetrain.dispatch.matching.adapters.holds import RELEASE, PostgresHolder
from drivetrain.dispatch.matching.adapters.overdue import PostgresExpiredOffers
from drivetrain.dispatch.matching.application.ports import Hold, WantedHold
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef

LONG_S = 600.0


def wanted(driver: str, request: str) -> WantedHold:
    decision = Decision(
        new_id(), datetime.now(UTC), "dispatch", ModelRef("p", "1"), b"{}", [1.0], b"{}", 5, "app", request
    )
    return WantedHold(driver, request, "rider", decision)


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)).all())


async def test_a_hold_and_its_decision_are_durable_together(migrated_url: str, engine: Engine) -> None:
    one = wanted("d1", "r1")
    hold = await PostgresHolder(migrated_url, offer_s=LONG_S, timeout_s=60).hold(one)
    assert hold is not None
    assert hold.until > datetime.now(UTC)
    assert [
        (str(row.offer_id), row.fence) for row in rows(engine, "SELECT * FROM drivetrain.driver_holds")
    ] == [(one.decision.decision_id, hold.fence)]
    assert [row.driver_id for row in rows(engine, "SELECT * FROM drivetrain.rides")] == ["d1"]
    assert [str(row.decision_id) for row in rows(engine, "SELECT * FROM drivetrain.decisions")] == [
        one.decision.decision_id
    ]


async def test_a_driver_whom_somebody_holds_is_lost_and_nothing_is_written(
    migrated_url: str, engine: Engine
) -> None:
    first, second = (PostgresHolder(migrated_url, offer_s=LONG_S, timeout_s=60) for _ in range(2))
    assert await first.hold(wanted("d1", "r1")) is not None
    assert await second.hold(wanted("d1", "r2")) is None
    assert len(rows(engine, "SELECT FROM drivetrain.decisions")) == 1
    assert len(rows(engine, "SELECT FROM drivetrain.rides")) == 1


async def test_a_request_has_one_offer_and_no_driver_is_held_in_vain(
    migrated_url: str, engine: Engine
) -> None:
    holder = PostgresHolder(migrated_url, offer_s=LONG_S, timeout_s=60)
    await holder.hold(wanted("d1", "r1"))
    with pytest.raises(ConflictError) as raised:
        await holder.hold(wanted("d2", "r1"))
    assert raised.value.code == "dispatch.already_offered"
    assert [row.driver_id for row in rows(engine, "SELECT * FROM drivetrain.driver_holds")] == ["d1"]
    assert await holder.hold(wanted("d2", "r2")) is not None


async def test_when_the_time_is_over_driver_and_request_are_free_and_the_fence_is_larger(
    migrated_url: str, engine: Engine
) -> None:
    expired = PostgresExpiredOffers(engine, PostgresEventLog(engine))
    holder = PostgresHolder(migrated_url, offer_s=LONG_S, end_offers=expired, timeout_s=60)
    before = await holder.hold(wanted("d1", "r1"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.driver_holds SET until = now() - interval '1 s'"))
        connection.execute(text("UPDATE drivetrain.rides SET expires_at = now() - interval '1 s'"))
    after = await holder.hold(wanted("d1", "r1"))
    assert before is not None
    assert after is not None
    assert after.fence > before.fence
    assert len(rows(engine, "SELECT FROM drivetrain.rides")) == 1


async def test_of_two_in_one_process_that_want_the_same_one_gets_it(migrated_url: str) -> None:
    holder = PostgresHolder(migrated_url, offer_s=LONG_S, timeout_s=60)
    holds = await asyncio.gather(*(holder.hold(wanted("d1", f"r{number}")) for number in range(8)))
    assert sum(hold is not None for hold in holds) == 1


async def test_crowded_groups_of_several_processes_hold_each_driver_once(
    migrated_url: str, engine: Engine
) -> None:
    """Few drivers and few requests in every order: neither a driver nor a request twice, and no deadlock."""
    holders = [PostgresHolder(migrated_url, offer_s=LONG_S, timeout_s=60) for _ in range(3)]
    chance = random.Random(1)
    pairs = [(f"d{chance.randrange(60)}", f"r{chance.randrange(80)}") for _ in range(900)]

    async def hold(number: int, driver: str, request: str) -> Hold | DrivetrainError | None:
        try:
            return await holders[number % len(holders)].hold(wanted(driver, request))
        except ConflictError as error:
            return error

    results = await asyncio.gather(*(hold(number, *pair) for number, pair in enumerate(pairs)))
    made = [pair for pair, result in zip(pairs, results, strict=True) if isinstance(result, Hold)]
    assert made
    assert max(Counter(driver for driver, _ in made).values()) == 1
    assert max(Counter(request for _, request in made).values()) == 1
    held = rows(engine, "SELECT driver_id, request_id FROM drivetrain.driver_holds")
    assert sorted(map(tuple, held)) == sorted(made)
    assert len(rows(engine, "SELECT FROM drivetrain.decisions")) == len(made)
    fences = [result.fence for result in results if isinstance(result, Hold)]
    assert len(set(fences)) == len(fences)
    assert rows(engine, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]


async def test_without_a_database_nobody_is_held_and_it_is_said() -> None:
    holder = PostgresHolder("postgresql://nobody@127.0.0.1:1/none", offer_s=LONG_S)
    with pytest.raises(UnavailableError):
        await holder.hold(wanted("d1", "r1"))


async def test_a_lost_connection_is_opened_again(migrated_url: str, engine: Engine) -> None:
    holder = PostgresHolder(migrated_url, offer_s=LONG_S, timeout_s=60)
    await holder.hold(wanted("d1", "r1"))
    rows(
        engine,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'drivetrain holds'",
    )
    with pytest.raises(UnavailableError):
        await holder.hold(wanted("d2", "r2"))
    assert await holder.hold(wanted("d3", "r3")) is not None


async def test_drivers_held_in_vain_are_released_in_the_order_in_which_all_are_locked(
    migrated_url: str, engine: Engine
) -> None:
    """Their rows lie in the table in another order: whoever waits for the first one must not have the second."""
    offers = [new_id(), new_id()]
    with engine.begin() as connection:
        for driver, offer in (("d9", offers[0]), ("d1", offers[1])):
            connection.execute(
                text(
                    "INSERT INTO drivetrain.driver_holds VALUES (:driver, 'r', CAST(:offer AS uuid), 1, now())"
                ),
                {"driver": driver, "offer": offer},
            )
    releaser = await psycopg.AsyncConnection.connect(
        conninfo(migrated_url, application="releaser", statement_timeout_s=60), autocommit=True
    )
    async with releaser:
        with engine.begin() as connection:
            connection.execute(text("SELECT FROM drivetrain.driver_holds WHERE driver_id = 'd1' FOR UPDATE"))
            releasing = asyncio.create_task(releaser.execute(RELEASE, (["d9", "d1"], offers)))
            await asyncio.to_thread(until_somebody_waits_for_a_lock, engine)
            connection.execute(
                text("SELECT FROM drivetrain.driver_holds WHERE driver_id = 'd9' FOR UPDATE NOWAIT")
            )
        await releasing
    assert rows(engine, "SELECT FROM drivetrain.driver_holds") == []
