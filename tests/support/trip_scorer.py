"""Scorers as processes of their own, on plain rides and a plain model, to be killed and stopped by tests.

Forked, because a test starts many of them. Run as a module it is the process that `drivetrain up` starts, on
plain rides.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkProcess

from tests.support.trip_fakes import PlainModels, PlainSource

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.kit.processes import Process, ProcessPorts
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.ports import Origin, Step
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.application.run_due_slots import RunDueSlots
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.domain.proof import Proof
from drivetrain.trips.slots.domain.slots import Slot, SlotGrid

GRID = SlotGrid(5)
RIDES = 6_000
"""Two blocks of the copy."""

LEASE_S = 0.6
CATCH_UP = timedelta(days=3650)
_GIVE_UP_S = 60.0


def start_scorer(url: str, *, at: str = "") -> ForkProcess:
    """Start one that scores what is due until nothing is left, with exit code 0.

    Args:
        at: the step at which it kills itself; ``stop:`` before it to be stopped by SIGSTOP instead; empty for
            never.
    """
    process = multiprocessing.get_context("fork").Process(target=_score_all, args=(url, at))
    process.start()
    return process


def ended(process: ForkProcess, within_s: float = _GIVE_UP_S) -> int | None:
    """Its exit code, negative for a signal; None when it goes on."""
    process.join(within_s)
    return process.exitcode


def owe(url: str, slots: int) -> tuple[Slot, datetime]:
    """Make the schedule begin so many slots ago.

    Returns:
        The first slot, and the end of the last one that is over.
    """
    now = datetime.now(UTC)
    first = GRID.containing(now - slots * GRID.length)
    engine = open_engine(url, pool_size=1)
    ledger = PostgresSlotWriter(engine, pause_s=0)
    claim = ledger.claim(first, Origin.SCHEDULE)
    assert claim is not None
    ledger.give_back(claim, "")
    engine.dispose()
    return first, GRID.last_over(now).due_at


def proven(url: str, first: Slot, last: datetime) -> Proof:
    """The proof from the first slot to an instant."""
    engine = open_engine(url, pool_size=1)
    try:
        return ReconcileWindow(PostgresSlotReader(engine), GRID)(first.slot_at, last)
    finally:
        engine.dispose()


def _score_all(url: str, at: str) -> None:
    ledger = PostgresSlotWriter(open_engine(url, pool_size=3), lease_s=LEASE_S, pause_s=0)
    score = ScoreSlot(ledger, PlainSource(RIDES), PlainModels(), _ending(at))
    run = RunDueSlots(score, ledger, GRID, CATCH_UP)
    give_up_at = time.monotonic() + _GIVE_UP_S
    while time.monotonic() < give_up_at:
        try:
            for _ in run():
                pass
            now = ledger.now()
            since = ledger.owed_since(now)
            others = [mark for mark in ledger.marks(since, now) if mark.is_held] if since else []
            if not others and not run.agenda().due:
                os._exit(0)
        except DrivetrainError:
            pass  # the database was killed; it comes back
        time.sleep(0.02)
    os._exit(1)


def _ending(at: str) -> Callable[[Step], None]:
    number = signal.SIGSTOP if at.startswith("stop:") else signal.SIGKILL
    steps = [at.removeprefix("stop:")]

    def reach(step: Step) -> None:
        if step in steps:
            steps.clear()
            os.kill(os.getpid(), number)

    return reach


def _loop() -> int:
    from drivetrain.bootstrap.processes import run_process
    from drivetrain.entrypoints.process import flow_of
    from drivetrain.trips.product import score_on_schedule

    def score_plainly(ports: ProcessPorts) -> int:
        return score_on_schedule(ports, PlainSource(100), PlainModels())

    return run_process(Process("score-trips", "", score_plainly, lambda _: True), flow_of)


if __name__ == "__main__":
    sys.exit(_loop())
