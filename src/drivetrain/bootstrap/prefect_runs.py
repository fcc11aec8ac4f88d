"""Prefect beside the scheduled scoring: its own small server or yours, and what to do when it does not come up.

Prefect wakes and records. Whether a slot is scored once is the slot ledger's business alone: a run that comes
late, twice or never changes nothing but when.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import httpx
import structlog
import uvicorn

from drivetrain.adapters.embedded.children import ChildExit, end_with_parent
from drivetrain.adapters.embedded.processes import WorkerPool, bind, inherited_listener
from drivetrain.core.errors import DrivetrainError

PATIENCE_S = 10.0
"""A run begins its work 0.1 s after it is asked for and ends 1 s after it. Who takes ten times that is not
waited for."""

RETRY_S = 300.0
"""When Prefect failed, it is asked again after this time; it costs a few seconds of a core each time."""

STOP_GRACE_S = 5.0
LARGEST_RECORD_BYTES = 256 << 20
"""Prefect keeps every run; past this size the record starts anew. Nothing depends on it."""

Flow = Callable[[], object]

Recorded = Callable[[Callable[[], int]], Flow]
"""Makes a Prefect flow of some work. Imports Prefect, so it is called in the background."""

_log = structlog.get_logger("drivetrain.scorer")


def prefect_environment(folder: Path) -> dict[str, str]:
    """What keeps Prefect inside the home, silent, and away from the network."""
    return {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
    }


class OwnServer:
    """Prefect's server as a child process on a free port of 127.0.0.1, behind a password of this run."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing is started yet.

        Args:
            folder: Prefect's home, under ours.
        """
        self._folder = folder
        self._password = f"drivetrain:{secrets.token_hex(16)}"
        self._listening: list[socket.socket] = []
        self._pool: WorkerPool | None = None

    def start(self) -> dict[str, str]:
        """Start it.

        Returns:
            The environment that a client of it needs.
        """
        if sum(file.stat().st_size for file in self._folder.glob("prefect.db*")) > LARGEST_RECORD_BYTES:
            rmtree(self._folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._listening = bind("127.0.0.1", 0)
        common = prefect_environment(self._folder)
        server = {**os.environ, **common, "PREFECT_SERVER_API_AUTH_STRING": self._password}
        command = [sys.executable, "-m", "drivetrain.entrypoints.prefect_server"]
        self._pool = WorkerPool(command, server, self._listening, on_exit=self._tell)
        self._pool.start()
        return {
            **common,
            "PREFECT_API_AUTH_STRING": self._password,
            "PREFECT_API_URL": f"{self._address}/api",
        }

    def check(self) -> None:
        """Start it again when it has ended."""
        if self._pool is not None:
            self._pool.check()

    def is_up(self) -> bool:
        """True when it answers."""
        try:
            user, _, password = self._password.partition(":")
            answer = httpx.get(f"{self._address}/api/health", auth=(user, password), timeout=1.0)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    def stop(self) -> None:
        """End it."""
        if self._pool is not None:
            self._pool.stop(STOP_GRACE_S)
        for each in self._listening:
            each.close()

    @property
    def _address(self) -> str:
        return f"http://127.0.0.1:{self._listening[0].getsockname()[1]}"

    def _tell(self, _: int, gone: ChildExit) -> None:
        _log.warning("Prefect's server ended", why=gone.reason, restart_in_s=gone.restart_in_s)


class RecordedRuns:
    """Does some work as runs of a flow where Prefect works, and tells where it does not."""

    def __init__(
        self,
        work: Callable[[], int],
        recorded: Recorded,
        is_up: Callable[[], bool],
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to get ready, in the background: importing Prefect takes seconds.

        Args:
            work: may be done again at once by somebody else.
            is_up: whether Prefect's server answers.
        """
        self._work = work
        self._recorded = recorded
        self._is_up = is_up
        self._monotonic_s = monotonic_s
        self._flow: Flow | None = None
        self._running: _Run | None = None
        self._retry_at_s = 0.0
        self.why = "Prefect is starting."
        threading.Thread(target=self._get_ready, name="prefect-import", daemon=True).start()

    def run(self) -> bool:
        """Have the work done as a run and wait for it; for Prefect's own part of it only as long as is decent.

        Returns:
            False when Prefect did not do its part; what is due then is for the caller to do.

        Raises:
            DrivetrainError: the work was done and failed.
        """
        if self._flow is None or not self._may_try():
            return False
        if not self._is_up():
            self.why = "Prefect's server does not answer; it takes some seconds to start."
            return False
        run = self._running = _Run(self._flow)
        run.start()
        if not (run.begun.wait(PATIENCE_S) and run.worked.wait() and run.ended.wait(PATIENCE_S)):
            self._fail(f"A run did not get anywhere for {PATIENCE_S:.0f} s.")
            return False
        if isinstance(run.failure, DrivetrainError):
            self.why = ""
            raise run.failure
        if run.failure is not None:
            self._fail(f"{type(run.failure).__name__}: {run.failure}")
            return False
        self.why = ""
        return True

    def _get_ready(self) -> None:
        try:
            self._flow = self._recorded(self._do)
        except Exception as error:  # noqa: BLE001 - the edge of a job: scoring continues without Prefect
            self._fail(f"Prefect cannot be imported: {type(error).__name__}: {error}")

    def _do(self) -> int:
        run = self._running
        if run is None:
            return self._work()
        run.begun.set()
        try:
            return self._work()
        finally:
            run.worked.set()

    def _may_try(self) -> bool:
        is_stuck = self._running is not None and not self._running.ended.is_set()
        return not is_stuck and self._monotonic_s() >= self._retry_at_s

    def _fail(self, why: str) -> None:
        self.why = why
        self._retry_at_s = self._monotonic_s() + RETRY_S
        _log.warning("scoring continues without Prefect", why=why)


class _Run:
    """One run of a flow on a thread of its own, because Prefect may hang anywhere."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.begun, self.worked, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._go, name="prefect-flow", daemon=True).start()

    def _go(self) -> None:
        try:
            self._flow()
        except BaseException as failure:  # noqa: BLE001 - the edge of a job: told to whoever waits
            self.failure = failure
        finally:
            for each in (self.ended, self.worked, self.begun):
                each.set()


def serve_prefect() -> None:
    """Be Prefect's server, without pages and services, on the inherited socket, until SIGTERM."""
    end_with_parent()
    from prefect.server.api.server import create_app  # seconds: not before it is known who waits

    config = uvicorn.Config(create_app(ephemeral=True), lifespan="on", access_log=False, log_config=None)
    uvicorn.Server(config).run(sockets=[inherited_listener(os.environ)])
