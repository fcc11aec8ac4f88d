"""Slots of the scheduled scoring: the grid they stand on, which are due, and what each ended as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from drivetrain.core.errors import InvalidInputError

TOLERANCE = timedelta(seconds=60)
"""A slot of 10,000 rides takes a second or two, and a scheduler may be some seconds late. Whatever takes longer than a
minute was noticed by somebody who waited for it. Of slots shorter than two minutes it is half the length."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SlotState(StrEnum):
    """Where a slot is. The last four are final for the schedule."""

    DUE = "due"
    """Over, and nobody has scored it yet; or the last attempt failed."""
    RUNNING = "running"
    """A scorer holds the lease. After the lease has run out the slot counts as due."""
    DONE = "done"
    """Scored in time."""
    LATE = "late"
    """Scored after the tolerance, before the next slot was over."""
    CAUGHT_UP = "caught_up"
    """Scored when later slots were over already: after downtime, or by a backfill."""
    MISSED = "missed"
    """Older than the catch-up bound, and never scored. A backfill still may."""


WRITTEN = frozenset({SlotState.DONE, SlotState.LATE, SlotState.CAUGHT_UP})
"""The states in which a slot's rides stand in the table."""

SETTLED = WRITTEN | {SlotState.MISSED}
"""The states that the schedule leaves alone."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """The rides that begin in ``[slot_at, slot_at + length_min)``.

    Attributes:
        slot_at: on the grid, UTC.
        length_min: minutes, > 0.
    """

    slot_at: datetime
    length_min: int

    @property
    def due_at(self) -> datetime:
        """Its end: only then are all its rides known."""
        return self.slot_at + timedelta(minutes=self.length_min)

    def overlaps(self, other: Slot) -> bool:
        """True when the two share an instant."""
        return self.slot_at < other.due_at and other.slot_at < self.due_at


@dataclass(frozen=True, slots=True)
class SlotGrid:
    """Slots of equal length, in UTC.

    The length divides an hour, so that every hour has the same slots, and every civil day begins with one:
    Chicago, like most of the world, is whole hours away from UTC, on both sides of a change of the clock. The
    grid itself knows no civil time, and so the changes cannot repeat or skip a slot.

    Raises:
        InvalidInputError: the length does not divide an hour.
    """

    every_min: int = 5

    def __post_init__(self) -> None:
        """Refuse lengths by which the hours would differ."""
        if self.every_min < 1 or 60 % self.every_min:
            raise InvalidInputError(
                f"A slot of {self.every_min} minutes does not divide an hour; take 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60.",
                code="trips.slot_length",
            )

    @property
    def length(self) -> timedelta:
        """Of a slot."""
        return timedelta(minutes=self.every_min)

    def containing(self, instant: datetime) -> Slot:
        """The slot that an instant lies in."""
        return Slot(instant - (instant - _EPOCH) % self.length, self.every_min)

    def last_over(self, now: datetime) -> Slot:
        """The youngest slot that is over."""
        return self.containing(now - self.length)

    def at(self, instant: datetime) -> Slot:
        """The slot that begins at an instant.

        Raises:
            InvalidInputError: none does.
        """
        slot = self.containing(instant.astimezone(UTC))
        if slot.slot_at != instant:
            raise InvalidInputError(
                f"No slot begins at {instant.isoformat()}; the nearest begin at {slot.slot_at.isoformat()} and "
                f"{slot.due_at.isoformat()}.",
                code="trips.not_a_slot",
            )
        return slot

    def between(self, begin: datetime, end: datetime) -> list[Slot]:
        """The slots that begin in ``[begin, end)``, in order."""
        if begin >= end:
            return []
        first = begin.astimezone(UTC)
        first += (_EPOCH - first) % self.length  # up to the grid
        count = max(0, -((first - end) // self.length))
        return [Slot(first + number * self.length, self.every_min) for number in range(count)]


@dataclass(frozen=True, slots=True)
class SlotMark:
    """What the ledger says of a slot, as far as the schedule asks.

    Attributes:
        is_held: a scorer holds a lease that has not run out, or the last attempt has failed just now.
    """

    slot: Slot
    state: SlotState
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is to be done now.

    Attributes:
        at: when it was made, by the clock of the ledger.
        due: to be scored, oldest first.
        too_old: to be marked as missed, oldest first.
    """

    at: datetime
    due: Sequence[Slot]
    too_old: Sequence[Slot]


def agenda(
    grid: SlotGrid, since: datetime, now: datetime, catch_up: timedelta, marks: Iterable[SlotMark]
) -> Agenda:
    """Which slots to score, and which are beyond catching up.

    A slot of the grid that shares an instant with a marked one is no slot of its own: the length was changed,
    and its rides would be scored twice.

    Args:
        since: begin of the schedule's first slot that is looked at; nothing before it is owed.
        now: by the clock of the ledger.
        catch_up: slots that were due longer ago than this are missed.
        marks: all that share an instant with ``[since, now)``.
    """
    ordered = sorted(marks, key=lambda mark: mark.slot)
    unsettled = [mark.slot for mark in ordered if mark.state not in SETTLED and not mark.is_held]
    owed = sorted(unsettled + uncovered(grid, since, now, [mark.slot for mark in ordered]))
    due = [slot for slot in owed if slot.due_at <= now]
    return Agenda(
        at=now,
        due=[slot for slot in due if now - slot.due_at <= catch_up],
        too_old=[slot for slot in due if now - slot.due_at > catch_up],
    )


def uncovered(grid: SlotGrid, begin: datetime, end: datetime, covered: Sequence[Slot]) -> list[Slot]:
    """The slots of the grid that begin in ``[begin, end)`` and share no instant with a ``covered`` one.

    Args:
        covered: in order.
    """
    gaps, position = [], 0
    for slot in grid.between(begin, end):
        while position < len(covered) and covered[position].due_at <= slot.slot_at:
            position += 1
        if position == len(covered) or not covered[position].overlaps(slot):
            gaps.append(slot)
    return gaps


def ended_as(slot: Slot, done_at: datetime) -> SlotState:
    """Which state a slot has that was written at ``done_at``.

    Once the next slot is over as well, nobody was scoring at the time: that is catching up, not being late.
    """
    waited = done_at - slot.due_at
    if waited >= timedelta(minutes=slot.length_min):
        return SlotState.CAUGHT_UP
    return SlotState.LATE if waited > tolerance(slot.length_min) else SlotState.DONE


def tolerance(length_min: int) -> timedelta:
    """How long a slot of this length may wait and still be in time."""
    return min(TOLERANCE, timedelta(minutes=length_min) / 2)
