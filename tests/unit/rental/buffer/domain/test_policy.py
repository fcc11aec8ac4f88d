"""What a policy says to a requested start."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.buffer.domain.policy import BufferPolicy, Verdict, check, in_force
from drivetrain.rental.buffer.domain.rule import BufferRule, CheckinType

END = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
POLICY = BufferPolicy(
    3, BufferRule(connect_min=30, mobile_min=120), "late returns in May", "ops", END, shift_up_to_min=60
)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


@pytest.mark.parametrize(
    ("gap", "checkin_type", "verdict", "earliest"),
    [
        (120, CheckinType.MOBILE, Verdict.ALLOWED, 120),  # exactly the threshold
        (119, CheckinType.MOBILE, Verdict.LATER, 120),
        (60, CheckinType.MOBILE, Verdict.LATER, 120),  # moved by exactly as much as may be
        (59, CheckinType.MOBILE, Verdict.REFUSED, 120),
        (30, CheckinType.CONNECT, Verdict.ALLOWED, 30),
        (0, CheckinType.CONNECT, Verdict.LATER, 30),
        (-1, CheckinType.CONNECT, Verdict.REFUSED, 30),  # the car is planned to be away
        (10_000, CheckinType.MOBILE, Verdict.ALLOWED, 10_000),
    ],
)
def test_each_gap_has_its_verdict(gap, checkin_type, verdict, earliest):
    answer = check(POLICY, checkin_type, END, END + minutes(gap))
    assert (answer.verdict, answer.earliest_start_at, answer.gap_min) == (
        verdict,
        END + minutes(earliest),
        gap,
    )
    assert answer.policy_version == 3


def test_a_car_without_a_previous_rental_may_start_at_once():
    answer = check(POLICY, CheckinType.MOBILE, None, END)
    assert (answer.verdict, answer.gap_min) == (Verdict.ALLOWED, None)


def test_instants_of_different_zones_are_compared_as_instants():
    paris = timezone(timedelta(hours=2))
    assert (
        check(POLICY, CheckinType.MOBILE, END, (END + minutes(120)).astimezone(paris)).verdict
        is Verdict.ALLOWED
    )


@given(st.integers(0, 720), st.integers(0, 720), st.integers(-100, 800))
def test_the_offered_start_is_always_allowed_and_nothing_earlier_is(threshold, shift, gap):
    policy = replace(POLICY, rule=BufferRule(threshold, threshold), shift_up_to_min=shift)
    answer = check(policy, CheckinType.MOBILE, END, END + minutes(gap))
    assert check(policy, CheckinType.MOBILE, END, answer.earliest_start_at).verdict is Verdict.ALLOWED
    if answer.verdict is not Verdict.ALLOWED:
        sooner = check(policy, CheckinType.MOBILE, END, answer.earliest_start_at - minutes(1))
        assert sooner.verdict is not Verdict.ALLOWED


def test_instants_without_a_zone_are_refused():
    naive = END.replace(tzinfo=None)
    for previous, start in ((naive, END), (END, naive)):
        with pytest.raises(InvalidInputError):
            check(POLICY, CheckinType.MOBILE, previous, start)


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 0},
        {"reason": " "},
        {"reason": "x" * 501},
        {"author": ""},
        {"shift_up_to_min": 721},
        {"shift_up_to_min": -1},
    ],
)
def test_a_policy_nobody_could_account_for_is_refused(wrong):
    with pytest.raises(InvalidInputError):
        replace(POLICY, **wrong)


def test_the_policy_in_force_is_the_latest_to_have_taken_effect():
    later = replace(POLICY, version=4, effective_from=END + minutes(60))
    same_time = replace(POLICY, version=5)
    assert in_force([later, POLICY], END - minutes(1)) is None
    assert in_force([later, POLICY], END) is POLICY
    assert in_force([later, POLICY, same_time], END + minutes(59)) is same_time
    assert in_force([later, POLICY, same_time], END + minutes(60)) is later
