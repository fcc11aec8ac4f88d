"""The loop of the sweeper: it goes on whatever fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.matching.adapters.background import sweep_until_stopped
from drivetrain.dispatch.matching.adapters.metrics import RideMetrics
from drivetrain.dispatch.matching.domain.life import RideStep


class StopAfter:
    """Asks to stop after some waits."""

    def __init__(self, waits: int) -> None:
        self.left = waits

    def is_set(self) -> bool:
        return self.left == 0

    def wait(self, timeout: float) -> bool:
        self.left -= 1
        return self.is_set()


@pytest.mark.parametrize("failure", [UnavailableError("Away."), ValueError("a bug")])
def test_what_failed_is_tried_again(failure: Exception) -> None:
    answers: list[Any] = [failure, {RideStep.EXPIRE: 2}]

    def sweep(is_stopped: Callable[[], bool]) -> Mapping[RideStep, int]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    registry, untyped = CollectorRegistry(), sweep
    anything: Any = untyped
    sweep_until_stopped(anything, RideMetrics(registry), StopAfter(2))
    assert registry.get_sample_value("drivetrain_dispatch_ride_steps_total", {"step": "expire"}) == 2
    assert not answers
