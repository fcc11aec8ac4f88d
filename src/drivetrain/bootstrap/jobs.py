"""Jobs of the products, each in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import structlog

from drivetrain.adapters.embedded.children import SUPERVISOR_PID, end_with_parent
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.bootstrap.installation import home_of
from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.core.orphans import end_when_orphaned
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.kit.jobs import JobPorts
from drivetrain.products import job_named
from drivetrain.settings import Settings

_COURTESY = 10
_log = structlog.get_logger("drivetrain.job")


def end_with_supervisor() -> None:
    """In a process that the platform keeps, before anything else: end when the platform is gone."""
    end_with_parent()


def run_job(name: str, arguments: Sequence[str]) -> int:
    """Run one job in this process.

    Returns:
        The exit code.
    """
    end_when_orphaned(int(os.environ[SUPERVISOR_PID]))
    # so that what it holds is let go of
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.nice(_COURTESY)
    settings = Settings()
    configure_logs(settings.log_level, process=f"job-{name}", file=settings.log_file)
    if settings.database_url is None:
        raise UnavailableError("DRIVETRAIN_DATABASE_URL is not set; a job is started by the platform.")
    home = home_of(settings)
    ports = JobPorts(
        engine=open_engine(settings.database_url.get_secret_value(), pool_size=3),
        tables=home.datastore(),
        quarantine=home.quarantine,
        uploads=home.uploads,
        table_rows=settings.file_rows,
        parse_timeout_s=settings.parse_timeout_s,
        clock=SystemClock(),
    )
    try:
        job_named(name)(ports, arguments)
    except DrivetrainError as error:
        _log.warning("job not done", job=name, why=error.detail)
        return 1
    except Exception:  # noqa: BLE001 - the edge of a job
        _log.exception("job failed", job=name)
        return 1
    return 0
