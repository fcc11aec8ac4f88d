"""Work done as runs of a Prefect flow, and what to do when Prefect does not do its part.

Prefect wakes and records. Whether a slot is scored once is the slot ledger's business alone: a run that comes
late, twice or never changes nothing but when.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from drivetrain.core.errors import DrivetrainError

PATIENCE_S = 10.0
"""A run begins its work 0.1 s after it is asked for and ends 1 s after it. Who takes ten times that is not
waited for."""

RETRY_S = 300.0
"""When Prefect failed, it is asked again after this time; it costs a few seconds of a core each time."""

Flow = Callable[[], object]

AsFlow = Callable[[Callable[[], int]], Flow]
"""Makes a Prefect flow of some work. Imports Prefect, so it is called in the background."""

_log = structlog.get_logger("drivetrain.scorer")


class RecordedRuns:
    """Does some work as runs of a flow where Prefect works, and tells where it does not."""

    def __init__(
        self,
        work: Callable[[], int],
        as_flow: AsFlow,
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
        self._as_flow = as_flow
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
            self._flow = self._as_flow(self._do)
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

    def _fail(self, reason: str) -> None:
        self.why = reason
        self._retry_at_s = self._monotonic_s() + RETRY_S
        _log.warning("scoring continues without Prefect", why=reason)


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
            for event in (self.ended, self.worked, self.begun):
                event.set()
