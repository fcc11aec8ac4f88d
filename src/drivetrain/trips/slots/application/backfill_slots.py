"""Score slots that somebody asks for: one, or all of a window, however long ago."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.trips.city.domain.civil_time import FIRST_YEAR
from drivetrain.trips.slots.application.ports import Origin, SlotWriter
from drivetrain.trips.slots.application.run_due_slots import SlotRun, attempt
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.domain.slots import WRITTEN, Slot, SlotGrid, uncovered

MOST_SLOTS = 40_000
"""In one backfill: 138 days of five minutes. A longer one is several commands, each of which can be
repeated."""

_EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
"""The civil time of earlier slots is not known, so their rides could be given any hour and any holiday."""


@dataclass(frozen=True, slots=True)
class BackfillSlots:
    """Scores slots on request, with the versions that were live then.

    What is written already stays as it is.
    """

    score: ScoreSlot
    ledger: SlotWriter
    grid: SlotGrid

    def one(self, slot_at: datetime) -> SlotRun:
        """Score the slot that begins at an instant.

        Raises:
            InvalidInputError: none does, it is not over yet, or slots of another length cover it.
            UnavailableError: the ledger cannot be reached.
        """
        _refuse_before_calendar(slot_at)
        now = self.ledger.now()
        if slot_at > now - self.grid.length:
            raise InvalidInputError("The slot is not over yet.", code="trips.slot_not_over")
        slot = self.grid.at(slot_at)
        marks = self.ledger.marks(slot.slot_at, slot.due_at)
        if any(mark.slot != slot for mark in marks):
            raise InvalidInputError("Slots of another length cover this time.", code="trips.slot_covered")
        return attempt(self.score, slot, Origin.REQUEST)

    def window(self, begin: datetime, end: datetime, progress: Progress) -> Iterator[SlotRun]:
        """Score every slot that begins in ``[begin, end)`` and is over, oldest first.

        All of them are promised first: after a crash the proof shows which are left, and the same call does
        those.

        Raises:
            InvalidInputError: nothing of the window is over, or it holds more than ``MOST_SLOTS`` slots.
            UnavailableError: the ledger cannot be reached.
        """
        _refuse_before_calendar(begin)
        if end - begin > MOST_SLOTS * self.grid.length:
            raise InvalidInputError(
                f"A backfill takes at most {MOST_SLOTS:,} slots.", code="trips.window_too_long"
            )
        todo = self._todo(begin, end)
        self.ledger.promise(todo)
        with progress.stage("score", total=len(todo), unit="slots") as stage:
            for slot in todo:
                run = attempt(self.score, slot, Origin.REQUEST)
                stage.advance()
                if run.record is not None or run.error is not None:
                    yield run

    def _todo(self, begin: datetime, end: datetime) -> list[Slot]:
        over = min(end, self.ledger.now())
        marks = self.ledger.marks(begin, over)
        fresh = uncovered(self.grid, begin, over, [mark.slot for mark in marks])
        unfinished = [mark.slot for mark in marks if mark.state not in WRITTEN and mark.slot.slot_at >= begin]
        todo = sorted(slot for slot in fresh + unfinished if slot.due_at <= over)
        if not todo and not marks:
            raise InvalidInputError("No slot of this window is over yet.", code="trips.empty_window")
        return todo


def _refuse_before_calendar(instant: datetime) -> None:
    if instant < _EARLIEST:
        raise InvalidInputError(f"There are no slots before {FIRST_YEAR}.", code="trips.slot_too_early")
