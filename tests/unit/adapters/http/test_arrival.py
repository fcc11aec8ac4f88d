"""A body may take as long as its size needs; a pause or a trickle ends it, and so does a compressed one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from drivetrain.adapters.http.arrival import BodyPace, body_parts, whole_body
from drivetrain.core.errors import (
    InputTimeoutError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedMediaError,
)

LIMIT = 1 << 20


def request(receive: Any, pace: BodyPace, *headers: tuple[bytes, bytes]) -> Request:
    """A request to an application with this pace."""
    app = SimpleNamespace(state=SimpleNamespace(body_pace=pace))
    return Request({"type": "http", "method": "POST", "headers": list(headers), "app": app}, receive)


async def whole(asked: Request) -> bytes:
    return b"".join([part async for part in body_parts(asked, LIMIT)])


class TestPace:
    def test_a_pause_is_bounded_however_much_has_arrived(self):
        pace = BodyPace(idle_s=10, bytes_per_s=100)
        assert pace.deadline(began_at=1_000, received=1_000_000, now=1_005) == 1_015

    def test_a_body_slower_than_the_least_speed_runs_out_of_time(self):
        """50 bytes a second where 100 are the least: it falls behind by half a second each second."""
        pace = BodyPace(idle_s=10, bytes_per_s=100)
        lasts_s = next(
            elapsed for elapsed in range(1, 1_000) if pace.deadline(0, 50 * elapsed, elapsed) <= elapsed + 1
        )
        assert lasts_s == 18

    def test_a_large_upload_at_the_least_speed_is_never_cut(self):
        """16 MiB at 4 KiB/s take more than an hour."""
        pace = BodyPace()
        for elapsed in range(0, 4_096, 64):
            assert pace.deadline(0, 4_096 * elapsed, elapsed) >= elapsed + pace.idle_s


class TestArrival:
    async def test_a_body_that_pauses_for_too_long_is_refused(self):
        parts = iter([b"half"])

        async def receive() -> dict[str, Any]:
            part = next(parts, None)
            if part is None:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": part, "more_body": True}

        with pytest.raises(InputTimeoutError) as refused:
            await whole(request(receive, BodyPace(idle_s=0.01)))
        assert refused.value.code == "input.too_slow"

    async def test_a_body_that_never_pauses_and_trickles_is_refused(self):
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": b" ", "more_body": True}

        async with asyncio.timeout(5):
            with pytest.raises(InputTimeoutError):
                await whole(request(receive, BodyPace(idle_s=0.01, bytes_per_s=1e9)))

    @pytest.mark.parametrize("encoding", [b"gzip", b"GZIP", b"br", b"identity, gzip"])
    async def test_a_compressed_body_is_refused_by_the_name_of_its_encoding(self, encoding):
        async def receive() -> dict[str, Any]:
            raise AssertionError("the body was asked for")

        with pytest.raises(UnsupportedMediaError) as refused:
            await whole(request(receive, BodyPace(), (b"content-encoding", encoding)))
        assert refused.value.code == "input.unsupported_encoding"
        assert repr(encoding.decode().lower()) in refused.value.detail

    @pytest.mark.parametrize("encoding", [b"", b"identity", b" Identity "])
    async def test_an_encoding_that_changes_nothing_is_read(self, encoding):
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"x", "more_body": False}

        assert await whole(request(receive, BodyPace(), (b"content-encoding", encoding))) == b"x"


def message(body: bytes, *, is_last: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": not is_last}


class TestWholeBody:
    async def test_one_that_is_there_is_taken_without_a_timer(self, monkeypatch):
        async def receive() -> dict[str, Any]:
            return message(b"x")

        def no_timer(*_: object) -> None:
            raise AssertionError("a timer was started")

        monkeypatch.setattr(asyncio.get_running_loop(), "call_at", no_timer)
        assert await whole_body(request(receive, BodyPace()), LIMIT) == b"x"

    @pytest.mark.parametrize("waits_before", [(0,), (1,), (0, 1), (0, 1, 2), ()])
    async def test_one_that_arrives_in_parts_is_put_together(self, waits_before):
        parts = iter([message(b"a", is_last=False), message(b"", is_last=False), message(b"bc")])
        number = iter(range(3))

        async def receive() -> dict[str, Any]:
            if next(number) in waits_before:
                for _ in range(3):
                    await asyncio.sleep(0)
            return next(parts)

        assert await whole_body(request(receive, BodyPace()), LIMIT) == b"abc"

    @pytest.mark.parametrize("begins", [True, False])
    async def test_one_that_pauses_for_too_long_is_refused(self, begins):
        parts = iter([message(b"half", is_last=False)] if begins else [])

        async def receive() -> dict[str, Any]:
            return next(parts, None) or await asyncio.Event().wait()

        with pytest.raises(InputTimeoutError):
            await whole_body(request(receive, BodyPace(idle_s=0.01)), LIMIT)

    @pytest.mark.parametrize("waits", [True, False])
    async def test_a_client_that_leaves_is_noticed(self, waits):
        async def receive() -> dict[str, Any]:
            if waits:
                await asyncio.sleep(0)
            return {"type": "http.disconnect"}

        with pytest.raises(UnreadableInputError) as refused:
            await whole_body(request(receive, BodyPace()), LIMIT)
        assert refused.value.code == "input.cut_short"

    @pytest.mark.parametrize("waits", [True, False])
    async def test_one_that_is_too_large_is_refused(self, waits):
        async def receive() -> dict[str, Any]:
            if waits:
                await asyncio.sleep(0)
            return message(b"x" * 11)

        with pytest.raises(TooLargeError):
            await whole_body(request(receive, BodyPace()), 10)

    async def test_one_that_says_it_is_too_large_is_not_asked_for(self):
        async def receive() -> dict[str, Any]:
            raise AssertionError("the body was asked for")

        with pytest.raises(TooLargeError):
            await whole_body(request(receive, BodyPace(), (b"content-length", b"11")), 10)

    async def test_whoever_waits_for_one_can_be_cancelled(self):
        was_cancelled = False

        async def receive() -> dict[str, Any]:
            nonlocal was_cancelled
            try:
                return await asyncio.Event().wait()
            except asyncio.CancelledError:
                was_cancelled = True
                raise

        waiting = asyncio.create_task(whole_body(request(receive, BodyPace()), LIMIT))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert was_cancelled

    async def test_a_server_that_gives_a_future_is_waited_for(self):
        def receive() -> asyncio.Future[dict[str, Any]]:
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(future.set_result, message(b"x"))
            return future

        assert await whole_body(request(receive, BodyPace()), LIMIT) == b"x"
