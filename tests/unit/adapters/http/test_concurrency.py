"""Who finds no place is told to come back; a place is free again however its question ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from drivetrain.adapters.http.concurrency import ConcurrencyLimit, WaitingLine
from drivetrain.core.errors import TooManyRequestsError, UnreadableInputError

WHY_NOT = "Others are asking."


async def stays() -> None:
    """A client that does not leave."""
    await asyncio.Event().wait()


def test_no_more_than_so_many_at_a_time():
    limit = ConcurrencyLimit(2, patience_s=0.0)
    with limit.acquire(WHY_NOT), limit.acquire(WHY_NOT):
        with pytest.raises(TooManyRequestsError, match=WHY_NOT) as raised, limit.acquire(WHY_NOT):
            pytest.fail("a third one was let in")
        assert raised.value.retry_after_s >= 1
    with limit.acquire(WHY_NOT), limit.acquire(WHY_NOT):
        pass


def test_a_question_that_fails_gives_its_place_back():
    limit = ConcurrencyLimit(1, patience_s=0.0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), limit.acquire(WHY_NOT):
            raise ZeroDivisionError


class TestWaitingLine:
    async def test_places_are_given_in_the_order_of_arrival(self):
        line = WaitingLine(1, most_present=9, patience_s=5)
        order = []

        async def work(name: int) -> None:
            with line.enter(WHY_NOT):
                async with line.place(WHY_NOT, stays):
                    order.append(name)
                    await asyncio.sleep(0)

        await asyncio.gather(*(work(name) for name in range(5)))
        assert order == [0, 1, 2, 3, 4]
        assert line.present == 0

    async def test_presence_takes_no_place(self):
        """Those that still arrive keep nobody from being answered."""
        line = WaitingLine(1, most_present=3, patience_s=0.01)
        with line.enter(WHY_NOT), line.enter(WHY_NOT), line.enter(WHY_NOT):
            async with line.place(WHY_NOT, stays):
                assert line.present == 3

    async def test_too_many_present_are_refused_at_once(self):
        line = WaitingLine(1, most_present=1, patience_s=5)
        with line.enter(WHY_NOT):
            with pytest.raises(TooManyRequestsError, match=WHY_NOT), line.enter(WHY_NOT):
                pytest.fail("a second one was let in")
            assert line.present == 1
        with line.enter(WHY_NOT):
            pass

    async def test_a_wait_ends_after_its_patience_and_leaves_the_place_to_others(self):
        line = WaitingLine(1, most_present=9, patience_s=0.01)
        async with line.place(WHY_NOT, stays):
            with pytest.raises(TooManyRequestsError, match=WHY_NOT) as refused:
                async with line.place(WHY_NOT, stays):
                    pytest.fail("there was a second place")
            assert refused.value.retry_after_s >= 1
        async with line.place(WHY_NOT, stays):
            pass

    async def test_work_that_fails_gives_its_place_back(self):
        line = WaitingLine(1, most_present=1, patience_s=0.01)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), line.enter(WHY_NOT):
                async with line.place(WHY_NOT, stays):
                    raise ZeroDivisionError
        assert line.present == 0

    async def test_a_wait_that_is_cancelled_takes_no_place(self):
        line = WaitingLine(1, most_present=9, patience_s=5)

        async def wait() -> None:
            async with line.place(WHY_NOT, stays):
                pytest.fail("it was admitted")

        async with line.place(WHY_NOT, stays):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with line.place(WHY_NOT, stays):
            pass

    async def test_a_client_that_leaves_gives_its_turn_to_the_next_one(self):
        line = WaitingLine(1, most_present=9, patience_s=5)
        left, order = asyncio.Event(), []

        async def leave() -> None:
            await left.wait()

        async def work(name: str, gone: Callable[[], Awaitable[None]]) -> None:
            with line.enter(WHY_NOT):
                async with line.place(WHY_NOT, gone):
                    order.append(name)

        async with line.place(WHY_NOT, stays):
            first = asyncio.create_task(work("first", leave))
            second = asyncio.create_task(work("second", stays))
            await asyncio.sleep(0)
            left.set()
            with pytest.raises(UnreadableInputError) as gone:
                await first
            assert gone.value.code == "input.cut_short"
            assert line.present == 1
        await second
        assert order == ["second"]

    async def test_one_that_leaves_at_the_moment_of_its_turn_keeps_no_place(self):
        line = WaitingLine(1, most_present=9, patience_s=5)
        left = asyncio.Event()

        async def work() -> None:
            async with line.place(WHY_NOT, left.wait):
                pass

        async with line.place(WHY_NOT, stays):
            waiting = asyncio.create_task(work())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            left.set()
        await asyncio.gather(waiting, return_exceptions=True)
        async with line.place(WHY_NOT, stays):
            pass
