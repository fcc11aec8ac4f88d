"""A checker that cannot fail proves nothing: each history in which a driver is held twice must be seen, and no other."""

from __future__ import annotations

import random

import pytest
from bench.campaign.holds import HoldWatch, Span, meeting, spans
from bench.campaign.oracle import Step

OFFER_US, RIDE_US, WAIT_US = 1_000_000, 7_200_000_000, 200_000


def add(
    watch: HoldWatch, fence: int, at_s: float, *, driver: str = "d1", asked_s: float | None = None
) -> None:
    """An answer at an instant: the offer lasts a second from then."""
    asked_s = at_s if asked_s is None else asked_s
    watch.add(driver, f"r{fence}", fence, asked_s=asked_s, answered_s=at_s, until_s=at_s + 1)


def test_two_clients_who_are_sure_of_one_driver() -> None:
    watch = HoldWatch()
    add(watch, 1, 0.0)
    add(watch, 2, 0.9)
    assert watch.twice == ["d1: r2 (2) beside r1 (1)"]


def test_one_after_the_other_is_well_when_the_first_offer_is_over_or_was_released() -> None:
    watch = HoldWatch()
    add(watch, 1, 0.0)
    add(watch, 2, 1.0)
    watch.release("d1", 2, 1.2)
    add(watch, 3, 1.3)
    add(watch, 4, 1.3, driver="d2")
    assert (watch.twice, watch.stale, watch.count) == ([], [], 4)


def test_a_driver_who_accepted_is_held_until_the_ride_ends() -> None:
    watch = HoldWatch()
    add(watch, 1, 0.0)
    watch.keep("d1", 1)
    add(watch, 2, 500.0)
    assert len(watch.twice) == 1
    ended = HoldWatch()
    add(ended, 1, 0.0)
    ended.keep("d1", 1)
    ended.release("d1", 1, 400.0)
    add(ended, 2, 500.0)
    assert ended.twice == []


def test_what_is_said_of_an_earlier_hold_does_not_release_the_one_that_stands() -> None:
    watch = HoldWatch()
    add(watch, 1, 0.0)
    add(watch, 2, 1.0)
    watch.release("d1", 1, 1.1)
    watch.keep("d1", 1)
    add(watch, 3, 1.5)
    assert len(watch.twice) == 1


def test_an_answer_that_came_after_its_offer_was_over_is_no_hold() -> None:
    watch = HoldWatch()
    add(watch, 2, 1.6)
    watch.add("d1", "r1", 1, asked_s=0.0, answered_s=2.0, until_s=1.0)
    assert (watch.twice, watch.stale) == ([], [])
    add(watch, 3, 2.5)
    assert len(watch.twice) == 1  # the first one lasts until 2.6


def test_a_fence_that_is_not_larger_than_one_answered_before_it_was_asked_for() -> None:
    watch = HoldWatch()
    add(watch, 5, 0.0)
    add(watch, 4, 2.0, asked_s=1.9)
    assert watch.stale == ["d1: fence 4 for r4 after 5"]
    add(watch, 5, 4.0, asked_s=3.9)
    assert len(watch.stale) == 2
    add(watch, 6, 6.0, asked_s=5.9)
    assert len(watch.stale) == 2


def test_fences_of_holds_that_were_asked_for_at_once_may_come_in_any_order() -> None:
    watch = HoldWatch()
    add(watch, 5, 0.0)
    add(watch, 4, 2.0, asked_s=-1.0)
    assert watch.stale == []


def steps(
    *states: tuple[str, float], driver: str = "d1", fence: int = 1, request_id: str = "r1"
) -> list[Step]:
    return [
        Step(request_id, version, state, driver, fence, round(at_s * 1e6))
        for version, (state, at_s) in enumerate(states, 1)
    ]


@pytest.mark.parametrize(
    ("states", "until_s", "is_by_step"),
    [
        ([("offered", 0)], 1, False),
        ([("offered", 0), ("requested", 5)], 1, False),  # the sweeper came late
        ([("offered", 0), ("requested", 0.3)], 0.3, True),
        ([("offered", 0), ("accepted", 0.5)], 7_200.5, False),
        ([("offered", 0), ("accepted", 0.5), ("picked_up", 60)], 7_260, False),
        ([("offered", 0), ("accepted", 0.5), ("picked_up", 60), ("completed", 90)], 90, True),
        ([("offered", 0), ("accepted", 0.5), ("cancelled_by_driver", 2)], 2, True),
        ([("offered", 0), ("unserved", 0.4)], 0.4, True),
    ],
)
def test_how_long_a_history_holds_the_driver(
    states: list[tuple[str, float]], until_s: float, is_by_step: bool
) -> None:
    (span,) = spans(steps(*states), offer_us=OFFER_US, ride_us=RIDE_US)
    assert (span.since_us, span.until_us, span.is_by_step) == (0, round(until_s * 1e6), is_by_step)


def test_an_offer_after_an_offer_is_a_hold_of_its_own() -> None:
    history = [
        *steps(("offered", 0), driver="d1", fence=1),
        Step("r1", 2, "offered", "d2", 2, 1_500_000),
        Step("r1", 3, "requested", "d2", 2, 1_600_000),
        Step("r1", 4, "cancelled_by_rider", "d2", 2, 1_700_000),
    ]
    found = list(spans(history, offer_us=OFFER_US, ride_us=RIDE_US))
    assert [(each.driver_id, each.since_us, each.until_us) for each in found] == [
        ("d1", 0, 1_000_000),
        ("d2", 1_500_000, 1_600_000),
    ]


def span(fence: int, since_us: int, until_us: int, *, driver: str = "d1", is_by_step: bool = False) -> Span:
    return Span(driver, f"r{fence}", fence, since_us, until_us, is_by_step)


TWICE = {
    "the second begins while the first lasts": [span(1, 0, 100), span(2, 99, 200)],
    "the second lies within the first": [span(1, 0, 100), span(2, 10, 20)],
    "the third meets the first, which outlasts the second": [
        span(1, 0, 100),
        span(2, 100, 110),
        span(3, 105, 120),
    ],
    "the third meets a long first one": [span(1, 0, 900_000), span(2, 10, 20), span(3, 800_000, 900_001)],
    "both begin at once": [span(1, 0, 100), span(2, 0, 100)],
    "released long after the next one began": [
        span(1, 0, 500_000, is_by_step=True),
        span(2, 299_999, 600_000),
    ],
    "one fence for two": [span(1, 0, 100), span(1, 100, 200)],
    "one fence for two drivers": [span(1, 0, 100), span(1, 100, 200, driver="d2")],
}


@pytest.mark.parametrize("name", sorted(TWICE))
def test_each_history_in_which_a_driver_is_held_twice_is_seen(name: str) -> None:
    assert list(meeting(TWICE[name], wait_us=WAIT_US))


def test_holds_that_do_not_meet_are_well() -> None:
    holds = [
        span(1, 0, 100),
        span(2, 100, 200),
        span(3, 100, 200, driver="d2"),
        span(4, 500, 300_000, is_by_step=True),
        span(5, 100_001, 400_000),  # began before the transaction that released, and waited for its lock
    ]
    assert list(meeting(holds, wait_us=WAIT_US)) == []


def test_one_hold_that_meets_another_is_found_among_thousands_whatever_their_order() -> None:
    draw = random.Random(1)
    holds = [
        span(1_000 * driver + number, 100 * number, 100 * number + 100, driver=f"d{driver}")
        for driver in range(20)
        for number in range(100)
    ]
    draw.shuffle(holds)
    assert list(meeting(holds, wait_us=WAIT_US)) == []
    holds.append(span(99_999, 5_050, 5_060, driver="d7"))
    draw.shuffle(holds)
    (found,) = meeting(holds, wait_us=WAIT_US)
    assert found.startswith("d7: ")
