"""Answers are sent at whole steps, whatever was done for them."""

from __future__ import annotations

import asyncio

import pytest

from drivetrain.accounts.people.adapters import pace
from drivetrain.accounts.people.adapters.pace import at_steady_pace


class Loop:
    """A clock that the work and the waiting move."""

    def __init__(self, work_s: float) -> None:
        self.now_s = 100.0
        self.work_s = work_s

    def time(self) -> float:
        return self.now_s

    def work(self) -> None:
        self.now_s += self.work_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.mark.parametrize(
    ("work_s", "answered_after_s"), [(0.0, 0.25), (0.001, 0.25), (0.2, 0.25), (0.3, 0.5), (0.8, 1.0)]
)
async def test_the_answer_comes_at_a_step(
    work_s: float, answered_after_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = Loop(work_s)
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    monkeypatch.setattr(pace.asyncio, "sleep", loop.sleep)

    async def at_once(work: object) -> None:
        loop.work()

    monkeypatch.setattr(pace, "run_in_threadpool", at_once)
    await at_steady_pace(lambda: None)
    assert loop.now_s - 100.0 == pytest.approx(answered_after_s)


async def test_a_failure_waits_as_well_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "STEP_S", 0.001)

    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await at_steady_pace(fail)
