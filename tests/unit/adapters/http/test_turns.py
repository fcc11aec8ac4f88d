"""What strangers write begins in turn; callers, readers and whoever has left hold nobody up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send

from drivetrain.adapters.http.turns import StrangersInTurn


class Recorder:
    """An application that notes which requests have begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun.append(scope["path"])


async def _receive() -> Message:
    return {"type": "http.disconnect"}


async def _send(message: Message) -> None:
    pytest.fail(f"nothing is sent: {message}")


def request(
    app: StrangersInTurn, path: str, method: str = "POST", headers: Sequence[tuple[bytes, bytes]] = ()
) -> asyncio.Task[None]:
    scope = {"type": "http", "path": path, "method": method, "headers": headers}
    return asyncio.create_task(app(scope, _receive, _send))  # type: ignore[arg-type]


async def test_of_a_crowd_one_has_begun_when_all_have_arrived_and_the_others_follow_in_order():
    recorder = Recorder()
    app = StrangersInTurn(recorder)
    crowd = [request(app, f"/{number}") for number in range(20)]
    await asyncio.sleep(0)
    assert recorder.begun == ["/0"]
    await asyncio.gather(*crowd)
    assert recorder.begun == [f"/{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", [(b"x-api-key", b"dt_x")]),
        ("POST", [(b"authorization", b"Bearer x")]),
        ("GET", []),
        ("HEAD", []),
    ],
)
async def test_callers_and_readers_stand_in_no_line(method: str, headers: list[tuple[bytes, bytes]]) -> None:
    recorder = Recorder()
    app = StrangersInTurn(recorder)
    crowd = [request(app, f"/{number}") for number in range(20)]
    caller = request(app, "/caller", method, headers)
    await asyncio.sleep(0)
    assert recorder.begun == ["/0", "/caller"]
    await asyncio.gather(caller, *crowd)


async def test_a_cookie_alone_does_not_pass_the_line():
    """The browsers of strangers send one too."""
    recorder = Recorder()
    app = StrangersInTurn(recorder)
    both = [request(app, "/first"), request(app, "/second", headers=[(b"cookie", b"a=b")])]
    await asyncio.sleep(0)
    assert recorder.begun == ["/first"]
    await asyncio.gather(*both)


async def test_whoever_has_left_is_passed_over():
    recorder = Recorder()
    app = StrangersInTurn(recorder)
    crowd = [request(app, f"/{number}") for number in range(4)]
    await asyncio.sleep(0)
    crowd[1].cancel()
    crowd[2].cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert recorder.begun == ["/0", "/3"]
    await request(app, "/later")
    assert recorder.begun[-1] == "/later"


async def test_what_is_no_request_passes():
    recorder = Recorder()
    await StrangersInTurn(recorder)({"type": "lifespan", "path": "lifespan"}, _receive, _send)
    assert recorder.begun == ["lifespan"]
