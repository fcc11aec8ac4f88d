"""The scorer's reports of outcomes: bounded in one look, and harmless when they fail."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.trip_fakes import BEGIN

from drivetrain.core.errors import UnavailableError
from drivetrain.trips.outcomes.adapters.reports import PASS_S, PAUSE_S, OutcomeReports
from drivetrain.trips.outcomes.application.report_slot_outcomes import ReportedAs, SlotReport
from drivetrain.trips.slots.domain.slots import Slot

DONE = SlotReport(Slot(BEGIN, 5), "plain", ReportedAs.RECORDED, {"new": 4})


class Slow:
    """Takes ``each_s`` for a slot, by a clock of its own, or fails."""

    def __init__(self, slots: int, each_s: float = 0.0, error: Exception | None = None) -> None:
        self.left, self.each_s, self.error = slots, each_s, error
        self.at_s, self.asked = 0.0, 0

    def now_s(self) -> float:
        return self.at_s

    def oldest(self) -> SlotReport | None:
        self.asked += 1
        self.at_s += self.each_s
        if self.error is not None:
            raise self.error
        self.left -= 1
        return DONE if self.left >= 0 else None


def looking(slow: Slow) -> OutcomeReports:
    report: Any = slow
    return OutcomeReports(report, slow.now_s)


def test_a_look_takes_a_moment_and_the_next_one_goes_on() -> None:
    slow = Slow(5, each_s=PASS_S / 2)
    look = looking(slow)
    for left in (3, 1):
        look.look(lambda: False)
        assert slow.left == left


def test_it_stops_when_asked_to() -> None:
    slow = Slow(5)
    looking(slow).look(lambda: slow.asked == 2)
    assert slow.left == 3


@pytest.mark.parametrize("error", [UnavailableError("The database is away."), RuntimeError("a bug")])
def test_a_failure_is_forgotten_until_later(error: Exception) -> None:
    slow = Slow(1, error=error)
    look = looking(slow)
    look.look(lambda: False)
    look.look(lambda: False)
    assert slow.asked == 1
    slow.at_s, slow.error = PAUSE_S, None
    look.look(lambda: False)
    assert slow.left < 1
