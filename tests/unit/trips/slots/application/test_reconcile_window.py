"""A proof leaves no slot out and counts none twice, also while slots are being scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.slots.application.ports import ScorerStatus, SlotRecord
from drivetrain.trips.slots.application.reconcile_window import LONGEST_WINDOW, ReconcileWindow
from drivetrain.trips.slots.domain.proof import Proof, Tally
from drivetrain.trips.slots.domain.slots import Slot, SlotGrid, SlotState

BEGIN = datetime(2026, 5, 1, 9, tzinfo=UTC)
GRID = SlotGrid(5)
RUNNING, DONE = SlotState.RUNNING, SlotState.DONE


@dataclass
class Book:
    """Marks by begin of the slot; ten rides for each that is done.

    Others work on it between two questions.
    """

    marks: dict[datetime, SlotState]
    meanwhile: Callable[[dict[datetime, SlotState]], object] = lambda marks: None
    asked: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return BEGIN + timedelta(minutes=16)

    def began_at(self) -> datetime | None:
        return min(self.marks)

    def records(self, begin: datetime, end: datetime) -> Sequence[SlotRecord]:
        self._ask("records")
        return [SlotRecord(Slot(at, 5), state) for at, state in sorted(self.marks.items())]

    def tallies(self, begin: datetime, end: datetime) -> Sequence[Tally]:
        self._ask("tallies")
        rides = {at: 10 if state is DONE else 0 for at, state in self.marks.items()}
        return [
            Tally(at, state, rides[at], rides[at], rides[at], rides[at])
            for at, state in sorted(self.marks.items())
        ]

    def scorers(self) -> Sequence[ScorerStatus]:
        return []

    def _ask(self, what: str) -> None:
        if self.asked:
            self.meanwhile(self.marks)
        self.asked.append(what)


def at(minutes: int) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


def proof_of(book: Book) -> Proof:
    return ReconcileWindow(book, GRID)(BEGIN, at(60))


def test_what_is_owed_and_not_marked_is_unscored() -> None:
    """The slot that is going on is not owed yet."""
    proof = proof_of(Book({at(0): DONE}))
    assert (proof.slots, list(proof.unscored), proof.expected, proof.holds) == (3, [at(5), at(10)], 10, False)


@pytest.mark.parametrize(("becomes", "unscored"), [(RUNNING, [at(5), at(10)]), (DONE, [at(10)])])
def test_a_slot_that_is_marked_between_two_questions_is_counted_once(
    becomes: SlotState, unscored: list[datetime]
) -> None:
    proof = proof_of(Book({at(0): DONE}, lambda marks: marks.update({at(5): becomes})))
    assert (proof.slots, list(proof.unscored)) == (3, unscored)


@pytest.mark.parametrize(
    "length", [timedelta(0), -timedelta(minutes=5), LONGEST_WINDOW + timedelta(minutes=5)], ids=str
)
def test_an_empty_or_endless_window_is_refused(length: timedelta) -> None:
    with pytest.raises(InvalidInputError) as raised:
        ReconcileWindow(Book({at(0): DONE}), GRID)(BEGIN, BEGIN + length)
    assert raised.value.code == "trips.bad_window"
