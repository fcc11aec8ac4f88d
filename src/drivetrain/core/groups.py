"""Writing in groups: while one is on its way, the next one fills.

Nothing runs while nothing comes: the first that finds no writer starts one, which ends with the last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivetrain.core.errors import DrivetrainError

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T, R]):
    item: T
    result: asyncio.Future[R]


class GroupedWrites(Generic[T, R]):
    """Gives each item its own result, from a write that many share. Used on one event loop.

    Args:
        name: of the task that writes.
        members: chooses the next group from all that wait, in order of arrival: its places, in the order in which they are
            written; at least one.
        write: all of a group or none; gives a result, or why there is none, for each of it. A ``DrivetrainError`` that it
            raises is that of the group, and the next group is tried; anything else is a bug, of which all that wait
            are told.
    """

    def __init__(
        self,
        name: str,
        members: Callable[[Sequence[T]], Sequence[int]],
        write: Callable[[Sequence[T]], Awaitable[Sequence[R | DrivetrainError]]],
    ) -> None:
        self._name = name
        self._members = members
        self._write = write
        self._waiting: list[_Entry[T, R]] = []
        self._writer: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> Sequence[T]:
        """What is in no group yet, in order of arrival."""
        return [entry.item for entry in self._waiting]

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def result(self, item: T) -> R:
        """Write it with others.

        Raises:
            DrivetrainError: of the item or its group.
        """
        entry: _Entry[T, R] = _Entry(item, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all(), name=self._name)
        return await entry.result

    async def _write_all(self) -> None:
        while self._waiting:
            group = self._next_group()
            try:
                results = await self._write([entry.item for entry in group])
            except DrivetrainError as error:
                _fail(group, error)
            except BaseException as error:
                _fail([*group, *self._waiting], error)  # nobody must wait for ever, whatever it was
                self._waiting.clear()
                raise
            else:
                for entry, result in zip(group, results, strict=True):
                    if isinstance(result, DrivetrainError):
                        _fail([entry], result)
                    elif not entry.result.done():
                        entry.result.set_result(result)

    def _next_group(self) -> list[_Entry[T, R]]:
        places = self._members(self.waiting)
        group = [self._waiting[place] for place in places]
        chosen = frozenset(places)
        self._waiting = [entry for place, entry in enumerate(self._waiting) if place not in chosen]
        return group


def _fail(group: Sequence[_Entry[T, R]], error: BaseException) -> None:
    for entry in group:
        if not entry.result.done():
            entry.result.set_exception(error)
