"""The scheduled scoring as it is now: the last slots, the next one, and who scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from drivetrain.trips.slots.application.ports import ScorerStatus, SlotReader, SlotRecord
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.domain.proof import Proof
from drivetrain.trips.slots.domain.slots import Slot, SlotGrid, SlotState, uncovered


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """What a planner, or somebody on call, wants to see at a glance.

    Attributes:
        slots: youngest first.
        next: the slot that is going on; it is due at its end.
    """

    now: datetime
    slots: Sequence[SlotRecord]
    next: Slot
    scorers: Sequence[ScorerStatus]
    proof: Proof


@dataclass(frozen=True, slots=True)
class ReadSlotStatus:
    """Reads the last slots, and proves them or another window."""

    reader: SlotReader
    grid: SlotGrid
    reconcile: ReconcileWindow

    def __call__(self, last: int, window: tuple[datetime, datetime] | None) -> SlotStatus:
        """Look at the last slots.

        Args:
            last: how many, >= 1.
            window: to be proved; that of the last slots when None.

        Raises:
            InvalidInputError: the window is empty or too long.
            UnavailableError: the database cannot be reached.
        """
        now = self.reader.now()
        end = self.grid.last_over(now).due_at
        begin = end - last * self.grid.length
        return SlotStatus(
            now=now,
            slots=self._slots(begin, end),
            next=self.grid.containing(now),
            scorers=self.reader.scorers(),
            proof=self.reconcile(*(window or (begin, end))),
        )

    def _slots(self, begin: datetime, end: datetime) -> list[SlotRecord]:
        records = list(self.reader.records(begin, end))
        began_at = self.reader.began_at()
        if began_at is not None:
            open_slots = uncovered(self.grid, max(begin, began_at), end, [record.slot for record in records])
            records += [SlotRecord(slot, SlotState.DUE) for slot in open_slots]
        return sorted(records, key=lambda record: record.slot, reverse=True)
