"""A simulated city keeps its rules, whatever the policy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drivetrain.dispatch.simulation.domain.catalog import CONTENDERS
from drivetrain.dispatch.simulation.domain.cities import SYNTHETIC, Acceptance, City
from drivetrain.dispatch.simulation.domain.contenders import Contender
from drivetrain.dispatch.simulation.domain.course import Course
from drivetrain.dispatch.simulation.domain.demand import Demand, RecordedDemand, Ways
from drivetrain.dispatch.simulation.domain.simulation import Simulation

HOURS = 0.5


def course_of(contender: Contender, *, city: City = SYNTHETIC, drivers: int = 375, seed: int = 1) -> Course:
    return Simulation(city, drivers, contender, seed=seed, hours=HOURS).run()


@pytest.fixture(scope="module", params=CONTENDERS, ids=lambda one: one.key)
def course(request: pytest.FixtureRequest) -> Course:
    return course_of(request.param)


def test_no_driver_has_two_riders_at_a_time(course: Course) -> None:
    picked_up = ~np.isnan(course.picked_up_s)
    for driver in np.unique(course.driver[picked_up]):
        own = np.flatnonzero(picked_up & (course.driver == driver))
        own = own[np.argsort(course.accepted_s[own])]
        ends_s = course.picked_up_s[own] + course.demand.trip_s[own]
        assert (course.accepted_s[own][1:] >= ends_s[:-1]).all()


def test_nobody_is_accepted_after_giving_up(course: Course) -> None:
    accepted = ~np.isnan(course.accepted_s)
    waited_s = (course.accepted_s - course.demand.at_s)[accepted]
    assert (waited_s >= 0).all()
    assert (waited_s <= SYNTHETIC.patience_s + SYNTHETIC.answer_s[1]).all()


def test_every_counted_rider_was_picked_up_or_gave_up(course: Course) -> None:
    accepted = course.is_counted & ~np.isnan(course.accepted_s)
    assert accepted.any()
    assert not np.isnan(course.picked_up_s[accepted]).any()


def test_no_way_to_a_rider_is_longer_than_the_bound_but_for_its_luck(course: Course) -> None:
    pick_up_s = (course.picked_up_s - course.accepted_s)[~np.isnan(course.picked_up_s)]
    spread = SYNTHETIC.ways.spread
    assert (pick_up_s <= 1.05 * SYNTHETIC.bound_min * 60 * np.exp(5 * spread)).all()
    assert (pick_up_s > 0).all()


def test_all_policies_meet_the_same_riders_and_a_run_can_be_repeated() -> None:
    one, other = course_of(CONTENDERS[0]), course_of(CONTENDERS[2])
    assert (one.demand.at_s == other.demand.at_s).all()
    again = course_of(CONTENDERS[2])
    assert np.array_equal(other.picked_up_s, again.picked_up_s, equal_nan=True)
    assert (other.empty_km == again.empty_km).all()


def test_drivers_are_on_shift_all_the_time_but_for_their_pauses() -> None:
    course = course_of(CONTENDERS[0])
    share = course.on_shift_s.sum() / (375 * HOURS * 3_600)
    assert 0.95 < share <= 1.0
    assert (course.on_shift_s <= HOURS * 3_600 + 1e-6).all()


def one_rider(acceptance: Acceptance) -> City:
    """A city with one request, a kilometer from the only place where drivers stand, half an hour after midnight."""
    far = np.array([[5.0, 5.0]])
    demand = RecordedDemand(
        Demand(np.array([2_000.0]), far, far + 1.0, np.array([600.0])), days=1.0, is_replay=True
    )
    return replace(
        SYNTHETIC,
        demand=demand,
        acceptance=acceptance,
        ways=Ways(60.0, 200.0, spread=0.0),
        answer_s=(4.0, 4.0),
    )


SURE, NEVER = Acceptance(50.0, 0.0, 0.0, 0.0), Acceptance(-50.0, 0.0, 0.0, 0.0)


def test_one_rider_and_one_driver_by_hand() -> None:
    course = course_of(CONTENDERS[0], city=one_rider(SURE), drivers=1)
    assert course.accepted_s.tolist() == [2_004.0]  # the window at 2,000 s, and four seconds for the answer
    assert course.picked_up_s.tolist() == [
        2_064.0
    ]  # the driver stands where the rider is; each way takes a minute
    assert course.driver.tolist() == [0]


def test_each_driver_refuses_a_rider_once_and_for_good() -> None:
    course = course_of(CONTENDERS[0], city=one_rider(NEVER), drivers=7)
    assert course.refusals.tolist() == [7]
    assert course.offers == 7
    assert np.isnan(course.accepted_s).all()
