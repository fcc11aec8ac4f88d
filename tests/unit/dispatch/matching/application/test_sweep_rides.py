"""Sweeping: groups until nothing is due, and an end when asked to stop."""

from __future__ import annotations

from drivetrain.dispatch.matching.application.sweep_rides import GROUP, STEPS_BY_TIME, SweepRides
from drivetrain.dispatch.matching.domain.life import TRANSITIONS, RideStep


class Counted:
    """Overdue rides as numbers; an offer that expires leaves a rider without patience."""

    def __init__(self, arrived: int, offers: int) -> None:
        self.arrived = arrived
        self.due = {RideStep.EXPIRE: offers, RideStep.GIVE_UP: 0, RideStep.ABANDON: 0}

    def take_up(self, most: int) -> int:
        count = min(most, self.arrived)
        self.arrived -= count
        self.due[RideStep.GIVE_UP] += count
        return count

    def end(self, step: RideStep, most: int) -> int:
        count = min(most, self.due[step])
        self.due[step] -= count
        if step is RideStep.EXPIRE:
            self.due[RideStep.GIVE_UP] += count
        return count


def test_everything_that_is_due_is_done_in_one_sweep() -> None:
    overdue = Counted(arrived=2 * GROUP + 1, offers=GROUP)
    assert SweepRides(overdue)(lambda: False) == {
        RideStep.EXPIRE: GROUP,
        RideStep.GIVE_UP: 3 * GROUP + 1,
        RideStep.ABANDON: 0,
    }


def test_a_sweep_ends_when_the_process_shall() -> None:
    overdue = Counted(arrived=1, offers=1)
    assert not any(SweepRides(overdue)(lambda: True).values())
    assert overdue.due[RideStep.EXPIRE] == 1


def test_nothing_that_only_people_know_is_done_by_time() -> None:
    assert not any(TRANSITIONS[step].by_driver or TRANSITIONS[step].keeps_driver for step in STEPS_BY_TIME)
