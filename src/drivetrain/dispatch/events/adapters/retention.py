"""Removing events and requests that are older than they are kept: where people were is personal."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import delete

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.progress import Progress
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.events.adapters.tables import ride_requests
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def remove_old(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Remove them; how many days of events, and how many requests, there were."""
    installation, engine = ports.installation, ports.database.engine
    kept = timedelta(days=installation.settings(EventSettings).event_days)
    first = installation.clock.now().astimezone(UTC).date() - kept
    before_us = (datetime.combine(first, time(), UTC) - _EPOCH) // timedelta(microseconds=1)
    with transaction(engine) as connection:
        requests = connection.execute(
            delete(ride_requests).where(ride_requests.c.received_us < before_us)
        ).rowcount
    return {"days": PostgresEventLog(engine).remove_before(first), "requests": requests}
