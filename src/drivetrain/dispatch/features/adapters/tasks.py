"""Scheduled work of features: writing the lake, comparing decisions with the log, removing what is old."""

from __future__ import annotations

from datetime import UTC, timedelta

from sqlalchemy import delete

from drivetrain.adapters.disk.objects import FolderObjects
from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.events.domain.events import DRIVERS, REQUESTS
from drivetrain.dispatch.features.adapters.decoding import decode_steps, positions_to_keep, steps_to_keep
from drivetrain.dispatch.features.adapters.lake import ParquetLake
from drivetrain.dispatch.features.adapters.parity_store import (
    PostgresParityReports,
    PostgresSeenDecisions,
    plain,
)
from drivetrain.dispatch.features.adapters.settings import FeatureSettings
from drivetrain.dispatch.features.adapters.tables import feature_parity
from drivetrain.dispatch.features.application.check_parity import CheckParity
from drivetrain.dispatch.features.application.keep_lake import KeepLake
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase
from drivetrain.lifecycle.kit.processes import ProcessPorts
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts

POLICY = "dispatch-pick-up"
"""Whose decisions have features."""


def lake_of(installation: Installation) -> ParquetLake:
    """The lake of an installation: a folder of its home."""
    return ParquetLake(FolderObjects(installation.folder / "lake"))


def keep_lake(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Write what the lake does not have yet; how many events and objects that were.

    Done twice or by two at once it writes each event once, so it needs no transaction.
    """
    return _write_lake(ports.installation, ports.database, progress)


def keep_lake_once(ports: ProcessPorts) -> int:
    """The same as the work of a flow; how many events were written."""
    written: int = _write_lake(ports.installation, ports.database, SilentProgress())["events"]
    return written


def check_parity(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Compare the features of the last decisions with the log, and keep the report."""
    engine = ports.database.engine
    check = CheckParity(PostgresEventLog(engine), decode_steps, PostgresSeenDecisions(engine, POLICY))
    report = plain(check())
    with ports.effect(report) as connection:
        PostgresParityReports.keep(connection, report)
    return report


def remove_old(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Remove what the lake has kept long enough, and old reports; how many days and reports that were."""
    installation, lake = ports.installation, lake_of(ports.installation)
    today = installation.clock.now().astimezone(UTC).date()
    of_rides = today - timedelta(days=installation.settings(FeatureSettings).lake_days)
    of_positions = today - timedelta(days=installation.settings(EventSettings).event_days)
    days = lake.remove_before(REQUESTS, of_rides) + lake.remove_before(DRIVERS, of_positions)
    with transaction(ports.database.engine) as connection:
        old = connection.execute(delete(feature_parity).where(feature_parity.c.checked_at < of_rides))
    return {"days": days, "reports": old.rowcount}


def _write_lake(installation: Installation, database: OpenDatabase, progress: Progress) -> Result:
    log, lake = PostgresEventLog(database.engine), lake_of(installation)
    wanted = installation.settings(FeatureSettings).lake
    reports = []
    if wanted != "off":
        reports.append(KeepLake(log, lake, steps_to_keep)(REQUESTS, progress))
    if wanted == "all":
        reports.append(KeepLake(log, lake, positions_to_keep)(DRIVERS, progress))
    return {
        "events": sum(report.events for report in reports),
        "objects": sum(report.objects for report in reports),
    }
