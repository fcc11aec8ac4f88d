"""What comes while a group is being written goes together into the next one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from tests.support.dispatch import NOW, CountingNotifier, MemoryEventStore, micros, request, update

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.events.adapters import groups
from drivetrain.dispatch.events.adapters.groups import GroupedEvents
from drivetrain.dispatch.events.application.ports import Arrivals, RequestsById


class GatedStore(MemoryEventStore):
    """Writes a group when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.error: BaseException | None = None

    def write(self, group: Sequence[Arrivals]) -> RequestsById:
        self.sizes.append(len(group))
        self.begun.set()
        assert self.gate.wait(60)
        if self.error is not None:
            raise self.error
        return super().write(group)


def arrivals(name: str) -> Arrivals:
    return Arrivals([update(name)], [request(name)], micros(NOW))


async def first_group_of(store: GatedStore) -> None:
    assert await asyncio.to_thread(store.begun.wait, 60)


async def test_one_group_is_written_while_the_next_one_fills() -> None:
    store = GatedStore()
    events = GroupedEvents(store, CountingNotifier())
    keeping = [asyncio.create_task(events.keep(arrivals("0")))]
    await first_group_of(store)
    keeping += [asyncio.create_task(events.keep(arrivals(str(number)))) for number in range(1, 10)]
    await asyncio.sleep(0)
    store.gate.set()
    standing = await asyncio.gather(*keeping)
    assert store.sizes == [1, 9]
    assert sorted(update.driver_id for update in store.updates) == [str(number) for number in range(10)]
    assert all(str(number) in known for number, known in enumerate(standing))


async def test_a_group_that_cannot_be_written_fails_for_all_in_it_and_the_next_one_is_tried() -> None:
    store = GatedStore()
    store.error = UnavailableError("away")
    store.gate.set()
    events = GroupedEvents(store, CountingNotifier())
    with pytest.raises(UnavailableError):
        await events.keep(arrivals("0"))
    store.error = None
    assert "1" in await events.keep(arrivals("1"))


async def test_nobody_waits_for_ever_when_the_writer_fails_by_a_bug() -> None:
    store = GatedStore()
    store.error = ZeroDivisionError()
    store.gate.set()
    events = GroupedEvents(store, CountingNotifier())
    with pytest.raises(ZeroDivisionError):
        await events.keep(arrivals("0"))
    store.error = None
    assert "1" in await events.keep(arrivals("1"))


async def test_too_many_that_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_WAITING", 4)
    store = GatedStore()
    events = GroupedEvents(store, CountingNotifier())
    keeping = [asyncio.create_task(events.keep(arrivals("0")))]
    await first_group_of(store)
    keeping += [asyncio.create_task(events.keep(arrivals(str(number)))) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError) as raised:
        await events.keep(arrivals("3"))
    assert raised.value.code == "dispatch.events_full"
    store.gate.set()
    await asyncio.gather(*keeping)
    assert len(store.updates) == 3


async def test_those_who_wait_for_the_next_group_are_told_when_the_writer_ends_by_a_bug() -> None:
    store = GatedStore()
    store.error = ZeroDivisionError()
    events = GroupedEvents(store, CountingNotifier())
    keeping = [asyncio.create_task(events.keep(arrivals("0")))]
    await first_group_of(store)
    keeping += [asyncio.create_task(events.keep(arrivals(str(number)))) for number in (1, 2)]
    await asyncio.sleep(0)
    store.gate.set()
    done, waiting = await asyncio.wait(keeping, timeout=60)
    assert not waiting
    assert all(isinstance(each.exception(), ZeroDivisionError) for each in done)


async def test_readers_are_woken_once_for_a_group_that_was_written() -> None:
    store, notifier = GatedStore(), CountingNotifier()
    events = GroupedEvents(store, notifier)
    store.gate.set()
    await events.keep(arrivals("a"))
    assert notifier.count == 1
    store.error = UnavailableError("away")
    with pytest.raises(UnavailableError):
        await events.keep(arrivals("b"))
    assert notifier.count == 1


async def test_requests_wake_others_than_updates() -> None:
    """Followers read updates; a notice spent on requests would be missing for the next position."""
    notifier, of_requests = CountingNotifier(), CountingNotifier()
    events = GroupedEvents(MemoryEventStore(), notifier, of_requests)
    await events.keep(Arrivals([], [request("r")], micros(NOW)))
    assert (notifier.count, of_requests.count) == (0, 1)
    await events.keep(arrivals("a"))
    assert (notifier.count, of_requests.count) == (1, 2)
