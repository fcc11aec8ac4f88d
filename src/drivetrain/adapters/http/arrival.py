"""The bytes of a request's body as they arrive: bounded in size, refused when they come too slowly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Generator, Iterable
from dataclasses import dataclass
from types import CoroutineType
from typing import Any, Self

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from drivetrain.core.errors import (
    InputTimeoutError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedMediaError,
)


@dataclass(frozen=True, slots=True)
class BodyPace:
    """How slowly a body may arrive; its total time is bounded by its size alone.

    Attributes:
        idle_s: longest pause, seconds.
        bytes_per_s: least average speed, bytes per second; ``idle_s`` seconds are given on top.
    """

    idle_s: float = 30.0
    bytes_per_s: float = 4_096.0

    def deadline(self, began_at: float, received: int, now: float) -> float:
        """When the next bytes must be there, on the clock of ``began_at`` and ``now``, seconds."""
        return min(now, began_at + received / self.bytes_per_s) + self.idle_s


_USUAL_PACE = BodyPace()


async def body_parts(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The parts of a body, none of them empty.

    Args:
        limit: most bytes accepted.

    Raises:
        TooLargeError: it is larger than ``limit``, or says so.
        UnsupportedMediaError: it is compressed.
        InputTimeoutError: it arrives more slowly than the application's ``BodyPace`` allows.
        UnreadableInputError: it was cut short.
    """
    declared = _declared_length(request.scope["headers"])
    if declared is not None and declared > limit:
        raise _too_large(limit)
    pace = _pace_of(request)
    clock = asyncio.get_running_loop().time
    began_at = clock()
    received = 0
    try:
        async with asyncio.timeout(pace.idle_s) as timer:
            async for part in request.stream():
                received += len(part)
                if received > limit:
                    raise _too_large(limit)
                if part:
                    yield part
                if received != declared:  # more is to come
                    timer.reschedule(pace.deadline(began_at, received, clock()))
    except TimeoutError:
        raise InputTimeoutError(
            f"The body arrives too slowly: {received:,} bytes so far, with a pause of more than {pace.idle_s:g} s "
            f"or below {pace.bytes_per_s:,.0f} bytes per second."
        ) from None
    except ClientDisconnect:
        raise cut_short() from None


async def whole_body(request: Request, limit: int) -> bytes:
    """The body in one piece; one that has arrived already, as most have, is taken without a timer.

    Args:
        limit: most bytes accepted.

    Raises:
        TooLargeError, UnsupportedMediaError, InputTimeoutError, UnreadableInputError: as ``body_parts``.
    """
    declared = _declared_length(request.scope["headers"])
    if declared is not None and declared > limit:
        raise _too_large(limit)
    first: Awaitable[Message] = request.receive()
    if isinstance(first, CoroutineType):
        try:
            awaited = first.send(None)
        except StopIteration as end:
            message: Message = end.value
            if message["type"] == "http.request" and not message.get("more_body", False):
                return _within(message.get("body", b""), limit)
            first = _value(message)
        else:
            first = _Begun(first, awaited)
    parts = [part async for part in body_parts(_after(first, request), limit)]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _within(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _after(first: Awaitable[Message], request: Request) -> Request:
    """The same request, with its first message received apart from the others."""
    begun = [first]

    async def receive() -> Message:
        return await (begun.pop() if begun else request.receive())

    return Request(request.scope, receive)


async def _value(message: Message) -> Message:
    return message


class _Begun:
    """Goes on with a coroutine that waits for ``awaited``, as if it had been awaited from its beginning."""

    def __init__(self, waiting: CoroutineType[Any, Any, Message], awaited: Any) -> None:
        self._waiting = waiting
        self._awaited = [awaited]

    def __await__(self) -> Generator[Any, Any, Message]:
        message: Message = yield from self  # which passes on what is thrown
        return message

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return self._awaited.pop() if self._awaited else self._waiting.send(None)

    def throw(self, error: BaseException) -> Any:
        """A cancellation is the coroutine's own matter."""
        return self._waiting.throw(error)

    def close(self) -> None:
        """Nobody waits any more."""
        self._waiting.close()


async def client_left(request: Request) -> None:
    """Wait until the client of a request, whose body has been read, closes the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def cut_short() -> UnreadableInputError:
    """The end of a request whose client has left; the answer reaches the log only."""
    return UnreadableInputError("The client closed the connection.", code="input.cut_short")


def _pace_of(request: Request) -> BodyPace:
    app = request.scope.get("app")
    pace: BodyPace = _USUAL_PACE if app is None else getattr(app.state, "body_pace", _USUAL_PACE)
    return pace


def _declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Bytes that the head announces; None where it does not, or not as a number.

    Raises:
        UnsupportedMediaError: they are compressed.
    """
    length = None
    for name, value in headers:
        if name == b"content-length":
            length = int(value) if value.isdigit() and len(value) < 19 else None
        elif name == b"content-encoding":
            encoding = value.decode("latin-1").strip().lower()
            if encoding not in {"", "identity"}:
                raise UnsupportedMediaError(
                    f"The body is encoded with {encoding[:40]!r}; send it without Content-Encoding.",
                    code="input.unsupported_encoding",
                )
    return length


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"The body is larger than the {limit / 1024:,.0f} KiB accepted here.")
