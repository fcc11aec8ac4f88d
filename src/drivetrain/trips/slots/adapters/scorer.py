"""The process of the scheduled scoring: wakes when a slot is over, has it scored, and goes on whatever fails around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.kit.processes import OpenTrigger, StopSignal, Trigger
from drivetrain.trips.slots.adapters.metrics import SlotMetrics
from drivetrain.trips.slots.adapters.scoring import SlotScoring, score_due
from drivetrain.trips.slots.domain.slots import Agenda, tolerance

LOOK_EVERY_S = 5.0
"""How often to look for slots whose scorer was killed or whose model was away; a look is four small
queries."""

REPORT_EVERY_S = 30.0
SERVER_GRACE_SHARE = 2 / 3
"""A server of yours wakes its own runs; what they have left undone after this share of the tolerance is scored here, and
so still in time: 40 s for slots of five minutes."""

Beside = Callable[[Callable[[], bool]], None]
"""What else is done after each look for due slots; is told whether to stop."""

_log = structlog.get_logger("drivetrain.scorer")


def _nothing(_: Callable[[], bool]) -> None:
    """Do nothing beside the scoring."""


@dataclass(slots=True)
class Scorer:
    """The loop: look, score, wait for the next slot."""

    scoring: SlotScoring
    metrics: SlotMetrics
    stop: StopSignal
    beside: Beside = _nothing
    trigger: Trigger = field(init=False)
    _reported: tuple[str, float] = ("", float("-inf"))

    def work(self, todo: Agenda | None = None) -> int:
        """Score what is due; how many slots were.

        Args:
            todo: what is due, read just before; read now when None.
        """
        return score_due(self.scoring, self.stop.is_set, self.metrics.slot_ended, todo)

    def run_with(self, open_trigger: OpenTrigger) -> None:
        """Score on the schedule until asked to stop."""
        every_min = self.scoring.grid.every_min
        grace = tolerance(every_min) * SERVER_GRACE_SHARE
        self.trigger = open_trigger(self.work, every_min=every_min, grace=grace)
        try:
            self._run()
        finally:
            self.trigger.stop()
            leave(self.scoring)

    def _run(self) -> None:
        is_lost = False
        while not self.stop.is_set():
            wait_s = LOOK_EVERY_S
            try:
                self.trigger.check()
                self.tick()
                self.beside(self.stop.is_set)
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
        """Look once, and have what is due scored. Whatever the trigger left undone is scored here and now."""
        self._report()
        todo = self.scoring.due.agenda()
        self.metrics.due(len(todo.due))
        if not todo.due or todo.at - todo.due[0].due_at < self.trigger.grace:
            return
        if not self.trigger.run():
            self.work(todo)
        self._report()
        self.metrics.due(0)  # each is scored, or pauses after a failure; the next look counts again

    def _until_next_s(self) -> float:
        now = self.scoring.ledger.now()
        return (self.scoring.grid.containing(now).due_at - now).total_seconds()

    def _report(self) -> None:
        reason, at_s = self._reported
        if self.trigger.why != reason or time.monotonic() - at_s >= REPORT_EVERY_S:
            self._reported = (self.trigger.why, time.monotonic())
            self.scoring.reader.report(self.scoring.ledger.owner, self.trigger.name, self.trigger.why)


def leave(scoring: SlotScoring) -> None:
    """Say that this process ends, if anybody listens."""
    try:
        scoring.reader.leave(scoring.ledger.owner)
    except UnavailableError:
        _log.info("the database was gone first")
