"""Waits end when their time is up, each by itself, and whoever cancels them is not mistaken for the clock."""

from __future__ import annotations

import asyncio

import pytest

from drivetrain.core.patience import Patience

LONG_S = 600.0


async def forever() -> None:
    await asyncio.Event().wait()


async def test_work_that_ends_in_time_gives_its_result_and_sets_one_timer_for_all(monkeypatch):
    loop = asyncio.get_running_loop()
    timers = []
    monkeypatch.setattr(loop, "call_at", lambda when, *_: timers.append(when) or object())
    patience = Patience(LONG_S)

    async def number(value: int) -> int:
        await asyncio.sleep(0)
        return value

    assert [await patience.bound(number(value)) for value in range(5)] == list(range(5))
    assert len(timers) == 1


async def test_work_that_takes_too_long_is_cancelled():
    was_cancelled = False

    async def stubborn() -> None:
        nonlocal was_cancelled
        try:
            await forever()
        finally:
            was_cancelled = True

    with pytest.raises(TimeoutError):
        await Patience(0.0).bound(stubborn())
    assert was_cancelled
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)  # nothing is left to be delivered


async def test_each_wait_has_its_own_end_and_later_ones_have_theirs():
    patience = Patience(0.02)
    for _ in range(3):
        outcomes = await asyncio.gather(
            patience.bound(forever()),
            patience.bound(asyncio.sleep(0, "quick")),
            patience.bound(forever()),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [TimeoutError, str, TimeoutError]
    assert not patience._waits


async def test_errors_pass():
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Patience(LONG_S).bound(broken())


async def test_a_task_that_is_cancelled_by_somebody_else_ends_cancelled():
    waiting = asyncio.create_task(Patience(LONG_S).bound(forever()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_task_that_is_cancelled_when_its_time_is_up_ends_cancelled():
    patience = Patience(LONG_S)
    waiting = asyncio.create_task(patience.bound(forever()))
    await asyncio.sleep(0)
    patience._waits[0].until_s = 0.0
    patience._end_waits()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_it_lies_within_other_bounds():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.0):
            await Patience(LONG_S).bound(forever())
    async with asyncio.timeout(LONG_S):
        with pytest.raises(TimeoutError):
            await Patience(0.0).bound(forever())


@pytest.mark.parametrize("ending", [ZeroDivisionError, None])
async def test_work_that_ends_in_another_way_when_it_is_cancelled_leaves_no_cancellation_behind(ending):
    async def deaf() -> str:
        try:
            await forever()
        except asyncio.CancelledError:
            if ending is not None:
                raise ending from None
        return "done"

    outcome = (await asyncio.gather(alone(deaf()), return_exceptions=True))[0]
    assert outcome == ("done", 0) if ending is None else isinstance(outcome, ending)


async def alone(work) -> tuple[str, int]:
    """What the work gives, and how often its task is still to be cancelled."""
    return await Patience(0.0).bound(work), asyncio.current_task().cancelling()
