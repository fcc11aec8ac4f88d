"""The process of the scheduled scoring: wakes when a slot is over, has it scored, and goes on whatever fails around it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry

from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.bootstrap.installation import Home, home_of
from drivetrain.bootstrap.kept_process import KeptProcess, end_with_parent
from drivetrain.bootstrap.outcome_reports import OutcomeReports
from drivetrain.bootstrap.prefect_runs import OwnServer, Recorded, RecordedRuns, prefect_environment
from drivetrain.bootstrap.scoring import ScoringDesk, open_scoring, score_due
from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.settings import Settings
from drivetrain.trips.slots.adapters.metrics import SlotMetrics
from drivetrain.trips.slots.domain.slots import tolerance

LOOK_EVERY_S = 5.0
"""How often to look for slots whose scorer was killed or whose model was away; a look is three small
queries."""

REPORT_EVERY_S = 30.0
SERVER_GRACE_SHARE = 2 / 3
"""A server of yours wakes its own runs; what they have left undone after this share of the tolerance is scored here, and
so still in time: 40 s for slots of five minutes."""

STOP_GRACE_S = 10.0

OpenDesk = Callable[[Settings, str, Home], ScoringDesk]

_log = structlog.get_logger("drivetrain.scorer")


class Waker(Protocol):
    """What wakes the scoring beside our own clock.

    Attributes:
        name: as ``GET /trips/status`` shows it.
        why: why it does not do its part; empty when it does.
        grace: how long it may take before we do without it.
    """

    name: str
    grace: timedelta

    @property
    def why(self) -> str: ...  # noqa: D102

    def run(self) -> bool:
        """Have what is due scored; False when that is left to us."""
        ...

    def check(self) -> None:
        """Look after what it is made of."""
        ...

    def stop(self) -> None:
        """End what it is made of."""
        ...


class Plain:
    """Our own clock alone; ``why`` says what else was asked for."""

    name, grace = "plain", timedelta(0)

    def __init__(self, why: str = "") -> None:
        self.why = why

    def run(self) -> bool:
        """Leave it to us."""
        return False

    def check(self) -> None:
        """Nothing to look after."""

    def stop(self) -> None:
        """Nothing to end."""


class EmbeddedPrefect:
    """Our clock, and Prefect's server as a child that records each run."""

    name, grace = "prefect", timedelta(0)

    def __init__(self, home: Home, work: Callable[[], int], recorded: Recorded) -> None:
        """Start the server, and import Prefect in the background."""
        self._server = OwnServer(home.folder / "prefect")
        os.environ.update(self._server.start())  # Prefect reads it when it is imported
        self._runs = RecordedRuns(work, recorded, self._server.is_up)

    @property
    def why(self) -> str:
        """Why runs are not recorded."""
        return self._runs.why

    def run(self) -> bool:
        """Score as a recorded run."""
        return self._runs.run()

    def check(self) -> None:
        """Start the server again where it ended."""
        self._server.check()

    def stop(self) -> None:
        """End the server."""
        self._server.stop()


class ServedPrefect:
    """A Prefect server of yours wakes a flow that a child of ours serves; we do what is left undone."""

    name = "prefect server"

    def __init__(self, home: Home, api_url: str, every_min: int) -> None:
        """Serve the flow, in a child process."""
        self.grace = tolerance(every_min) * SERVER_GRACE_SHARE
        environment = {
            **os.environ,
            **prefect_environment(home.folder / "prefect"),
            "PREFECT_API_URL": api_url,
        }
        self._child = KeptProcess(
            [sys.executable, "-m", "drivetrain.entrypoints.flows"], environment, self._ended
        )
        self.why = ""

    def run(self) -> bool:
        """Its grace is over: leave it to us."""
        _log.warning("the Prefect server has left slots undone; they are scored here")
        return False

    def check(self) -> None:
        """Start the child again where it ended."""
        self._child.check()

    def stop(self) -> None:
        """End the child."""
        self._child.stop(STOP_GRACE_S)

    def _ended(self, why: str, restart_in_s: float) -> None:
        self.why = (
            f"The process that serves the flow ended ({why}); is the server at DRIVETRAIN_PREFECT_API_URL up?"
        )
        _log.warning("the flow is not served", why=why, restart_in_s=restart_in_s)


@dataclass(slots=True)
class Scorer:
    """The loop: look, score, wait for the next slot."""

    desk: ScoringDesk
    metrics: SlotMetrics
    stop: threading.Event
    waker: Waker = field(default_factory=Plain)
    outcomes: OutcomeReports | None = None
    _reported: tuple[str, float] = ("", float("-inf"))

    def work(self) -> int:
        """Score what is due; how many slots were."""
        return score_due(self.desk, self.stop.is_set, self.metrics.slot_ended)

    def run(self) -> None:
        """Go on until asked to stop."""
        is_lost = False
        while not self.stop.is_set():
            wait_s = LOOK_EVERY_S
            try:
                self.waker.check()
                self.tick()
                if self.outcomes is not None:
                    self.outcomes.look(self.stop.is_set)
                wait_s = min(LOOK_EVERY_S, self._until_next_s())
                is_lost = False
            except UnavailableError as error:
                if not is_lost:
                    _log.warning("scoring waits", why=error.detail)
                is_lost = True
            except Exception:  # noqa: BLE001 - the edge of a job: the next look may go well
                _log.exception("scoring failed")
            self.stop.wait(wait_s)

    def tick(self) -> None:
        """Look once, and have what is due scored. Whatever the waker left undone is scored here and now."""
        self._report()
        due = self.desk.due.agenda().due
        self.metrics.due(len(due))
        if not due or self.desk.ledger.now() - due[0].due_at < self.waker.grace:
            return
        self.waker.run()
        self.work()
        self._report()
        self.metrics.due(len(self.desk.due.agenda().due))

    def _until_next_s(self) -> float:
        now = self.desk.ledger.now()
        return (self.desk.grid.containing(now).due_at - now).total_seconds()

    def _report(self) -> None:
        why, at_s = self._reported
        if self.waker.why != why or time.monotonic() - at_s >= REPORT_EVERY_S:
            self._reported = (self.waker.why, time.monotonic())
            self.desk.book.report(self.desk.ledger.owner, self.waker.name, self.waker.why)


def run_scorer(recorded: Recorded, open_desk: OpenDesk = open_scoring) -> int:
    """Run the process that `drivetrain up` started, until SIGTERM.

    Returns:
        The exit code.
    """
    end_with_parent()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = Settings()
    configure_logs(settings.log_level, process="scorer", file=settings.log_file)
    if settings.database_url is None:
        raise UnavailableError("A scorer is told its database by what starts it.")
    home = home_of(settings)
    try:
        desk = open_desk(settings, settings.database_url.get_secret_value(), home)
    except DrivetrainError as error:
        _log.warning("nothing can be scored", why=error.detail)
        return 1
    scorer = Scorer(desk, SlotMetrics(CollectorRegistry()), stop)
    if settings.trips_outcomes:
        scorer.outcomes = OutcomeReports(desk.outcomes)
    scorer.waker = _waker(settings, home, scorer.work, recorded)
    try:
        scorer.run()
    finally:
        scorer.waker.stop()
        leave(desk)
    return 0


def leave(desk: ScoringDesk) -> None:
    """Say that this process ends, if anybody listens."""
    try:
        desk.book.leave(desk.ledger.owner)
    except UnavailableError:
        _log.info("the database was gone first")


def _waker(settings: Settings, home: Home, work: Callable[[], int], recorded: Recorded) -> Waker:
    """What was asked for; our own clock alone where that cannot even be started."""
    try:
        if settings.prefect_api_url is not None:
            return ServedPrefect(home, settings.prefect_api_url, settings.trips_every_min)
        if settings.trips_scheduler == "prefect":
            return EmbeddedPrefect(home, work, recorded)
    except (DrivetrainError, OSError) as error:
        _log.warning("scoring goes on without Prefect", why=str(error))
        return Plain(f"Prefect cannot be started: {error}")
    return Plain()
