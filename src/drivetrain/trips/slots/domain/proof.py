"""The proof that every ride of a window was written once: the slots' marks counted against the rides themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from drivetrain.trips.slots.domain.slots import WRITTEN, Slot, SlotState


@dataclass(frozen=True, slots=True)
class Tally:
    """One slot: what its mark promises, and what the table of rides holds for it.

    Attributes:
        state: of the mark; None when there are rides and no mark.
        marked: rides the mark says were written, >= 0.
        rows: rows in the table.
        ids: different ids among them.
        rides: different ids among them that belong to rides 0 to ``marked - 1`` of this slot.
    """

    slot_at: datetime
    state: SlotState | None
    marked: int
    rows: int
    ids: int
    rides: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What a window owes and what it holds.

    Attributes:
        slots: slots of the window that are over.
        unscored: begins of those without rides: due, running or missed, oldest first.
        expected: rides that the marks promise.
        written: rows in the table.
        duplicated: rows beyond the first of each ride.
        missing: rides that a mark promises and the table lacks.
        unexpected: rows that are no ride of their slot, or whose slot has no mark.
    """

    begin: datetime
    end: datetime
    slots: int
    unscored: Sequence[datetime]
    expected: int
    written: int
    duplicated: int
    missing: int
    unexpected: int

    @property
    def holds(self) -> bool:
        """True when every slot was scored and every ride stands there once."""
        return not (self.unscored or self.duplicated or self.missing or self.unexpected)


def reconcile(begin: datetime, end: datetime, tallies: Sequence[Tally], unmarked: Sequence[Slot]) -> Proof:
    """Count marks against rides.

    Args:
        begin, end: of the window, as far as it is over.
        tallies: every slot of the window that has a mark or rides.
        unmarked: slots that the schedule owes and that have no mark.
    """
    marked = [tally for tally in tallies if tally.state is not None]
    without_rides = [tally.slot_at for tally in marked if tally.state not in WRITTEN]
    return Proof(
        begin=begin,
        end=end,
        slots=len(marked) + len(unmarked),
        unscored=sorted(without_rides + [slot.slot_at for slot in unmarked]),
        expected=sum(tally.marked for tally in tallies),
        written=sum(tally.rows for tally in tallies),
        duplicated=sum(tally.rows - tally.ids for tally in tallies),
        missing=sum(tally.marked - tally.rides for tally in tallies),
        unexpected=sum(tally.ids - tally.rides for tally in tallies),
    )
