"""The log of events in PostgreSQL, with many who append at once and a reader beside them."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, tzinfo

import pytest
from sqlalchemy import Engine, text

from drivetrain.adapters.postgres import event_log
from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventTopic, NewEvent

CARS = EventTopic("cars", 4)
BOATS = EventTopic("boats", 3)
WRITERS, GROUPS, GROUP = 4, 25, 20


def group_of(writer: int, number: int) -> list[NewEvent]:
    """Events of keys that all writers share; the body says who wrote it, and its number."""
    return [
        NewEvent(f"k{place % 7}", f"{writer} {number * GROUP + place}".encode()) for place in range(GROUP)
    ]


def test_a_reader_beside_many_writers_misses_nothing_and_sees_each_order(migrated_url: str) -> None:
    engine = open_engine(migrated_url, pool_size=WRITERS + 2)
    log = PostgresEventLog(engine)
    ended = threading.Event()

    def write(writer: int) -> None:
        chance = random.Random(writer)
        for number in range(GROUPS):
            events = {CARS: group_of(writer, number), BOATS: group_of(writer, number)}
            log.append(dict(chance.sample(sorted(events.items(), key=lambda item: item[0].name), 2)))

    def read() -> list[tuple[int, int, str, bytes]]:
        seen, offsets, is_last = [], {}, False
        while True:
            batch = log.read(CARS, offsets, most=33)
            seen += zip(batch.partitions, batch.offsets, batch.keys, batch.bodies, strict=True)
            offsets = dict(batch.following)
            if not len(batch):
                if is_last:
                    return seen
                is_last = ended.is_set()

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reading = threads.submit(read)
        list(threads.map(write, range(WRITERS)))
        ended.set()
        seen = reading.result()
    engine.dispose()
    places = [(part, offset) for part, offset, _, _ in seen]
    assert sorted(places) == [
        (part, offset) for part, end in sorted(log.ends(CARS).items()) for offset in range(end)
    ]
    assert len(set(places)) == len(places) == WRITERS * GROUPS * GROUP
    for key in [f"k{number}" for number in range(7)]:
        for writer in range(WRITERS):
            numbers = [
                int(body.split()[1])
                for _, _, k, body in seen
                if k == key and body.startswith(b"%d " % writer)
            ]
            assert numbers == sorted(numbers)


def test_events_of_a_transaction_that_fails_were_never_there(engine: Engine) -> None:
    log = PostgresEventLog(engine)
    log.append({CARS: [NewEvent("a", b"one")]})
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        log.append({CARS: [NewEvent("a", b"never")]}, connection=connection)
        raise ZeroDivisionError
    log.append({CARS: [NewEvent("a", b"two")]})
    batch = log.read(CARS, {}, most=10)
    assert (list(batch.bodies), list(batch.offsets)) == ([b"one", b"two"], [0, 1])


def test_events_commit_with_what_caused_them(engine: Engine) -> None:
    log = PostgresEventLog(engine)
    with transaction(engine) as connection:
        log.append({CARS: [NewEvent("a", b"one")]}, connection=connection)
        assert len(log.read(CARS, {}, most=10)) == 0
    assert len(log.read(CARS, {}, most=10)) == 1


def test_days_are_made_by_whoever_comes_first(engine: Engine) -> None:
    logs = [PostgresEventLog(engine) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda log: log.append({CARS: [NewEvent("a", b"x")]}), logs))
    today = datetime.now(UTC).date()
    with engine.connect() as connection:
        names = set(
            connection.scalars(
                text(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'drivetrain' AND tablename LIKE 'events\\_%'"
                )
            )
        )
    assert names <= {f"events_{today + timedelta(days=days):%Y%m%d}" for days in range(3)}
    assert len(names) >= 2


def test_transactions_that_use_up_the_pool_do_not_wait_for_themselves(migrated_url: str) -> None:
    engine = open_engine(migrated_url, pool_size=2)
    log, together = PostgresEventLog(engine), threading.Barrier(2)

    def append(number: int) -> None:
        with transaction(engine) as connection:
            connection.execute(text("SELECT 1"))
            together.wait(60)
            log.append({CARS: [NewEvent("a", b"%d" % number)]}, connection=connection)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(append, range(2)))
    assert sorted(log.read(CARS, {}, most=10).bodies) == [b"0", b"1"]
    engine.dispose()


def test_a_transaction_that_fails_after_making_the_days_leaves_the_next_one_to_make_them(
    engine: Engine,
) -> None:
    log = PostgresEventLog(engine)
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        log.append({CARS: [NewEvent("a", b"never")]}, connection=connection)
        raise ZeroDivisionError
    log.append({CARS: [NewEvent("a", b"one")]})
    log.append({CARS: [NewEvent("a", b"two")]})
    assert list(log.read(CARS, {}, most=10).bodies) == [b"one", b"two"]


def test_a_day_that_is_removed_is_made_again_when_it_is_needed(engine: Engine) -> None:
    PostgresEventLog(engine).append({CARS: [NewEvent("a", b"x")]})
    assert PostgresEventLog(engine).remove_before(date(9999, 1, 1)) >= 2
    PostgresEventLog(engine).append({CARS: [NewEvent("a", b"y")]})
    batch = PostgresEventLog(engine).read(CARS, {}, most=10)
    assert (list(batch.bodies), list(batch.offsets)) == ([b"y"], [1])


def test_days_are_looked_at_again_when_a_clock_that_was_ahead_is_set_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = PostgresEventLog(engine)
    with monkeypatch.context() as ahead:
        ahead.setattr(event_log, "datetime", ClockAhead)
        log.append({CARS: [NewEvent("a", b"x")]})
        log.append({CARS: [NewEvent("a", b"y")]})
    log.remove_before(date(9999, 1, 1))
    log.append({CARS: [NewEvent("a", b"z")]})
    assert list(log.read(CARS, {}, most=10).bodies) == [b"z"]


class ClockAhead(datetime):
    """The clock of a process that is a month ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> ClockAhead:
        return super().now(tz) + timedelta(days=30)


def test_a_log_without_a_database_says_so() -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    with pytest.raises(UnavailableError):
        PostgresEventLog(engine).append({CARS: [NewEvent("a", b"x")]})
    with pytest.raises(UnavailableError):
        PostgresEventLog(engine).read(CARS, {}, most=1)
