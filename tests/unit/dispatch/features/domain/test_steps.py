"""What is remembered of steps knows repeats again, and has a bound."""

from __future__ import annotations

import pytest
from tests.support.ride_steps import MINUTE_US, START_US, Step, step_columns

from drivetrain.dispatch.features.domain import steps as domain
from drivetrain.dispatch.features.domain.steps import Repeats


def accepted(request_id: str, version: int = 1, known_us: int = START_US) -> Step:
    return Step(0, request_id, version, "d1", known_us, "accept", 10)


def first_ones(repeats: Repeats, *steps: Step) -> list[str]:
    return list(repeats.first_ones(step_columns(steps)).request_ids)


def test_a_step_is_known_again_and_the_next_one_of_its_request_is_another() -> None:
    repeats = Repeats()
    assert first_ones(repeats, accepted("r1"), accepted("r1"), accepted("r1", version=2)) == ["r1", "r1"]
    assert first_ones(repeats, accepted("r1"), accepted("r1", version=2), accepted("r11")) == ["r11"]


def test_no_more_steps_are_remembered_than_the_bound_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "MOST_REMEMBERED", 3)
    repeats, many = Repeats(), [accepted(f"r{number}") for number in range(8)]
    assert len(first_ones(repeats, *many)) == 8
    assert first_ones(repeats, *many) == ["r3", "r4", "r5", "r6", "r7"]
    later = [accepted(f"r{number}", known_us=START_US + 30 * MINUTE_US) for number in range(8)]
    assert len(first_ones(repeats, *later)) == 8
    assert sum(len(list(steps)) for spans in repeats.spans.values() for steps in spans.values()) == 3
