"""Score what is due: the slots that are over and not scored, oldest first, as far back as may be caught up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from drivetrain.core.errors import DrivetrainError
from drivetrain.trips.slots.application.ports import Origin, SlotRecord, SlotWriter
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.domain.slots import Agenda, Slot, SlotGrid, agenda


@dataclass(frozen=True, slots=True)
class SlotRun:
    """What became of a slot in this run.

    Attributes:
        record: None when it was not scored.
        error: why not; None when it was, or when there was nothing to do.
    """

    slot: Slot
    record: SlotRecord | None = None
    error: DrivetrainError | None = None


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RunDueSlots:
    """Everything that the schedule owes. Called twice, late or by several at once, it does each slot once."""

    score: ScoreSlot
    ledger: SlotWriter
    grid: SlotGrid
    catch_up: timedelta

    def __call__(self, stop: Callable[[], bool] = _never, todo: Agenda | None = None) -> Iterator[SlotRun]:
        """Score slot by slot; slots that another scorer did or does are passed over in silence.

        A slot that cannot be scored does not hold up the others: its model may be damaged and theirs not.

        Args:
            stop: asked before each slot.
            todo: made just before; made now when None.

        Raises:
            UnavailableError: the ledger cannot be reached.
        """
        todo = todo or self.agenda()
        self.ledger.miss(todo.too_old)
        for slot in todo.due:
            if stop():
                return
            run = attempt(self.score, slot, Origin.SCHEDULE)
            if run.record is not None or run.error is not None:
                yield run

    def agenda(self) -> Agenda:
        """What is to be done now, by the ledger's clock.

        Raises:
            UnavailableError: the ledger cannot be reached.
        """
        now = self.ledger.now()
        since = self.ledger.owed_since(now - self.catch_up - self.grid.length)
        if since is None:
            # the first start begins with the slot that has just ended
            since = self.grid.last_over(now).slot_at
        return agenda(self.grid, since, now, self.catch_up, self.ledger.marks(since, now))


def attempt(score: ScoreSlot, slot: Slot, origin: Origin) -> SlotRun:
    """Score a slot, and tell instead of raising when it cannot be."""
    try:
        return SlotRun(slot, score(slot, origin))
    except DrivetrainError as error:
        return SlotRun(slot, error=error)
