"""The loop of the task worker that finds out for whom changes of listings are news, and tells them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from drivetrain.adapters.postgres.changes import PostgresChangeLog
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.announcements import Announcements
from drivetrain.core.progress import Progress
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.processes import ProcessPorts
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts
from drivetrain.market.alerts.adapters.alert_store import PostgresAlerts
from drivetrain.market.alerts.adapters.change_store import PostgresChanges
from drivetrain.market.alerts.adapters.search_store import PostgresSavedSearches
from drivetrain.market.alerts.application.follow_searches import FollowSearches
from drivetrain.market.alerts.application.match_changes import MatchChanges
from drivetrain.market.alerts.application.tell_alerts import TellAlerts
from drivetrain.market.search.adapters.live_cars import PostgresLiveCars
from drivetrain.market.search.adapters.settings import SearchSettings
from drivetrain.market.search.domain.rates import RateTable

LOOK_EVERY_S = 1.0
KEPT = timedelta(days=90)
"""How long alerts are kept after they were told."""


class AlertLoop:
    """Matches changes with saved searches, and tells what is due, one batch after the other."""

    def __init__(self, engine: Engine, rates: RateTable, messages: Announcements, clock: Clock) -> None:
        cars = PostgresLiveCars(engine)
        self._following = FollowSearches(PostgresSavedSearches(engine), PostgresChangeLog(engine), rates)
        self._match = MatchChanges(
            self._following, PostgresEventLog(engine), cars, PostgresChanges(engine), clock
        )
        self._tell = TellAlerts(PostgresAlerts(engine), cars, messages, clock)

    def look(self) -> int:
        """Take in the changes of one batch, and tell some people; how much there was to do.

        Raises:
            UnavailableError: the database cannot be reached; what was begun is undone.
        """
        self._following.look()
        return (self._match() or 0) + (self._tell() or 0)


def match_alerts(ports: ProcessPorts) -> int:
    """Match and tell until asked to stop; the exit code."""
    installation = ports.installation
    loop = AlertLoop(
        ports.database.engine,
        installation.settings(SearchSettings).rate_table,
        installation.announcements(),
        installation.clock,
    )
    while not ports.stop.is_set():
        if not loop.look():
            ports.stop.wait(LOOK_EVERY_S)
    return 0


def remove_old(ports: TaskPorts, _: Arguments, __: Progress) -> Result:
    """Remove alerts that were told long ago."""
    before = ports.installation.clock.now() - KEPT
    return {"removed": PostgresAlerts(ports.database.engine).remove_old(before)}
