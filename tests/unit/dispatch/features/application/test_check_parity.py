"""What decisions knew is what the log gives up to where they had read it; whatever differs is found."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import orjson
import pytest
from tests.support.dispatch import NOW
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock
from tests.support.matching import NOW_US, KeptDecisions, KnownDrivers, context, ride
from tests.support.ride_steps import append_steps

from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.adapters.parity_store import plain, seen_features
from drivetrain.dispatch.features.application import follow_steps
from drivetrain.dispatch.features.application.check_parity import CheckParity, ParityReport
from drivetrain.dispatch.features.application.follow_steps import FollowSteps
from drivetrain.dispatch.features.application.ports import SeenFeatures
from drivetrain.dispatch.matching.application.match_rider import MatchRider
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy


class Seen:
    """Decisions in a list."""

    def __init__(self, seen: Sequence[SeenFeatures]) -> None:
        self.seen = seen

    def newest(self, most: int) -> Iterable[SeenFeatures]:
        return self.seen[-most:]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RARE_LOOK_EVERY_S", "SHOW_EVERY_S", "AGE_EVERY_S"):
        monkeypatch.setattr(follow_steps, name, 0.0)


def decided(log: MemoryEventLog, count: int) -> list[SeenFeatures]:
    """Decisions of a worker that follows a log while it grows, as they come back from the ledger."""
    clock, ledger, order = FixedClock(NOW), KeptDecisions(), random.Random(7)
    log.clock = clock
    following = FollowSteps(log, decode_steps, clock)
    match = MatchRider(KnownDrivers(4), PickUpPolicy(), clock, 10.0, ledger, features=following)

    async def decide() -> None:
        await match(ride(), 3, context())

    runner = asyncio.Runner()
    for _ in range(count):
        kind, driver = order.choice(["accept", "decline", "expire", "complete"]), f"d{order.randrange(5)}"
        append_steps(log, kind, driver, order.randrange(1, 4), response_ms=order.randrange(500, 9_000))
        if order.random() < 0.7:  # else the worker is behind the log
            following.look()
        runner.run(decide())
        clock.advance(minutes=order.choice([0, 1, 30, 600]))
    runner.close()
    return [
        seen_features(
            {
                "decision_id": decision.decision_id,
                "state": state,
                "features": list(decision.features),
                "drivers": orjson.loads(decision.answer_json)["drivers"],
            }
        )
        for decision in ledger.decisions
        if (state := orjson.loads(decision.input_json).get("features_as_of"))
    ]


def parity(log: MemoryEventLog, seen: Sequence[SeenFeatures]) -> ParityReport:
    return CheckParity(log, decode_steps, Seen(seen))()


def test_decisions_knew_what_the_log_gives_to_the_last_bit() -> None:
    log = MemoryEventLog()
    seen = decided(log, 25)
    report = parity(log, seen)
    assert report.decisions == len(seen) > 15
    assert [feature.equal_share for feature in report.features] == [1.0] * 3
    assert [feature.compared for feature in report.features] == [3 * len(seen)] * 3
    assert report.begins_us is not None
    assert NOW_US <= report.begins_us <= (report.ends_us or 0)


def test_what_came_later_does_not_count_for_a_decision_of_before() -> None:
    log = MemoryEventLog()
    seen = decided(log, 10)
    append_steps(log, "decline", "d0", 50)
    assert [feature.equal_share for feature in parity(log, seen).features] == [1.0] * 3


def test_another_value_is_found() -> None:
    log = MemoryEventLog()
    *seen, last = decided(log, 12)
    values = last.values.copy()
    values[0, 2] += 5
    trips = parity(log, [*seen, replace(last, values=values)]).features[2]
    assert (trips.compared - trips.equal, trips.largest_difference) == (1, 5.0)


def test_a_step_that_a_worker_missed_is_found() -> None:
    log = MemoryEventLog()
    seen = decided(log, 12)
    append_steps(log, "complete", "d0", 4)
    late = [replace(each, offsets=log.ends(REQUESTS), as_of_us=seen[-1].as_of_us) for each in seen[-1:]]
    assert parity(log, late).features[2].equal < 3


def test_decisions_of_other_definitions_are_counted_and_not_compared() -> None:
    log = MemoryEventLog()
    first, *seen = decided(log, 5)
    report = parity(log, [replace(first, layout="other"), *seen])
    assert (report.decisions, report.of_other_layout) == (len(seen), 1)


def test_without_decisions_there_is_nothing_to_compare() -> None:
    report = parity(MemoryEventLog(), [])
    assert (report.decisions, report.begins_us, report.ends_us) == (0, None, None)
    assert [feature.compared for feature in report.features] == [0, 0, 0]


def test_a_report_is_json() -> None:
    text = orjson.dumps(plain(parity(MemoryEventLog(), [])))
    assert orjson.loads(text)["features"][0]["equal_share"] == 1.0


def test_missing_values_come_back_from_the_ledger_as_missing() -> None:
    log = MemoryEventLog()
    seen = decided(log, 3)
    assert any(np.isnan(each.values).any() for each in seen)
