"""The loop of the sweeper: it goes on whatever fails."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.matching.adapters.background import sweep_until_stopped
from drivetrain.dispatch.matching.adapters.metrics import RideMetrics
from drivetrain.dispatch.matching.application.sweep_rides import OverdueRides
from drivetrain.dispatch.matching.domain.life import RideStep


class Listener:
    """Counts waits, each of which ends at once."""

    def __init__(self, stop: StopAfter) -> None:
        self.stop = stop
        self.waits = self.closed = 0

    def wait(self, timeout_s: float) -> None:
        self.waits += 1
        self.stop.wait(timeout_s)

    def close(self) -> None:
        self.closed += 1


class StopAfter:
    """Asks to stop after some waits."""

    def __init__(self, waits: int) -> None:
        self.left = waits

    def is_set(self) -> bool:
        return self.left == 0

    def wait(self, timeout: float) -> bool:
        self.left -= 1
        return self.is_set()


class FailsOnce:
    """A step that fails with something due, and goes well the next time."""

    def __init__(self, failure: Exception) -> None:
        self.answers: list[int | Exception] = [failure, 2]

    def take_up(self, most: int) -> int:
        return 0

    def end(self, step: RideStep, most: int) -> int:
        answer = self.answers.pop(0) if step is RideStep.EXPIRE else 0
        if isinstance(answer, Exception):
            raise answer
        return answer

    def is_quiet(self) -> bool:
        return False


class OffersThatCannotExpire:
    """What comes before them fails, too; two rides are to be abandoned."""

    def __init__(self) -> None:
        self.left = 2

    def take_up(self, most: int) -> int:
        raise UnavailableError("Away.")

    def end(self, step: RideStep, most: int) -> int:
        if step is RideStep.EXPIRE:
            raise ValueError("a bug")
        if step is RideStep.GIVE_UP:
            return 0
        count, self.left = self.left, 0
        return count

    def is_quiet(self) -> bool:
        raise UnavailableError("Away.")


class NothingToDo:
    """Nobody asks, and no offer stands."""

    def take_up(self, most: int) -> int:
        return 0

    def end(self, step: RideStep, most: int) -> int:
        return 0

    def is_quiet(self) -> bool:
        return True


def sweep(overdue: OverdueRides, registry: CollectorRegistry, times: int) -> Listener:
    """Sweep so often."""
    stop = StopAfter(times)
    listener = Listener(stop)
    sweep_until_stopped(overdue, listener, RideMetrics(registry), stop)
    return listener


def done(registry: CollectorRegistry, step: RideStep) -> float | None:
    return registry.get_sample_value("drivetrain_dispatch_ride_steps_total", {"step": step.value})


@pytest.mark.parametrize("failure", [UnavailableError("Away."), ValueError("a bug")])
def test_what_failed_is_tried_again(failure: Exception) -> None:
    registry, overdue = CollectorRegistry(), FailsOnce(failure)
    assert sweep(overdue, registry, 2).waits == 0
    assert done(registry, RideStep.EXPIRE) == 2
    assert not overdue.answers


def test_a_step_that_fails_keeps_none_from_the_others_and_is_logged_once() -> None:
    registry = CollectorRegistry()
    with capture_logs() as logs:
        sweep(OffersThatCannotExpire(), registry, 3)
    assert done(registry, RideStep.ABANDON) == 2
    assert [(line["event"], line["part"]) for line in logs] == [
        ("work waits", "take_up"),
        ("work failed", "expire"),
        ("work waits", "is_quiet"),
    ]


def test_while_nothing_happens_the_sweeper_waits_for_a_request() -> None:
    listener = sweep(NothingToDo(), CollectorRegistry(), 3)
    assert (listener.waits, listener.closed) == (3, 1)
