"""Prove for a window that every ride of every slot was written once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.slots.application.ports import SlotReader
from drivetrain.trips.slots.domain.proof import Proof, reconcile
from drivetrain.trips.slots.domain.slots import Slot, SlotGrid, uncovered

LONGEST_WINDOW = timedelta(days=31)
"""Every row of the window is counted, none is believed: a month of small slots, a day of large ones."""


@dataclass(frozen=True, slots=True)
class ReconcileWindow:
    """Counts the marks of a window against its rides, in the tables as they are now."""

    reader: SlotReader
    grid: SlotGrid

    def __call__(self, begin: datetime, end: datetime) -> Proof:
        """Prove the slots that begin in ``[begin, end)`` and are over.

        Owed are the slots of the schedule since its first one, and all that somebody asked for.

        Raises:
            InvalidInputError: the window is empty, or longer than ``LONGEST_WINDOW``.
            UnavailableError: the database cannot be reached.
        """
        if not timedelta(0) < end - begin <= LONGEST_WINDOW:
            raise InvalidInputError(
                f"A window ends after it begins and spans at most {LONGEST_WINDOW.days} days.",
                code="trips.bad_window",
            )
        unmarked = self._unmarked(
            begin, end
        )  # first: a slot that is marked meanwhile is then among the tallies, and not in neither
        tallies = self.reader.tallies(begin, end)
        marked = {tally.slot_at for tally in tallies if tally.state is not None}
        return reconcile(begin, end, tallies, [slot for slot in unmarked if slot.slot_at not in marked])

    def _unmarked(self, begin: datetime, end: datetime) -> list[Slot]:
        now, began_at = self.reader.now(), self.reader.began_at()
        if began_at is None:
            return []
        since, until = max(begin, began_at), min(end, now)
        unmarked = uncovered(
            self.grid, since, until, [record.slot for record in self.reader.records(since, until)]
        )
        return [slot for slot in unmarked if slot.due_at <= now]
