"""Removing events and requests that are older than they are kept: where people were is personal."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, delete, select

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.progress import Progress
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.events.adapters.tables import dead_messages, ride_requests
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts

_SLICE = 10_000
"""Rows removed in one transaction: all of a day at once could take longer than a statement may."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def remove_old(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Remove them; how many days of events, and how many requests and messages set aside, there were.

    The days come first: to drop them takes no time, and they are most of what there is.
    """
    installation, engine = ports.installation, ports.database.engine
    kept = timedelta(days=installation.settings(EventSettings).event_days)
    first = installation.clock.now().astimezone(UTC).date() - kept
    before = datetime.combine(first, time(), UTC)
    before_us = (before - _EPOCH) // timedelta(microseconds=1)
    days = PostgresEventLog(engine).remove_before(first)
    requests = remove_rows(engine, ride_requests.c.request_id, ride_requests.c.received_us < before_us)
    dead = remove_rows(engine, dead_messages.c.dead_id, dead_messages.c.set_aside_at < before)
    return {"days": days, "requests": requests, "dead_messages": dead}


def remove_rows(engine: Engine, key: Column[Any], is_old: ColumnElement[bool]) -> int:
    """Remove the rows of a table that are old, in slices; how many they were.

    Args:
        key: of the table, one column. Rows are locked in its order, as those who write them do.
    """
    removed = 0
    while True:
        some = select(key).where(is_old).order_by(key).limit(_SLICE).with_for_update(skip_locked=True)
        with transaction(engine) as connection:
            count = connection.execute(delete(key.table).where(key.in_(some))).rowcount
        removed += count
        if not count:
            return removed
