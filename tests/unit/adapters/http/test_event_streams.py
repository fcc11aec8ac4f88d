"""The one reader of the log goes on, whatever becomes of the log and of the threads of others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import orjson
import pytest
from structlog.testing import capture_logs
from tests.support.threads import shared_threads_hang

from drivetrain.adapters.http import event_streams as module
from drivetrain.adapters.http.event_streams import EventStreams
from drivetrain.core.access import Caller
from drivetrain.core.changes import Change, ChangePage, Position, Topic
from drivetrain.core.errors import TooManyRequestsError, UnavailableError

PATIENCE_S = 60.0
MODELS = Topic("models", "models:read")
ANN = Caller("ann", "credential", frozenset({"models:read"}))


class ScriptedLog:
    """A log whose reads go as a test says; nothing has changed once it says no more."""

    def __init__(self, *reads: Callable[[], Sequence[Change]]) -> None:
        self._reads = list(reads)
        self._position = 0

    def read(self, since: Position | None) -> ChangePage:
        changes = self._reads.pop(0)() if since is not None and self._reads else ()
        self._position += 1
        return ChangePage(Position(0, f"{self._position}:{self._position}:"), changes)


def changed() -> Sequence[Change]:
    return [Change("models")]


def nothing() -> Sequence[Change]:
    return ()


def bug() -> Sequence[Change]:
    raise RuntimeError("bug")


def away() -> Sequence[Change]:
    raise UnavailableError("The database cannot be reached.")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_INTERVAL_S", 0.0)


async def always() -> None:
    """The caller may go on."""


def opened(streams: EventStreams) -> AsyncIterator[bytes]:
    return streams.events(ANN, [MODELS], None, always)


async def wait_for_models(events: AsyncIterator[bytes]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async for event in events:
            if b"data:" in event and orjson.loads(event.split(b"data: ")[1])["topics"] == ["models"]:
                return
    raise AssertionError("the stream has ended")


async def test_an_unexpected_error_does_not_end_the_reader() -> None:
    streams = EventStreams(ScriptedLog(bug, nothing, bug, changed), threading.Event())
    with capture_logs() as lines:
        await wait_for_models(opened(streams))
    assert [(line["event"], line["log_level"]) for line in lines if "exc_info" in line] == [
        ("changes cannot be read", "error")
    ] * 2


async def test_a_database_that_is_away_is_one_line_in_the_log() -> None:
    streams = EventStreams(ScriptedLog(*[away] * 5, nothing, changed), threading.Event())
    with capture_logs() as lines:
        await wait_for_models(opened(streams))
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("changes cannot be read", "warning"),
        ("changes are read again", "info"),
    ]


async def test_a_burst_gets_no_more_places_than_there_are() -> None:
    """None of them has begun yet."""
    streams = EventStreams(ScriptedLog(), threading.Event())
    for _ in range(module.MOST_PER_CALLER):
        streams.admit(ANN)
    with pytest.raises(TooManyRequestsError, match="close one"):
        streams.admit(ANN)
    streams.release(ANN)
    streams.admit(ANN)


async def test_a_full_worker_asks_nobody_to_close_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_IN_ALL", 1)
    streams = EventStreams(ScriptedLog(), threading.Event())
    streams.admit(ANN)
    with pytest.raises(TooManyRequestsError, match="come again later"):
        streams.admit(replace(ANN, subject="bob"))


async def test_streams_go_on_while_all_shared_threads_hang() -> None:
    streams = EventStreams(ScriptedLog(changed), threading.Event())
    with shared_threads_hang():
        await wait_for_models(opened(streams))
