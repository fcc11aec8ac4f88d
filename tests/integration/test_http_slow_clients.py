"""A body that trickles in: read while its time lasts, then refused, whichever way it is read."""

from __future__ import annotations

import asyncio
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from drivetrain.adapters.http import bodies
from drivetrain.adapters.http.arrival import BodyPace, whole_body
from drivetrain.core.errors import InputTimeoutError

LIMIT = 1 << 20


FORM_START = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="cars.csv"\r\n\r\n'


def trickle(pause_s: float, *, media_type: str = "application/json", start: bytes = b"") -> Request:
    """A request whose body starts at once, goes on a byte at a time and never ends."""
    pieces = chain([start], repeat(b" "))

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause_s)
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    app = SimpleNamespace(state=SimpleNamespace(body_pace=BodyPace(idle_s=0.1, bytes_per_s=1_000)))
    headers = [(b"content-type", media_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers, "app": app}, receive)


async def test_a_trickled_json_body_is_refused_when_its_time_is_up() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(InputTimeoutError) as raised:
            await bodies.read_json(trickle(0.01), limit=LIMIT)
    assert raised.value.code == "input.too_slow"


@pytest.mark.parametrize(
    ("media_type", "start"), [("text/csv", b""), ("multipart/form-data; boundary=XX", FORM_START)]
)
async def test_a_trickled_upload_is_refused_when_its_time_is_up(
    tmp_path: Path, media_type: str, start: bytes
) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(InputTimeoutError) as raised:
            await bodies.spool_upload(
                trickle(0.01, media_type=media_type, start=start), tmp_path / "upload", limit=LIMIT
            )
    assert raised.value.code == "input.too_slow"


async def test_a_client_that_sends_nothing_at_all_is_refused_too() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(InputTimeoutError) as raised:
            await whole_body(trickle(60), LIMIT)
    assert raised.value.code == "input.too_slow"
