"""What wakes scheduled work beside the clock of its process: nothing, Prefect beside us, or a Prefect server of yours."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog

from drivetrain.adapters.embedded.children import ChildExit, ChildKeeper
from drivetrain.adapters.prefect.runs import AsFlow, RecordedRuns
from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.kit.processes import Trigger
from drivetrain.settings import Settings

STOP_GRACE_S = 10.0

_log = structlog.get_logger("drivetrain.scorer")


class LocalTrigger:
    """Our own clock alone; ``reason`` says what else was asked for."""

    def __init__(self, reason: str = "") -> None:
        self.name, self.grace = "plain", timedelta(0)
        self.why = reason

    def run(self) -> bool:
        """Leave it to the process."""
        return False

    def check(self) -> None:
        """Nothing to look after."""

    def stop(self) -> None:
        """Nothing to end."""


class EmbeddedPrefect:
    """Our clock, and Prefect's server as a child that records each run."""

    def __init__(self, home: Path, work: Callable[[], int], as_flow: AsFlow) -> None:
        """Start the server, and import Prefect in the background."""
        from drivetrain.bootstrap.prefect_server import PrefectServer  # with an HTTP client: nine megabytes

        self.name, self.grace = "prefect", timedelta(0)
        self._server = PrefectServer(home / "prefect", secrets.token_hex(16))
        os.environ.update(self._server.start())  # Prefect reads it when it is imported
        self._runs = RecordedRuns(work, as_flow, self._server.is_up)

    @property
    def why(self) -> str:
        """Why runs are not recorded."""
        return self._runs.why

    def run(self) -> bool:
        """Do it as a recorded run, where Prefect does its part."""
        return self._runs.run()

    def check(self) -> None:
        """Start the server again where it ended."""
        self._server.check()

    def stop(self) -> None:
        """End the server."""
        self._server.stop()


class ServedPrefect:
    """A Prefect server of yours wakes a flow that a child of ours serves; we do what is left undone."""

    def __init__(self, home: Path, api_url: str, process: str, every: timedelta, grace: timedelta) -> None:
        """Prepare to serve the flow of a process, in a child process that the first ``check`` starts.

        Args:
            every: between two runs; whole seconds.

        Raises:
            UnavailableError: ``prefect.not_installed``.
        """
        from drivetrain.adapters.prefect.server import prefect_environment, require_prefect

        require_prefect()
        self.name, self.grace = "prefect server", grace
        environment = {
            **os.environ,
            **prefect_environment(home / "prefect"),
            "PREFECT_API_URL": api_url,
        }
        self._child = ChildKeeper(
            [sys.executable, "-m", "drivetrain.entrypoints.flows", process, str(int(every.total_seconds()))],
            environment,
            self._ended,
        )
        self.why = ""

    def run(self) -> bool:
        """Its grace is over: leave it to us."""
        _log.warning("the Prefect server has left work undone; it is done here")
        return False

    def check(self) -> None:
        """Start the child again where it ended."""
        self._child.check()

    def stop(self) -> None:
        """End the child."""
        self._child.stop(STOP_GRACE_S)

    def _ended(self, child_exit: ChildExit) -> None:
        self.why = (
            f"The process that serves the flow ended ({child_exit.reason}); "
            "is the server at DRIVETRAIN_PREFECT_API_URL up?"
        )
        _log.warning("the flow is not served", why=child_exit.reason, restart_in_s=child_exit.restart_in_s)


def open_trigger(
    settings: Settings,
    home: Path,
    as_flow: AsFlow,
    process: str,
    work: Callable[[], int],
    *,
    every_min: int,
    grace: timedelta,
    embedded: bool = True,
) -> Trigger:
    """What the settings ask for; our own clock alone where that cannot even be started.

    Args:
        process: whose work it is.
        embedded: whether Prefect's server may be started beside the process.
    """
    try:
        if settings.prefect_api_url is not None:
            every = timedelta(minutes=every_min)
            return ServedPrefect(home, settings.prefect_api_url, process, every, grace)
        if settings.scheduler == "prefect" and embedded:
            return EmbeddedPrefect(home, work, as_flow)
    except (DrivetrainError, OSError) as error:
        _log.warning("scheduled work goes on without Prefect", why=str(error))
        return LocalTrigger(f"Prefect cannot be started: {error}")
    return LocalTrigger()
