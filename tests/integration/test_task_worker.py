"""The process that does tasks: everything once in effect, whatever is killed; retries, cancellation, an orderly end.

By command as large as the design asks: ``DRIVETRAIN_TEST_TASKS=1000 DRIVETRAIN_TEST_KILLS=20``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from tests.support.counting_tasks import TABLES, TASKS

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.task_desk import PostgresTaskDesk
from drivetrain.bootstrap.tasks import known_tasks, task_queue
from drivetrain.lifecycle.kit.task_records import TaskFilter, TaskRecord, TaskState

QUEUE = task_queue(known_tasks(TASKS))
ITEMS = int(os.environ.get("DRIVETRAIN_TEST_TASKS", "400"))
KILLS = int(os.environ.get("DRIVETRAIN_TEST_KILLS", "2"))
WITHIN_S = 120.0
"""A worker's start alone takes half a minute beside other tests; 400 tasks take ten seconds on a quiet machine."""

MOST_REPEATS_A_KILL = 4
"""As many tasks as a worker does at a time."""


@contextmanager
def worker(url: str, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment: Mapping[str, str] = {
        **os.environ,
        "DRIVETRAIN_DATABASE_URL": url,
        "DRIVETRAIN_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.support.counting_tasks"], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def defer(engine: Engine, name: str, arguments: Mapping[str, Any] | None = None) -> str:
    with transaction(engine) as connection:
        return QUEUE.defer(connection, name, arguments or {})


def count(engine: Engine, query: str) -> int:
    with transaction(engine) as connection:
        return int(connection.execute(text(query)).scalar_one())


def wait_until(condition: Callable[[], bool], by: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for what a worker does; one that ends by itself is told from one that is slow."""
    give_up_at = time.monotonic() + WITHIN_S
    while not condition():
        assert by is None or by.poll() is None, f"the worker ended by itself with {by.returncode}"
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.05)


def ended(engine: Engine, task_id: str) -> TaskRecord:
    desk = PostgresTaskDesk(engine)
    over = {TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED}
    wait_until(lambda: desk.get(task_id).state in over)
    return desk.get(task_id)


@pytest.mark.timeout(2 * WITHIN_S + 30 * KILLS)
def test_killed_workers_leave_each_effect_exactly_once(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    with transaction(engine) as connection:
        connection.execute(text(TABLES))
        for item in range(ITEMS):
            QUEUE.defer(connection, "tests.add-one", {"item": item})
    for kill in range(1, KILLS + 1):
        with worker(migrated_url, tmp_path) as process:
            enough = kill * ITEMS // (KILLS + 2)
            wait_until(lambda enough=enough: count(engine, "SELECT count(*) FROM effects") > enough, process)
            process.send_signal(signal.SIGKILL)
    assert count(engine, "SELECT count(*) FROM effects") < ITEMS  # the kills came in the middle
    with worker(migrated_url, tmp_path) as process:
        open_tasks = "SELECT count(*) FROM drivetrain.tasks WHERE state IN ('queued', 'running')"
        wait_until(lambda: count(engine, open_tasks) == 0, process)
        # a job is removed just after its task has succeeded
        wait_until(
            lambda: count(engine, "SELECT count(*) FROM procrastinate.procrastinate_jobs") == 0, process
        )
    assert count(engine, "SELECT count(*) FROM effects") == ITEMS
    assert count(engine, "SELECT count(DISTINCT item) FROM effects") == ITEMS
    assert count(engine, "SELECT count(*) FROM drivetrain.tasks WHERE state = 'succeeded'") == ITEMS
    assert count(engine, "SELECT count(DISTINCT task_id) FROM messages") == ITEMS
    repeats = count(engine, "SELECT count(*) FROM messages") - ITEMS
    print(f"{ITEMS} tasks, {KILLS} kills, {repeats} repeats")
    assert 0 <= repeats <= KILLS * MOST_REPEATS_A_KILL


def test_a_worker_retries_gives_up_cancels_and_ends_in_order(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    desk = PostgresTaskDesk(engine)
    again, refused = defer(engine, "tests.fail-once"), defer(engine, "tests.refuse")
    with worker(migrated_url, tmp_path) as process:
        record = ended(engine, refused)
        assert record.state is TaskState.FAILED and record.attempts == 1
        assert record.failure is not None and record.failure.code == "tests.never"
        record = ended(engine, again)
        assert (record.state, record.attempts, record.result) == (TaskState.SUCCEEDED, 2, {"attempt": 2})

        slow = defer(engine, "tests.count-slowly")
        wait_until(lambda: desk.get(slow).progress.done > 0)
        progress = desk.get(slow).progress
        assert (progress.stage, progress.total, progress.unit) == ("count", 600, "tick")
        wait_until(
            lambda: [state.running for state in desk.workers()] == [1]
        )  # it tells with its next heartbeat
        desk.cancel(slow)
        assert ended(engine, slow).state is TaskState.CANCELLED

        interrupted = defer(engine, "tests.count-slowly")
        wait_until(lambda: desk.get(interrupted).state is TaskState.RUNNING)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == 0
    assert desk.workers() == []
    assert desk.find(TaskFilter(state=TaskState.FAILED))[0].task_id == refused
    with worker(migrated_url, tmp_path):  # goes on with what the first one left
        wait_until(lambda: desk.get(interrupted).attempts == 2)


def test_a_worker_whose_database_was_away_goes_on_by_itself(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    with worker(migrated_url, tmp_path) as process:
        assert ended(engine, defer(engine, "tests.fail-once")).state is TaskState.SUCCEEDED
        with nobody_connects(migrated_url):
            time.sleep(3.0)  # it has noticed: its connections are cut
            assert process.poll() is None
        engine.dispose()
        assert ended(engine, defer(engine, "tests.fail-once")).state is TaskState.SUCCEEDED
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_S) == 0
    assert PostgresTaskDesk(engine).workers() == []


@contextmanager
def nobody_connects(url: str) -> Iterator[None]:
    """As if the server of a database were away: its connections are cut, and it takes none."""
    parts = make_url(url)
    other = parts.set(drivername="postgresql+psycopg", database="postgres")
    with create_engine(other, isolation_level="AUTOCOMMIT").connect() as connection:
        allow = f'ALTER DATABASE "{parts.database}" ALLOW_CONNECTIONS'
        connection.execute(text(f"{allow} false"))
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(cut), {"name": parts.database})
        try:
            yield
        finally:
            connection.execute(text(f"{allow} true"))
