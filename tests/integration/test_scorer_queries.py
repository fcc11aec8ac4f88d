"""What one look of the scheduled scoring costs the database: what is due is read once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, event
from tests.support.trip_fakes import PlainModels, PlainSource

from drivetrain.bootstrap.triggers import LocalTrigger
from drivetrain.trips.slots.adapters.metrics import SlotMetrics
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.scorer import Scorer
from drivetrain.trips.slots.adapters.scoring import open_scoring
from drivetrain.trips.slots.adapters.settings import SlotSettings
from drivetrain.trips.slots.application.ports import SlotRecord


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What the block has the database execute."""
    executed: list[str] = []

    def note(*arguments: object) -> None:
        executed.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def scorer(engine: Engine) -> Scorer:
    desk = open_scoring(engine, SlotSettings(), PlainSource(100), PlainModels())
    scorer = Scorer(desk, SlotMetrics(CollectorRegistry()), threading.Event())
    scorer.trigger = LocalTrigger()
    return scorer


def reads_of_slots(executed: list[str]) -> int:
    """How often the slots were read for what is due."""
    return sum("FROM drivetrain.trip_slots" in each and "SELECT" in each for each in executed)


def test_what_is_due_is_read_once_and_handed_on(engine: Engine, scorer: Scorer) -> None:
    """Two reads: how far back to look, and the slots since."""
    with statements(engine) as executed:
        scorer.tick()
    assert reads_of_slots(executed) == 2
    (record,) = recent(engine)
    assert (record.rows, record.attempts) == (100, 1)


def test_a_look_at_nothing_due_is_three_queries(engine: Engine, scorer: Scorer) -> None:
    scorer.tick()
    with statements(engine) as executed:
        scorer.tick()
    assert len(executed) == 3 and reads_of_slots(executed) == 2


def test_work_that_the_trigger_has_done_is_not_done_again(engine: Engine, scorer: Scorer) -> None:
    """It has read what is due for itself, and what has failed meanwhile pauses."""

    class Recording(LocalTrigger):
        def run(self) -> bool:
            scorer.work()
            return True

    scorer.trigger = Recording()
    with statements(engine) as executed:
        scorer.tick()
    assert reads_of_slots(executed) == 4
    assert [record.attempts for record in recent(engine)] == [1]


def test_what_is_due_waits_for_the_grace_of_a_server_of_yours(engine: Engine, scorer: Scorer) -> None:
    scorer.trigger = LocalTrigger()
    scorer.trigger.grace = timedelta(hours=1)
    scorer.tick()
    assert recent(engine) == []


def recent(engine: Engine) -> list[SlotRecord]:
    """The slots of the last hour that the ledger knows."""
    book = PostgresSlotReader(engine)
    return list(book.records(book.now() - timedelta(hours=1), book.now()))
