"""Marks counted against rides; the proof fails for whatever is wrong with either."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drivetrain.trips.slots.domain.proof import Tally, reconcile
from drivetrain.trips.slots.domain.slots import SlotGrid, SlotState

NINE = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
GOOD = Tally(NINE, SlotState.DONE, marked=100, rows=100, ids=100, rides=100)


def test_a_window_without_anything_holds() -> None:
    proof = reconcile(NINE, TEN, [], [])
    assert (proof.slots, proof.expected, proof.written, proof.holds) == (0, 0, 0, True)


def test_what_is_as_promised_holds() -> None:
    late = replace(GOOD, slot_at=TEN, state=SlotState.CAUGHT_UP, marked=0, rows=0, ids=0, rides=0)
    proof = reconcile(NINE, TEN, [GOOD, late], [])
    assert (proof.slots, proof.expected, proof.written, proof.holds) == (2, 100, 100, True)


@pytest.mark.parametrize(
    ("tally", "finding", "count"),
    [
        (replace(GOOD, rows=99, ids=99, rides=99), "missing", 1),
        (replace(GOOD, rows=103), "duplicated", 3),
        (replace(GOOD, ids=101, rows=101), "unexpected", 1),
        (replace(GOOD, rides=99), "missing", 1),  # one row stands under a foreign id
        (replace(GOOD, rides=99), "unexpected", 1),
        (Tally(NINE, None, marked=0, rows=5, ids=5, rides=0), "unexpected", 5),  # rides without a mark
        (Tally(NINE, SlotState.RUNNING, marked=0, rows=0, ids=0, rides=0), "unscored", [NINE]),
        (Tally(NINE, SlotState.MISSED, marked=0, rows=0, ids=0, rides=0), "unscored", [NINE]),
    ],
)
def test_what_is_not_as_promised_is_named(tally: Tally, finding: str, count: object) -> None:
    proof = reconcile(NINE, TEN, [tally], [])
    assert getattr(proof, finding) == count
    assert not proof.holds


def test_a_slot_that_the_schedule_owes_and_nobody_marked_is_unscored() -> None:
    proof = reconcile(
        NINE, TEN, [GOOD], SlotGrid(5).between(NINE + timedelta(minutes=5), NINE + timedelta(minutes=15))
    )
    assert proof.slots == 3 and len(proof.unscored) == 2 and not proof.holds
