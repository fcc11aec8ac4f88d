"""Scoring one slot against a ledger in memory: the order of its steps, and what becomes of a slot that cannot be scored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from tests.support.trip_fakes import BEGIN, PlainModels, PlainSource

from drivetrain.core.errors import UnavailableError
from drivetrain.trips.slots.application.ports import (
    Claim,
    LeaseLostError,
    OnStep,
    Origin,
    ScoredRides,
    SlotRecord,
    Step,
)
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.domain.slots import Slot, SlotState

SLOT = Slot(BEGIN, 5)


class OneSlotWriter:
    """As much of the port as one slot needs."""

    def __init__(self, *, is_free: bool = True, is_lost: bool = False) -> None:
        self.is_free, self.is_lost, self.is_kept = is_free, is_lost, False
        self.written: ScoredRides | None = None
        self.given_back: str | None = None

    def claim(self, slot: Slot, origin: Origin) -> Claim | None:
        return Claim(slot, 1) if self.is_free else None

    @contextmanager
    def keep_lease(self, claim: Claim) -> Iterator[None]:
        self.is_kept = True
        yield
        self.is_kept = False

    def write(self, claim: Claim, scored: ScoredRides, on_step: OnStep) -> SlotRecord:
        assert self.is_kept
        if self.is_lost:
            raise LeaseLostError("Taken over.")
        self.written = scored
        on_step(Step.MARKED)
        return SlotRecord(claim.slot, SlotState.DONE, rows=len(scored.rides))

    def give_back(self, claim: Claim, error: str) -> None:
        self.given_back = error


class Later(PlainModels):
    """Tells which instant it was asked for."""

    def live_at(self, instant: datetime):  # type: ignore[no-untyped-def]
        assert instant == SLOT.due_at
        return super().live_at(instant)


def test_the_steps_come_in_order_and_the_version_is_that_of_the_end_of_the_slot() -> None:
    ledger, steps = OneSlotWriter(), []
    record = ScoreSlot(ledger, PlainSource(10), Later(), steps.append)(SLOT, Origin.SCHEDULE)  # type: ignore[arg-type]
    assert steps == [Step.CLAIMED, Step.DRAWN, Step.SCORED, Step.MARKED, Step.COMMITTED]
    assert record is not None and record.rows == 10
    assert ledger.written is not None
    assert (ledger.written.model_version, ledger.written.source) == ("1", "plain")
    assert ledger.given_back is None


def test_a_slot_that_another_has_is_let_alone() -> None:
    steps: list[Step] = []
    score = ScoreSlot(OneSlotWriter(is_free=False), PlainSource(), PlainModels(), steps.append)  # type: ignore[arg-type]
    assert score(SLOT, Origin.SCHEDULE) is None
    assert steps == []


def test_a_lost_lease_is_nothing_to_give_back() -> None:
    ledger = OneSlotWriter(is_lost=True)
    with pytest.raises(LeaseLostError):
        ScoreSlot(ledger, PlainSource(), PlainModels())(SLOT, Origin.SCHEDULE)  # type: ignore[arg-type]
    assert ledger.given_back is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnavailableError("The table was changed.", code="data.damaged"), "data.damaged"),
        # our bug: the slot is due again, the bug goes on its way
        (ZeroDivisionError(), "platform.internal_error"),
        (KeyboardInterrupt(), "platform.internal_error"),
    ],
)
def test_what_cannot_be_scored_is_given_back_with_the_reason(error: BaseException, code: str) -> None:
    class Broken(PlainSource):
        def rides(self, slot_at: datetime, length_min: int):  # type: ignore[no-untyped-def]
            raise error

    ledger = OneSlotWriter()
    with pytest.raises(type(error)):
        ScoreSlot(ledger, Broken(), PlainModels())(SLOT, Origin.SCHEDULE)  # type: ignore[arg-type]
    assert ledger.given_back == code
    assert timedelta(minutes=SLOT.length_min) == SLOT.due_at - SLOT.slot_at
