"""The clients of a campaign go on through everything, and see when a dispatch is not honest."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from bench.campaign import clients as module
from bench.campaign.clients import Clients
from bench.campaign.connection import Connection
from bench.campaign.traffic import CLEAN, Mix, Traffic
from tests.support.memory_dispatch import MemoryDispatch, serving_dispatch

MATCHES = 300


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE_S", 0.001)


async def asked(dispatch: MemoryDispatch, mix: Mix = CLEAN) -> Clients:
    """Riders and devices until there were some hundred matches."""
    traffic = Traffic(drivers=50, rows=10, mix=mix, seed=1, run="c")
    async with serving_dispatch(dispatch) as port, asyncio.timeout(60):
        clients = Clients(
            lambda: Connection("127.0.0.1", port, "key"),
            traffic,
            "c",
            1,
            25,
            lambda rides: rides.matches >= MATCHES,
        )
        is_over = asyncio.Event()
        devices = asyncio.create_task(clients.report(every_s=0.01, requests=1, is_over=is_over))
        await clients.are_known.wait()
        await clients.ride(8)
        is_over.set()
        await devices
    return clients


async def test_an_honest_dispatch_is_found_honest() -> None:
    dispatch = MemoryDispatch()
    clients = await asked(dispatch, replace(CLEAN, duplicates=0.1, late=0.1))
    rides, account = clients.rides, clients.account
    assert rides.matches >= MATCHES
    assert (
        rides.watch.count == len(rides.offers) > MATCHES / 10
    )  # how many rides end meanwhile is up to the machine
    assert {step.state for step in rides.steps} >= {"accepted", "requested", "picked_up", "completed"}
    assert (rides.watch.twice, rides.watch.stale) == ([], [])
    assert (account.wrong, account.undocumented) == ([], [])
    assert account.events == len(set(dispatch.events))


async def test_answers_that_are_lost_are_asked_for_again_and_nothing_is_taken_for_wrong() -> None:
    dispatch = MemoryDispatch(drops=0.1)
    clients = await asked(dispatch)
    assert clients.account.statuses[0]
    assert (clients.rides.watch.twice, clients.account.undocumented) == ([], [])
    assert clients.account.events == len(set(dispatch.events))


async def test_a_dispatch_that_holds_drivers_twice_is_seen() -> None:
    assert (await asked(MemoryDispatch(holds_twice=True, drivers=5))).rides.watch.twice


async def test_fences_that_do_not_grow_are_seen() -> None:
    assert (await asked(MemoryDispatch(repeats_fences=True, drivers=5))).rides.watch.stale


async def test_a_500_is_seen() -> None:
    traffic = Traffic(drivers=1, rows=1, mix=CLEAN, seed=1, run="c")
    async with serving_dispatch(MemoryDispatch(breaks=1.0)) as port, asyncio.timeout(60):
        clients = Clients(lambda: Connection("127.0.0.1", port, "key"), traffic, "c", 1, 1, lambda _: True)
        clients.is_enough = lambda _: clients.account.statuses.total() > 5
        await clients.ride(1)
    assert clients.account.statuses == {500: clients.account.statuses.total()}
    assert len(clients.account.undocumented) == clients.account.statuses.total()


async def test_poison_that_is_accepted_is_seen() -> None:
    clients = await asked(MemoryDispatch(loses_poison=True), Mix(poison=0.2))
    assert clients.account.wrong
