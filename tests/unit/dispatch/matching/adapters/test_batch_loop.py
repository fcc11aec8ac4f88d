"""The loop of the batch matcher: each city in each window, whatever fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.matching.adapters.batch_loop import BatchLoop
from drivetrain.dispatch.matching.adapters.batch_metrics import BatchMetrics
from drivetrain.dispatch.matching.application.match_batch import Batch

CITIES = (City("a", 0, 0, 1, 1), City("b", 2, 2, 3, 3))


class StopAfter:
    """Asks to stop after some windows."""

    def __init__(self, windows: int) -> None:
        self.left = windows + 1

    def is_set(self) -> bool:
        return self.left <= 0

    def wait(self, timeout: float) -> bool:
        self.left -= 1
        return self.is_set()


class Drivers:
    """Counts looks; each fails."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure
        self.looks = 0
        self.is_quiet = False
        self.pause_s = 0.0

    def look(self) -> None:
        self.looks += 1
        raise self.failure


@pytest.mark.parametrize("failure", [UnavailableError("Away."), ValueError("a bug")])
def test_each_city_is_matched_in_each_window_whatever_fails(failure: Exception) -> None:
    asked: list[str] = []

    async def batch(city: City) -> Batch | None:
        asked.append(city.name)
        if len(asked) == 1:
            raise failure
        return None if len(asked) == 2 else Batch(5, 3, 1, False, 0.1)

    shown: list[int] = []
    registry, drivers, features = CollectorRegistry(), Drivers(failure), Drivers(failure)
    any_batch: Any = batch
    any_drivers: Any = drivers
    any_features: Any = features
    metrics = BatchMetrics(registry)
    loop = BatchLoop(
        any_batch,
        any_drivers,
        any_features,
        CITIES,
        0.0,
        metrics,
        lambda: shown.append(len(asked)),
        StopAfter(2),
    )
    asyncio.run(loop.run())
    assert asked == ["a", "b", "a", "b"]
    assert shown == [3, 4]  # after each window that was matched
    assert min(drivers.looks, features.looks) >= 1
    for outcome, riders in (("offered", 6), ("lost", 2), ("nobody", 2)):
        name = "drivetrain_dispatch_batch_riders_total"
        assert registry.get_sample_value(name, {"outcome": outcome}) == riders
    assert registry.get_sample_value("drivetrain_dispatch_batches_total", {"assignment": "closest"}) == 2
