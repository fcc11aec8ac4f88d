"""What is noted of each table, in the transaction of its change."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text
from tests.support.fakes import FixedClock
from tests.support.notifications import Notifying, add_person

from drivetrain.adapters.postgres.changes import PostgresChangeLog
from drivetrain.core.changes import Change
from drivetrain.products import PRODUCTS

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(engine: Engine) -> PostgresChangeLog:
    return PostgresChangeLog(engine)


def changes_of(log: PostgresChangeLog, *statements: str, **values: object) -> set[Change]:
    """What some statements, in one transaction, leave in the log."""
    before = log.read(None).position
    with log.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values)
        assert log.read(before).changes == []  # nobody sees it before it is true
    return set(log.read(before).changes)


def add_task(connection: Connection, name: str = "models.train") -> UUID:
    task = uuid4()
    connection.execute(
        text(
            "INSERT INTO drivetrain.tasks (task_id, name, queue, arguments, actor, state, job_id, due_at) "
            "VALUES (:task, :name, 'q', '{}', 'a', 'running', 1, now())"
        ),
        {"task": task, "name": name},
    )
    return task


def test_a_task_is_noted_when_it_moves_on_and_not_when_it_only_lives(
    engine: Engine, log: PostgresChangeLog
) -> None:
    before = log.read(None).position
    with engine.begin() as connection:
        task = add_task(connection)
    assert log.read(before).changes == [Change("tasks")]
    of_task = "WHERE task_id = :task"
    beat = f"UPDATE drivetrain.tasks SET heartbeat_at = now(), done = done {of_task}"
    progress = f"UPDATE drivetrain.tasks SET done = done + 1 {of_task}"
    assert changes_of(log, beat, task=task) == set()
    assert changes_of(log, progress, progress, task=task) == {Change("tasks")}


def test_a_table_is_noted_with_the_task_that_adds_it(engine: Engine, log: PostgresChangeLog) -> None:
    with engine.begin() as connection:
        task = add_task(connection, "tables.add")
    done = "UPDATE drivetrain.tasks SET state = 'succeeded' WHERE task_id = :task"
    assert changes_of(log, done, task=task) == {Change("tasks"), Change("tables")}


def test_a_slot_and_a_version_are_noted(log: PostgresChangeLog) -> None:
    slot = (
        "INSERT INTO drivetrain.trip_slots (slot_at, length_min, origin, state) "
        "VALUES (now(), 5, 'schedule', 'due')"
    )
    version = (
        "INSERT INTO drivetrain.model_versions VALUES "
        "('m', '1', now(), 'here', 'sha', '{}', '{}', '{}', false, 'run')"
    )
    assert changes_of(log, slot, version) == {Change("slots"), Change("models")}


def test_a_slot_and_an_analysis_that_only_live_are_not_noted(engine: Engine, log: PostgresChangeLog) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO drivetrain.trip_slots (slot_at, length_min, origin, state) "
                "VALUES (now(), 5, 'schedule', 'running')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO drivetrain.buffer_analyses (analysis_id, created_at, created_by, source, sha256, "
                "is_synthetic, is_standing, method, status, stage, done, total, heartbeat_at) "
                "VALUES (gen_random_uuid(), now(), 'a', 's', 'h', false, false, 1, 'running', 'read', 0, 3, now())"
            )
        )
    slot_beat = "UPDATE drivetrain.trip_slots SET held_until = clock_timestamp() + interval '30 seconds'"
    analysis_beat = "UPDATE drivetrain.buffer_analyses SET heartbeat_at = clock_timestamp(), done = done"
    assert changes_of(log, slot_beat, analysis_beat) == set()
    assert changes_of(log, "UPDATE drivetrain.trip_slots SET state = 'done'") == {Change("slots")}
    assert changes_of(log, "UPDATE drivetrain.buffer_analyses SET done = done + 1") == {Change("analyses")}
    removed = ("DELETE FROM drivetrain.trip_slots", "DELETE FROM drivetrain.buffer_analyses")
    assert changes_of(log, *removed) == {Change("slots"), Change("analyses")}


def test_a_change_is_kept_from_when_it_was_noted(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_sleep(0.01)"))  # the transaction has begun before
        add_task(connection)
        is_later = connection.scalar(text("SELECT min(noted_at) > now() FROM drivetrain.changes"))
    assert is_later


def test_a_notification_is_noted_for_its_person(engine: Engine, log: PostgresChangeLog) -> None:
    notifying = Notifying(engine, FixedClock(AT))
    with engine.begin() as connection:
        ann = add_person(connection, notifying.clock)
    before = log.read(None).position
    notifying.write("password_changed", ann, at="2026-06-01T12:00:00Z")
    assert Change("notifications", ann) in log.read(before).changes
    read = "UPDATE drivetrain.notifications SET read_at = now() WHERE person_id = :ann"
    assert changes_of(log, read, ann=ann) == {Change("notifications", ann)}


def test_a_company_is_noted_for_itself(log: PostgresChangeLog) -> None:
    firm = uuid4()
    added = (
        "INSERT INTO drivetrain.companies (company_id, name, created_at, created_by) "
        "VALUES (:firm, 'Firm', now(), 'a')"
    )
    assert changes_of(log, added, firm=firm) == {Change("companies", firm)}
    assert changes_of(log, "DELETE FROM drivetrain.companies", firm=firm) == {Change("companies", firm)}


def test_what_is_undone_is_not_noted(engine: Engine, log: PostgresChangeLog) -> None:
    before = log.read(None).position
    with engine.connect() as connection:
        add_task(connection)
        connection.rollback()
    page = log.read(before)
    assert (page.changes, page.is_complete) == ([], True)


def test_every_topic_of_a_card_has_its_triggers(engine: Engine) -> None:
    query = text(
        "SELECT encode(tgargs, 'escape') FROM pg_trigger JOIN pg_proc ON tgfoid = pg_proc.oid "
        "WHERE proname = 'note_change'"
    )
    with engine.connect() as connection:
        noted = {arguments.split("\\000")[0] for arguments in connection.scalars(query)}
    topics = {topic.name for product in PRODUCTS for topic in product.topics}
    assert topics | {"models", "tasks", "tables"} == noted


def test_old_changes_are_removed(engine: Engine, log: PostgresChangeLog) -> None:
    with engine.begin() as connection:
        add_task(connection)
        connection.execute(text("UPDATE drivetrain.changes SET noted_at = now() - interval '3 hours'"))
        connection.execute(
            text(
                "INSERT INTO drivetrain.changes (transaction, topic, owner_id) "
                "VALUES (1, 'new', '00000000-0000-0000-0000-000000000000')"
            )
        )
    assert log.remove_old() == 1
    assert log.remove_old() == 0
