"""Waiting for news: nobody listens without reading, and a process that ends does not look without a pause."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.support.dispatch import NOW, update
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application import follow_drivers
from drivetrain.dispatch.state.application.follow_drivers import (
    LOOK_EVERY_S,
    QUIET_LOOK_EVERY_S,
    FollowDrivers,
)
from drivetrain.dispatch.state.application.wait_for_news import wait_for_news


class ListenerCalls:
    """Notes what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def wait(self, timeout_s: float) -> None:
        self.calls.append(timeout_s)

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def following(monkeypatch: pytest.MonkeyPatch) -> FollowDrivers:
    """Has read an update, and looks again at once."""
    monkeypatch.setattr(follow_drivers, "LOOK_EVERY_S", 0.0)
    log = MemoryEventLog(FixedClock(NOW))
    log.append({DRIVERS: [encode_update(update())]})
    following = FollowDrivers(log, decode_updates, FixedClock(NOW), fresh_s=60)
    following.look()
    return following


def test_nobody_listens_while_events_come(following: FollowDrivers, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = ListenerCalls()
    monkeypatch.setattr(follow_drivers, "QUIET_AFTER_S", -1.0)
    wait_for_news(following, listener, threading.Event())
    monkeypatch.setattr(follow_drivers, "QUIET_AFTER_S", 3_600.0)
    wait_for_news(following, listener, threading.Event())
    assert listener.calls == [QUIET_LOOK_EVERY_S, "close"]


@pytest.mark.parametrize("quiet_after_s", [-1.0, 3_600.0])
def test_a_process_that_ends_pauses_and_gives_its_connection_back(
    following: FollowDrivers, monkeypatch: pytest.MonkeyPatch, quiet_after_s: float
) -> None:
    monkeypatch.setattr(follow_drivers, "QUIET_AFTER_S", quiet_after_s)
    monkeypatch.setattr(follow_drivers, "LOOK_EVERY_S", 3_600.0)
    following.look()
    listener, ending, pauses = ListenerCalls(), threading.Event(), list[float]()
    ending.set()
    wait_for_news(following, listener, ending, pauses.append)
    assert (listener.calls, pauses) == (["close"], [LOOK_EVERY_S])
