"""Removing what is older than it is kept: where people were, and who was offered to whom."""

from __future__ import annotations

from datetime import timedelta

from drivetrain.core.progress import Progress
from drivetrain.dispatch.events.adapters import retention
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.matching.adapters.tables import driver_holds, rides
from drivetrain.dispatch.state.adapters.tables import dead_events
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts


def remove_old(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Remove it; how many days of events, and how many requests, dead events, rides and holds, there were."""
    installation = ports.installation
    before = installation.clock.now() - timedelta(days=installation.settings(EventSettings).event_days)
    events, engine = retention.remove_old(ports, arguments, progress), ports.database.engine
    removed = retention.remove_rows(engine, rides.c.request_id, rides.c.changed_at < before)
    dead = retention.remove_rows(engine, dead_events.c.id, dead_events.c.appended_at < before)
    holds = retention.remove_rows(engine, driver_holds.c.driver_id, driver_holds.c.until < before)
    return {**events, "dead_events": dead, "rides": removed, "holds": holds}
