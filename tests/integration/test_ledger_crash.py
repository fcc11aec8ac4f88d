"""The server dies in the middle: no acknowledged decision is lost, none is written twice."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.support.postgres import make_folder
from tests.support.samples import decision, decisions

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.embedded.postmaster import running_postmaster
from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.ledger import PostgresDecisionWriter
from drivetrain.adapters.postgres.ledger_reader import PostgresDecisionReader
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.core.errors import UnavailableError
from drivetrain.core.ids import new_id


@pytest.fixture
def folder() -> Iterator[Path]:
    """For a server of its own, which this test may kill."""
    folder = make_folder()
    yield folder
    EmbeddedPostgres(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_killed_server_costs_time_and_nothing_else(folder: Path) -> None:
    """Eight callers append without pause; the server is killed with SIGKILL and started again, twice."""
    server = EmbeddedPostgres(folder)
    url = server.start()
    migrate(url)
    log = PostgresDecisionWriter(url, queue_limit=1000, timeout_s=60)
    await log.start()
    acknowledged: list[str] = []
    finished = asyncio.Event()

    async def caller() -> None:
        while not finished.is_set():
            one = decision()
            await log.append(one)
            acknowledged.append(one.decision_id)

    async def more_acknowledged(count: int) -> None:
        wanted = len(acknowledged) + count
        while len(acknowledged) < wanted:  # noqa: ASYNC110 - the callers need not know that somebody counts
            await asyncio.sleep(0.001)

    async def crash() -> None:
        for _ in range(2):
            await more_acknowledged(200)
            postmaster = running_postmaster(folder / "data")
            assert postmaster is not None
            os.kill(postmaster.pid, signal.SIGKILL)
            await asyncio.to_thread(server.start)
        await more_acknowledged(200)
        finished.set()

    await asyncio.gather(crash(), *(caller() for _ in range(8)))
    await log.close()
    assert log.counters.reconnects >= 2
    assert log.counters.durable == len(acknowledged) == len(set(acknowledged)) >= 600
    with psycopg.connect(url) as connection:
        written = [row[0] for row in connection.execute("SELECT decision_id::text FROM drivetrain.decisions")]
    # every caller was acknowledged in the end, so both are equal
    assert sorted(written) == sorted(acknowledged)


async def test_reading_recovers_with_the_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    url = server.start()
    migrate(url)
    log = PostgresDecisionWriter(url, queue_limit=10, timeout_s=2)
    reader = PostgresDecisionReader(url, timeout_s=2)
    await log.start()
    await reader.open()
    one = decision()
    await log.append(one)
    assert (await reader.get(one.decision_id)).decision_id == one.decision_id
    await asyncio.to_thread(server.stop)
    with pytest.raises(UnavailableError) as raised:
        await reader.get(one.decision_id)
    assert raised.value.code == "database.unavailable"
    await asyncio.to_thread(server.start)
    assert (await reader.get(one.decision_id)).decision_id == one.decision_id
    await log.close()
    await reader.close()


def test_a_group_sent_again_is_not_written_again(migrated_url: str) -> None:
    """The answer to a commit was lost: the same decisions come again, with one more."""
    first = decisions(3)

    async def send(ids: list[str]) -> None:
        log = PostgresDecisionWriter(migrated_url, queue_limit=10, timeout_s=10)
        await log.start()
        await asyncio.gather(*(log.append(decision(decision_id=one)) for one in ids))
        await log.close()

    ids = [one.decision_id for one in first]
    asyncio.run(send(ids))
    asyncio.run(send([*ids, new_id()]))
    with psycopg.connect(migrated_url) as connection:
        assert connection.execute("SELECT count(*) FROM drivetrain.decisions").fetchone() == (4,)


def test_nothing_stays_of_a_batch_whose_connection_breaks(migrated_url: str) -> None:
    with pytest.raises(UnavailableError), PostgresBatchDecisionLog(migrated_url).batch() as batch:
        batch.write(decisions(500))
        with psycopg.connect(migrated_url) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'drivetrain batch ledger' AND datname = current_database()"
            )
        batch.write(decisions(50_000))
    with psycopg.connect(migrated_url) as connection:
        assert connection.execute("SELECT count(*) FROM drivetrain.decisions").fetchone() == (0,)
