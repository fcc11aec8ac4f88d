"""How a campaign must end, by plain loops; and each step that no ride has is seen."""

from __future__ import annotations

import random

import pytest
from bench.campaign.oracle import FOLLOWING, HOLDING, LastReports, Standing, Step, standings, wrong_steps
from bench.campaign.traffic import Report

from drivetrain.dispatch.matching.domain.life import TRANSITIONS

OFFER_US = 1_000_000


def step(
    version: int, state: str, at_s: float = 0.0, *, fence: int | None = 7, request_id: str = "r1"
) -> Step:
    return Step(request_id, version, state, "d1", fence, round(at_s * 1e6))


def history(*steps: tuple[str, float]) -> list[Step]:
    return [step(version, state, at_s) for version, (state, at_s) in enumerate(steps, 1)]


def test_the_report_with_the_largest_sequence_stands_in_whatever_order_they_come() -> None:
    reports = [Report("d1", sequence, float(sequence), 0.0, "idle", "") for sequence in range(1, 9)] * 2
    for seed in range(20):
        random.Random(seed).shuffle(reports)
        last = LastReports()
        for report in reports:
            last.add(report)
        assert [(driver, each.latitude) for driver, each in last.items()] == [("d1", 8.0)]


WELL = [
    history(("offered", 0), ("accepted", 0.5), ("picked_up", 5), ("completed", 9)),
    history(("offered", 0), ("requested", 0.2), ("offered", 0.3), ("cancelled_by_rider", 0.4)),
    history(("offered", 0), ("offered", 1.0), ("accepted", 1.5), ("cancelled_by_driver", 2)),
    history(("cancelled_by_rider", 0)),
    history(("unserved", 0)),
    history(("offered", 0), ("accepted", 0.5), ("abandoned", 9_000)),
]


@pytest.mark.parametrize("steps", WELL)
def test_lives_that_rides_have(steps: list[Step]) -> None:
    assert list(wrong_steps(steps, offer_us=OFFER_US)) == []


WRONG = {
    "accepted without an offer": [step(1, "accepted")],
    "a version is missing": [step(1, "offered"), step(3, "accepted", 0.5)],
    "a version twice": [step(1, "offered"), step(1, "accepted", 0.5)],
    "it does not begin with the first": [step(2, "offered")],
    "goes on after its end": history(("offered", 0), ("cancelled_by_rider", 0.1), ("offered", 0.2)),
    "offered again while the offer lasts": history(("offered", 0), ("offered", 0.9)),
    "accepted after the offer was over": history(("offered", 0), ("accepted", 1.0)),
    "completed without a rider": history(("offered", 0), ("accepted", 0.5), ("completed", 0.6)),
    "declined after it was accepted": history(("offered", 0), ("accepted", 0.5), ("requested", 0.6)),
    "an unknown state": [step(1, "lost")],
    "accepted with the fence of another offer": [step(1, "offered"), step(2, "accepted", 0.5, fence=8)],
    "another driver picks up": [
        step(1, "offered"),
        step(2, "accepted", 0.5),
        step(3, "picked_up", 1, fence=9),
    ],
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_each_step_that_no_ride_has_is_seen(name: str) -> None:
    assert list(wrong_steps(WRONG[name], offer_us=OFFER_US))


def test_requests_are_judged_one_by_one() -> None:
    steps = [
        step(1, "offered"),
        step(1, "offered", request_id="r2"),
        step(2, "accepted", 0.5, request_id="r2"),
    ]
    assert list(wrong_steps(steps, offer_us=OFFER_US)) == []


def test_where_requests_stand() -> None:
    steps = [*history(("offered", 0), ("accepted", 0.5)), step(1, "unserved", fence=None, request_id="r2")]
    assert dict(standings(steps)) == {
        "r1": Standing("accepted", 2, "d1", 7),
        "r2": Standing("unserved", 1, None, None),
    }


def test_the_oracle_and_the_platform_were_told_the_same_life() -> None:
    """Both are written by hand from the same page; a step that only one of them knows is a mistake in one of them."""
    theirs = {(begin.value, each.ends.value) for each in TRANSITIONS.values() for begin in each.begins}
    ours = {(begin, end) for begin, ends in FOLLOWING.items() for end in ends}
    assert ours - theirs == {("requested", "offered"), ("offered", "offered")}  # offers are no steps there
    assert theirs <= ours
    assert {each.ends.value for each in TRANSITIONS.values() if each.keeps_driver} | {"offered"} == HOLDING
