"""Mails and webhooks through the process that does tasks: all arrive whatever is killed or away, each in its place.

By command as large as the design asks:
``DRIVETRAIN_TEST_MESSAGES=1000 DRIVETRAIN_TEST_KILLS=20 DRIVETRAIN_TEST_AWAY_S=300``.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.support.hook_receiver import HookReceiver, hook_receiver
from tests.support.notifications import add_person
from tests.support.smtp_server import smtp_receiver

from drivetrain.accounts.notifications.adapters.directory import PeopleDirectory
from drivetrain.accounts.notifications.adapters.outbox import PostgresOutbox
from drivetrain.accounts.notifications.adapters.sealing import WEBHOOK_KEY, Seal
from drivetrain.accounts.notifications.adapters.tables import webhook_subscriptions
from drivetrain.accounts.product import CARD
from drivetrain.bootstrap.installation import home_of
from drivetrain.bootstrap.tasks import known_tasks, task_queue
from drivetrain.core.ids import new_id
from drivetrain.core.time import SystemClock
from drivetrain.settings import Settings

MESSAGES = int(os.environ.get("DRIVETRAIN_TEST_MESSAGES", "120"))
KILLS = int(os.environ.get("DRIVETRAIN_TEST_KILLS", "2"))
AWAY_S = float(os.environ.get("DRIVETRAIN_TEST_AWAY_S", "20"))
WITHIN_S = 120.0 + MESSAGES + 2 * AWAY_S
CLOCK = SystemClock()

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * WITHIN_S + 60)]


@contextmanager
def worker(url: str, home: Path, mail_port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DRIVETRAIN_")},
        "DRIVETRAIN_DATABASE_URL": url,
        "DRIVETRAIN_HOME": str(home),
        "DRIVETRAIN_SMTP_HOST": "127.0.0.1",
        "DRIVETRAIN_SMTP_PORT": str(mail_port),
        "DRIVETRAIN_SMTP_SECURITY": "none",
        "DRIVETRAIN_WEBHOOKS_ALLOW_LOOPBACK": "true",
        "DRIVETRAIN_LOG_LEVEL": "WARNING",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen([sys.executable, "-m", "drivetrain.entrypoints.work"], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def outbox() -> PostgresOutbox:
    return PostgresOutbox(task_queue(known_tasks(CARD.tasks)), PeopleDirectory(), CLOCK)


def subscribed(engine: Engine, home: Path, url: str) -> UUID:
    """Somebody who gets every message by mail and by webhook; the id."""
    key = home_of(Settings(home=home)).derived_key(WEBHOOK_KEY)
    subscription = UUID(new_id())
    with engine.begin() as connection:
        person = add_person(connection, CLOCK)
        row = {
            "subscription_id": subscription,
            "person_id": person,
            "url": url,
            "topics": ["account"],
            "sealed_secret": Seal(key).close(b"s" * 32, subscription.bytes),
            "state": "enabled",
            "created_at": CLOCK.now(),
            "created_by": "test",
            "last_sequence": 0,
            "failures": 0,
            "why": "",
        }
        connection.execute(webhook_subscriptions.insert().values(row))
    return person


def write(engine: Engine, outbox: PostgresOutbox, person: UUID, count: int) -> None:
    for _ in range(count):
        with engine.begin() as connection:
            outbox.write(connection, "password_changed", person, {"at": "2026-06-01T12:00:00Z"})


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.02)


def waiting(engine: Engine) -> int:
    """Mails and webhooks that were not delivered yet, by the tables."""
    query = """
        SELECT (SELECT count(*) FROM drivetrain.mails WHERE state = 'waiting')
            + (SELECT count(*) FROM drivetrain.webhook_messages WHERE delivered_at IS NULL)
    """
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def first_sequences(receiver: HookReceiver) -> list[int]:
    """Places of the accepted messages in the order in which each came first."""
    return list(dict.fromkeys(hook.event["sequence"] for hook in receiver.accepted))


def test_killed_workers_lose_nothing_and_repeat_one_message_a_kill_at_most(
    migrated_url: str, engine: Engine, outbox: PostgresOutbox, tmp_path: Path
) -> None:
    with smtp_receiver() as mail, hook_receiver() as hooks:
        person = subscribed(engine, tmp_path, hooks.url)
        write(engine, outbox, person, MESSAGES)
        for kill in range(1, KILLS + 1):
            with worker(migrated_url, tmp_path, mail.port) as process:
                enough = kill * MESSAGES // (KILLS + 2)
                wait_until(lambda enough=enough: min(len(mail.messages), len(hooks.hooks)) > enough)
                process.send_signal(signal.SIGKILL)
        assert waiting(engine) > 0  # the kills came in the middle
        with worker(migrated_url, tmp_path, mail.port):
            wait_until(lambda: waiting(engine) == 0)
    ids = [str(message["Message-ID"]) for message in mail.messages]
    assert len(set(ids)) == MESSAGES
    assert first_sequences(hooks) == list(range(1, MESSAGES + 1))
    repeats = {"mails": len(ids) - MESSAGES, "webhooks": len(hooks.accepted) - MESSAGES}
    print(f"{MESSAGES} messages, {KILLS} kills, repeats {repeats}")
    assert all(0 <= count <= KILLS for count in repeats.values()), repeats
    with engine.connect() as connection:
        states = connection.execute(text("SELECT state, count(*) FROM drivetrain.mails GROUP BY 1")).all()
        assert [tuple(row) for row in states] == [("sent", MESSAGES)]


def test_a_receiver_that_was_away_gets_everything_in_its_order(
    migrated_url: str, engine: Engine, outbox: PostgresOutbox, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    person = subscribed(engine, tmp_path, f"http://127.0.0.1:{port}/hooks")
    with smtp_receiver() as mail, worker(migrated_url, tmp_path, mail.port):
        comes_back_at = time.monotonic() + AWAY_S
        written = 0
        while time.monotonic() < comes_back_at:
            write(engine, outbox, person, 1)
            written += 1
            time.sleep(AWAY_S / 20)
        with hook_receiver(port=port) as hooks:
            write(engine, outbox, person, 5)
            wait_until(lambda: waiting(engine) == 0)
    assert [hook.event["sequence"] for hook in hooks.hooks] == list(range(1, written + 6))
