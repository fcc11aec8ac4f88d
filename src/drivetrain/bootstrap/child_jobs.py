"""Starting jobs of the products beside what serves. Light: the supervisor imports it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping

from drivetrain.adapters.embedded.children import Child, end_children, start_child
from drivetrain.core.errors import TooManyRequestsError, UnavailableError

MOST_AT_ONCE = 1
"""Jobs that one worker has running at a time: each takes most of a core."""

STOP_GRACE_S = 10.0
_RETRY_AFTER_S = 5


class ChildJobs:
    """The port ``JobStarter`` with child processes; they end with the process that started them."""

    def __init__(self, environment: Mapping[str, str], *, most: int = MOST_AT_ONCE) -> None:
        """Start jobs under an environment that names the home and the database.

        Args:
            environment: of the children, complete.
            most: how many may run at a time.
        """
        self._environment = dict(environment)
        self._most = most
        self._children: list[Child] = []
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
                    "Another analysis is running; send this one again later.", retry_after_s=_RETRY_AFTER_S
                )
            command = [sys.executable, "-m", "drivetrain.entrypoints.job", job, *arguments]
            try:
                # In the group of this process, so that a worker that has to be killed takes its jobs along.
                self._children.append(start_child(command, self._environment, leads_group=False))
            except OSError as error:
                raise UnavailableError(
                    "The job cannot be started now; try again.", code="platform.job_not_started"
                ) from error

    def stop(self) -> None:
        """End what still runs."""
        with self._lock:
            end_children(self._children, STOP_GRACE_S)
