"""The life of a request."""

from __future__ import annotations

import pytest

from drivetrain.dispatch.matching.domain.life import TRANSITIONS, RideState, RideStep

ENDS = {
    RideState.COMPLETED,
    RideState.CANCELLED_BY_RIDER,
    RideState.CANCELLED_BY_DRIVER,
    RideState.UNSERVED,
    RideState.ABANDONED,
}


def test_every_step_has_its_transition() -> None:
    assert set(TRANSITIONS) == set(RideStep)


def test_nothing_leads_out_of_an_end_and_something_out_of_everything_else() -> None:
    begins = {state for transition in TRANSITIONS.values() for state in transition.begins}
    assert begins == set(RideState) - ENDS


def test_every_state_is_reached() -> None:
    reached = {transition.ends for transition in TRANSITIONS.values()}
    assert reached | {RideState.OFFERED} == set(RideState)  # an offer is made by the hold


@pytest.mark.parametrize("step", [step for step in RideStep if TRANSITIONS[step].keeps_driver])
def test_a_driver_is_kept_only_by_what_they_do_themselves(step: RideStep) -> None:
    assert TRANSITIONS[step].by_driver
    assert TRANSITIONS[step].ends not in ENDS
