"""Jobs of the products: starting them beside what serves, and running one in its own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

import structlog

from drivetrain.adapters.embedded.processes import SUPERVISOR_PID, end_when_orphaned
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.bootstrap.installation import home_of
from drivetrain.core.errors import DrivetrainError, TooManyRequestsError, UnavailableError
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.kit.jobs import JobPorts
from drivetrain.products import job_named
from drivetrain.settings import Settings

MOST_AT_ONCE = 1
"""Jobs that one worker has running at a time: each takes most of a core."""

STOP_GRACE_S = 10.0
_COURTESY = 10
_RETRY_AFTER_S = 5
_log = structlog.get_logger("drivetrain.job")


class ChildJobs:
    """The port ``JobStarter`` with child processes; they end with the process that started them."""

    def __init__(self, environment: Mapping[str, str], *, most: int = MOST_AT_ONCE) -> None:
        """Start jobs under an environment that names the home and the database.

        Args:
            environment: of the children, complete.
            most: how many may run at a time.
        """
        self._environment = {**environment, SUPERVISOR_PID: str(os.getpid())}
        self._most = most
        self._children: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def collect(self) -> None:
        """Let go of the children that have ended, so that none stays in the process table."""
        with self._lock:
            self._children = [child for child in self._children if child.poll() is None]

    def start(self, job: str, *arguments: str) -> None:
        """Start a job and return at once.

        Raises:
            TooManyRequestsError: as many as may run are running.
            UnavailableError: the process cannot be started.
        """
        self.collect()
        with self._lock:
            if len(self._children) >= self._most:
                raise TooManyRequestsError(
                    "Another analysis is running here; send this one again.", retry_after_s=_RETRY_AFTER_S
                )
            command = [sys.executable, "-m", "drivetrain.entrypoints.job", job, *arguments]
            try:
                self._children.append(subprocess.Popen(command, env=self._environment))
            except OSError as error:
                raise UnavailableError(
                    "The job cannot be started now; try again.", code="platform.job_not_started"
                ) from error

    def stop(self) -> None:
        """End what still runs."""
        with self._lock:
            for child in self._children:
                child.terminate()
            for child in self._children:
                try:
                    child.wait(STOP_GRACE_S)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()


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
        raise UnavailableError("A job is told its database by what starts it.")
    home = home_of(settings)
    ports = JobPorts(
        engine=open_engine(settings.database_url.get_secret_value(), pool_size=3),
        tables=home.datastore(),
        quarantine=home.quarantine,
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
