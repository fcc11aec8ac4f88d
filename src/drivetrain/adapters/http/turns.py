"""Lets writing requests without a credential begin one after the other, so that a crowd does not stand before callers."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.types import ASGIApp, Receive, Scope, Send

PAUSE_S = 0.002
"""Between the beginnings of two such requests in one worker; one costs less than half of it."""

_CREDENTIALS = frozenset({b"authorization", b"x-api-key"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class StrangersInTurn:
    """Wraps the application: signing in, signing up and what else is written without a key or token begins in turn.

    An event loop works off whatever has arrived before it looks at its sockets again. Two hundred people who sign in
    at once would all be read, routed and checked first, and a price that comes in the middle waited for the whole of
    it, about 60 ms. In turn the last of the crowd begins 0.2 s later, which nobody who signs in notices.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_pausing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, when it is its turn."""
        if scope["type"] == "http" and scope["method"] not in _READING and _is_strange(scope):
            await self._turn()
        await self._app(scope, receive, send)

    async def _turn(self) -> None:
        """Return at once where nobody has begun just now, otherwise in line."""
        if self._is_pausing:
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            await place
        else:
            self._pause()

    def _pause(self) -> None:
        self._is_pausing = True
        asyncio.get_running_loop().call_later(PAUSE_S, self._go_on)

    def _go_on(self) -> None:
        """Let the next one begin; whoever has left in the meantime is passed over."""
        self._is_pausing = False
        while self._waiting and not self._is_pausing:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                self._pause()


def _is_strange(scope: Scope) -> bool:
    """Whether a request shows neither key nor token; a cookie is sent by the browsers of strangers too."""
    return not any(name in _CREDENTIALS for name, _ in scope["headers"])
