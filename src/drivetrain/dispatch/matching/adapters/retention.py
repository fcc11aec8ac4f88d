"""Removing what is older than it is kept: where people were, and who was offered to whom."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.progress import Progress
from drivetrain.dispatch.events.adapters import retention
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.matching.adapters.tables import driver_holds, rides
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts


def remove_old(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Remove it; how many days of events, and how many requests, rides and holds, there were."""
    installation = ports.installation
    before = installation.clock.now() - timedelta(days=installation.settings(EventSettings).event_days)
    with transaction(ports.database.engine) as connection:
        removed = connection.execute(delete(rides).where(rides.c.changed_at < before)).rowcount
        holds = connection.execute(delete(driver_holds).where(driver_holds.c.until < before)).rowcount
    return {**retention.remove_old(ports, arguments, progress), "rides": removed, "holds": holds}
