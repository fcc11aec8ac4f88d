"""What comes while a group is being written goes into the next one, and everybody gets an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from drivetrain.core.errors import ConflictError, DrivetrainError, UnavailableError
from drivetrain.core.groups import GroupedWrites


class Store:
    """Doubles numbers, a group at a time, when it is let; refuses odd ones if it is to."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.is_open = asyncio.Event()
        self.error: BaseException | None = None
        self.refuses_odd = False

    async def write(self, group: Sequence[int]) -> Sequence[int | DrivetrainError]:
        self.groups.append([*group])
        await self.is_open.wait()
        if self.error is not None:
            raise self.error
        refusal = ConflictError("It is odd.", code="tests.odd")
        return [refusal if self.refuses_odd and number % 2 else 2 * number for number in group]


def two_largest_first(waiting: Sequence[int]) -> Sequence[int]:
    return sorted(range(len(waiting)), key=lambda place: -waiting[place])[:2]


def all_of_them(waiting: Sequence[int]) -> Sequence[int]:
    return range(len(waiting))


async def ask(writes: GroupedWrites[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(writes.result(number)) for number in numbers]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_groups_are_chosen_from_all_that_wait_and_each_gets_its_own_result():
    store = Store()
    writes = GroupedWrites("tests", two_largest_first, store.write)
    first = await ask(writes, 1)
    others = await ask(writes, 2, 5, 3)
    assert [*writes.waiting] == [2, 5, 3] and len(writes) == 3
    store.is_open.set()
    assert await asyncio.gather(*first, *others) == [2, 4, 10, 6]
    assert store.groups == [[1], [5, 3], [2]]
    assert len(writes) == 0


async def test_one_is_refused_alone():
    store = Store()
    store.refuses_odd = True
    store.is_open.set()
    writes = GroupedWrites("tests", all_of_them, store.write)
    odd, even = await asyncio.gather(*await ask(writes, 3, 4), return_exceptions=True)
    assert isinstance(odd, ConflictError)
    assert even == 8


async def test_a_group_fails_together_and_the_next_one_is_tried():
    store = Store()
    store.error = UnavailableError("away")
    writes = GroupedWrites("tests", all_of_them, store.write)
    asked = await ask(writes, 1, 2)
    store.is_open.set()
    assert {type(each) for each in await asyncio.gather(*asked, return_exceptions=True)} == {UnavailableError}
    store.error = None
    assert await writes.result(4) == 8


async def test_of_a_bug_all_that_wait_are_told_and_whoever_comes_later_is_served():
    store = Store()
    store.error = ZeroDivisionError()
    writes = GroupedWrites("tests", two_largest_first, store.write)
    asked = await ask(writes, 1, 2, 3, 4)
    store.is_open.set()
    assert {type(each) for each in await asyncio.gather(*asked, return_exceptions=True)} == {
        ZeroDivisionError
    }
    store.error = None
    assert await writes.result(4) == 8


async def test_whoever_has_left_disturbs_nobody():
    store = Store()
    writes = GroupedWrites("tests", all_of_them, store.write)
    left, stays = await ask(writes, 1, 2)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    store.is_open.set()
    assert await stays == 4
