"""Group commit on bad days: nobody answers, the queue is full, callers leave, one decision spoils a group."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import psycopg
import pytest
from tests.support.samples import decision, decisions

from drivetrain.adapters.postgres.ledger import GROUP_LIMIT, PostgresDecisionWriter
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef

NOWHERE = "postgresql://nobody@/nowhere?host=/no/such/folder"


@asynccontextmanager
async def running(
    url: str, *, queue_limit: int = 1000, timeout_s: float = 10.0
) -> AsyncIterator[PostgresDecisionWriter]:
    log = PostgresDecisionWriter(url, queue_limit=queue_limit, timeout_s=timeout_s)
    await log.start()
    try:
        yield log
    finally:
        await log.close()


@asynccontextmanager
async def locked_ledger(url: str) -> AsyncIterator[None]:
    """Inserts wait as long as the block lasts."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("LOCK TABLE drivetrain.decisions IN ACCESS EXCLUSIVE MODE")
        yield


async def stored(url: str) -> set[str]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await (
            await connection.execute("SELECT decision_id::text FROM drivetrain.decisions")
        ).fetchall()
    return {row[0] for row in rows}


async def outcome_of(work: Awaitable[None]) -> str:
    try:
        await work
    except (InvalidInputError, UnavailableError) as error:
        return error.code
    return "durable"


async def outcomes_of(log: PostgresDecisionWriter, appended: list[Decision]) -> list[str]:
    return await asyncio.gather(*(outcome_of(log.append(one)) for one in appended))


async def waiting(log: PostgresDecisionWriter, decision: Decision, depth: int) -> asyncio.Task[str]:
    """Begin to append, and return once the queue is ``depth`` deep: 0 when the decision was sent at once."""
    task = asyncio.create_task(outcome_of(log.append(decision)))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while log.queue_depth != depth:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.001)
    return task


async def test_decisions_that_come_together_are_written_together(migrated_url: str) -> None:
    async with running(migrated_url) as log:
        appended = decisions(40)
        assert set(await outcomes_of(log, list(appended))) == {"durable"}
        assert (log.counters.durable, log.counters.groups) == (40, 1)
        assert await stored(migrated_url) == {one.decision_id for one in appended}


async def test_a_group_has_a_limit(migrated_url: str) -> None:
    async with running(migrated_url, queue_limit=5000) as log:
        assert set(await outcomes_of(log, list(decisions(2 * GROUP_LIMIT + 1)))) == {"durable"}
        assert log.counters.groups == 3


async def test_text_is_kept_as_it_was_answered(migrated_url: str) -> None:
    """Spaces, order and number forms, escapes, repeated names, and the \\u0000 that jsonb would refuse."""
    texts = [
        b'{ "b" : 1.50, "a":1e2 , "b":2}',
        rb'{"a":"\u0000\ud800\/\u00e9"}',
        '{"a":"é\U0001f697"}'.encode(),
        b'"text"',
        b"-0.0",
    ]
    appended = [decision(input_json=text, answer_json=text) for text in texts]
    async with running(migrated_url) as log:
        assert set(await outcomes_of(log, appended)) == {"durable"}
    async with await psycopg.AsyncConnection.connect(migrated_url) as connection:
        for one in appended:
            query = "SELECT input::text, answer::text FROM drivetrain.decisions WHERE decision_id = %s"
            row = await (await connection.execute(query, (one.decision_id,))).fetchone()
            assert [value.encode() for value in row or ()] == [one.input_json, one.answer_json]


@pytest.mark.parametrize(
    "bad",
    [
        {"input_json": b"{not json"},
        {"answer_json": b'{"a": NaN}'},
        {"input_json": b'{"a": "\x00"}'},
        {"input_json": b'{"a": "\xff"}'},
        {"caller": "a\x00b"},
        {"decision_id": "00"},
        {"input_json": b"[" * 100_000 + b"]" * 100_000},  # deeper than the server's stack
        {"model": ModelRef(Random(1).randbytes(10_000).hex(), "1")},  # longer than its index can hold
    ],
    ids=lambda bad: str(bad)[:40],
)
async def test_one_that_cannot_be_stored_fails_alone(migrated_url: str, bad: dict[str, Any]) -> None:
    """The rest of its group is durable, and the ledger goes on."""
    good = decisions(5)
    async with running(migrated_url) as log:
        results = await outcomes_of(log, [*good[:2], decision(**bad), *good[2:4]])
        assert results == ["durable", "durable", "ledger.refused", "durable", "durable"]
        assert await outcomes_of(log, [good[4]]) == ["durable"]
        assert (log.counters.refused, log.counters.reconnects) == (1, 0)
    assert await stored(migrated_url) == {one.decision_id for one in good}


async def test_without_a_server_nothing_is_acknowledged(migrated_url: str) -> None:
    async with running(NOWHERE, timeout_s=0.2) as log:
        assert await outcomes_of(log, list(decisions(3))) == ["ledger.unavailable"] * 3
        assert (log.counters.expired, log.queue_depth) == (3, 0)
        assert log.counters.reconnects > 0


async def test_a_full_queue_refuses_at_once_and_keeps_its_promise_to_the_others(migrated_url: str) -> None:
    sent, *queued, too_many = decisions(4)
    async with running(migrated_url, queue_limit=2) as log:
        async with locked_ledger(migrated_url):
            tasks = [await waiting(log, sent, 0)]
            tasks += [await waiting(log, one, depth) for depth, one in enumerate(queued, start=1)]
            assert await outcome_of(log.append(too_many)) == "ledger.full"
            assert not any(task.done() for task in tasks)
        assert await asyncio.gather(*tasks) == ["durable"] * 3
        assert log.counters.overflowed == 1
    assert await stored(migrated_url) == {one.decision_id for one in (sent, *queued)}


async def test_what_expired_in_the_queue_is_never_written(migrated_url: str) -> None:
    sent, queued, later = decisions(3)
    async with running(migrated_url, timeout_s=0.5) as log:
        async with locked_ledger(migrated_url):
            tasks = [await waiting(log, sent, 0), await waiting(log, queued, 1)]
            assert await asyncio.gather(*tasks) == ["ledger.unavailable"] * 2
            assert (log.queue_depth, log.counters.expired) == (0, 2)
        async with asyncio.timeout(10):
            while await outcome_of(log.append(later)) != "durable":
                pass
    assert queued.decision_id not in await stored(migrated_url)


async def test_a_caller_that_leaves_takes_its_decision_along(migrated_url: str) -> None:
    sent, left, stayed = decisions(3)
    async with running(migrated_url) as log:
        async with locked_ledger(migrated_url):
            tasks = [await waiting(log, sent, 0), await waiting(log, left, 1), await waiting(log, stayed, 2)]
            tasks.pop(1).cancel()
            await asyncio.sleep(0)
        assert await asyncio.gather(*tasks) == ["durable"] * 2
    assert await stored(migrated_url) == {sent.decision_id, stayed.decision_id}


async def test_closing_writes_what_waits_and_takes_no_more(migrated_url: str) -> None:
    appended = decisions(20)
    log = PostgresDecisionWriter(migrated_url, queue_limit=100, timeout_s=10)
    await log.start()
    tasks = [asyncio.create_task(outcome_of(log.append(one))) for one in appended]
    await asyncio.sleep(0)
    await log.close()
    assert await asyncio.gather(*tasks) == ["durable"] * 20
    assert await outcome_of(log.append(decision())) == "ledger.unavailable"
    assert await stored(migrated_url) == {one.decision_id for one in appended}


async def test_a_server_process_that_hangs_is_left_behind(migrated_url: str) -> None:
    """It is stopped, so it keeps no timeout of its own; callers are told in time and the ledger recovers."""
    async with running(migrated_url, timeout_s=0.5) as log:
        assert await outcomes_of(log, [decision()]) == ["durable"]
        async with await psycopg.AsyncConnection.connect(migrated_url) as connection:
            query = (
                "SELECT pid FROM pg_stat_activity "
                "WHERE application_name = 'drivetrain ledger' AND datname = current_database()"
            )
            (pid,) = await (await connection.execute(query)).fetchone() or (0,)
        os.kill(pid, signal.SIGSTOP)
        try:
            assert await outcomes_of(log, list(decisions(2))) == ["ledger.unavailable"] * 2
        finally:
            os.kill(pid, signal.SIGCONT)
        async with asyncio.timeout(15):
            while await outcome_of(log.append(decision())) != "durable":
                pass


async def test_a_server_that_answers_before_the_disk_is_told_not_to(migrated_url: str) -> None:
    """``synchronous_commit = off`` as the database's default would lose what was acknowledged."""
    async with await psycopg.AsyncConnection.connect(migrated_url, autocommit=True) as connection:
        name = connection.info.dbname
        await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    async with running(migrated_url) as log:
        await log.append(decision())
        connection = await log._connection.get()
        row = await (await connection.execute("SHOW synchronous_commit")).fetchone()
        assert row == ("on",)
