"""Slots that nobody has scored although they should have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from drivetrain.trips.slots.application.ports import SlotReader
from drivetrain.trips.slots.domain.slots import SETTLED, Slot, SlotGrid, uncovered

LOOKED_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FindOverdueSlots:
    """Finds the slots of the last day that wait although the slot after them is over, too."""

    reader: SlotReader
    grid: SlotGrid

    def __call__(self) -> Sequence[Slot]:
        """Oldest first; none before the schedule has begun.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        began_at = self.reader.began_at()
        if began_at is None:
            return []
        now = self.reader.now()
        end = self.grid.last_over(now).slot_at
        begin = max(began_at, end - LOOKED_BACK)
        settled = [record.slot for record in self.reader.records(begin, end) if record.state in SETTLED]
        return uncovered(self.grid, begin, end, settled)
