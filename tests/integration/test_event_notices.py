"""Readers of the log are woken by others' processes, and go on when the connection on which they listen ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from drivetrain.adapters.postgres import event_notices
from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.event_notices import PostgresEventListener, PostgresEventNotifier

LONG_S = 120.0


@pytest.fixture
def listener(migrated_url: str) -> Iterator[PostgresEventListener]:
    listener = PostgresEventListener(migrated_url, threading.Event())
    listener.wait(LONG_S)  # returns at once: nobody listened before
    yield listener
    listener.close()


def test_a_reader_is_woken(engine: Engine, listener: PostgresEventListener) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(listener.wait, LONG_S)
        PostgresEventNotifier(engine).notify()
        waiting.result(LONG_S / 2)


def test_readers_are_not_woken_again_and_again(
    engine: Engine, listener: PostgresEventListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_notices, "NOTIFY_EVERY_S", 3_600.0)
    notifier = PostgresEventNotifier(engine)
    notifier.notify()
    listener.wait(LONG_S)
    notifier.notify()
    began = time.monotonic()
    listener.wait(0.05)
    assert time.monotonic() - began >= 0.05


def test_a_reader_whose_connection_ends_gets_another_one(
    engine: Engine, listener: PostgresEventListener
) -> None:
    with transaction(engine) as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'drivetrain listener'"
            )
        )
    listener.wait(0.01)  # the connection is gone
    listener.wait(LONG_S)  # a new one
    PostgresEventNotifier(engine).notify()
    listener.wait(LONG_S)


def test_a_process_that_ends_does_not_wait(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_notices, "WAKE_EVERY_S", 0.01)
    ending = threading.Event()
    listener = PostgresEventListener(migrated_url, ending)
    listener.wait(LONG_S)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(listener.wait, 10 * LONG_S)
        ending.set()
        waiting.result(LONG_S)
    listener.close()


def test_a_database_that_is_away_is_waited_for() -> None:
    listener = PostgresEventListener("postgresql://nobody@127.0.0.1:1/none", threading.Event())
    listener.wait(0.01)
