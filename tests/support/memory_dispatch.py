"""A dispatch in memory behind a socket, honest or not: what the clients of a campaign must be able to tell apart."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

OFFER_S = 0.2
_ENDS = {
    "accept": "accepted",
    "decline": "requested",
    "pick-up": "picked_up",
    "complete": "completed",
    "cancel": "cancelled_by_rider",
    "cancel-by-driver": "cancelled_by_driver",
}
_KEEP = frozenset({"accept", "pick-up"})


@dataclass
class _Ride:
    driver_id: str
    fence: int
    until_s: float
    version: int = 1


@dataclass
class MemoryDispatch:
    """Answers events, matches and steps.

    Attributes:
        holds_twice: whether it offers drivers whom somebody holds.
        repeats_fences: whether fences begin anew.
        drops: share of the answers that never come; what was asked is done all the same.
        breaks: share of the requests that end in a 500.
        loses_poison: whether it accepts what is no event.
    """

    holds_twice: bool = False
    repeats_fences: bool = False
    loses_poison: bool = False
    drops: float = 0.0
    breaks: float = 0.0
    drivers: int = 40
    events: list[bytes] = field(default_factory=list)
    _draw: random.Random = field(default_factory=lambda: random.Random(1))
    _held: dict[str, tuple[int, float]] = field(default_factory=dict)
    _rides: dict[str, _Ride] = field(default_factory=dict)
    _fence: int = 0

    def answer(self, path: str, body: bytes) -> tuple[int, Mapping[str, Any]]:
        """Do what is asked."""
        if path == "/dispatch/events":
            return self._keep(body.split(b"\n"))
        if path == "/dispatch/matches":
            return self._match(json.loads(body))
        _, _, _, request_id, step = path.split("/")
        return self._step(request_id, step)

    def _keep(self, lines: list[bytes]) -> tuple[int, Mapping[str, Any]]:
        refused = [] if self.loses_poison else [n for n, line in enumerate(lines, 1) if b"poison" in line]
        self.events += [line for n, line in enumerate(lines, 1) if n not in refused]
        counts = {"accepted": len(lines) - len(refused), "repeated": 0, "refused": len(refused)}
        reasons = [{"row": n, "errors": [{"code": _reason(lines[n - 1])}]} for n in refused[:100]]
        return 200, {"counts": counts, "refused": reasons}

    def _match(self, wish: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        decision = {"decision_id": f"m{self._draw.random()}"}
        if not wish.get("hold"):
            return 200, decision
        now_s = time.time()
        choices = [f"d{number}" for number in range(self.drivers)]
        if not self.holds_twice:
            choices = [each for each in choices if self._held.get(each, (0, 0.0))[1] <= now_s]
        if not choices:
            return 200, {**decision, "offer": None}
        driver_id, until_s = self._draw.choice(choices), now_s + OFFER_S
        self._fence = 1 if self.repeats_fences else self._fence + 1
        self._held[driver_id] = self._fence, until_s
        self._rides[wish["request_id"]] = _Ride(driver_id, self._fence, until_s)
        offer = {
            "offer_id": f"o{self._draw.random()}",
            "driver_id": driver_id,
            "fence": self._fence,
            "expires_at": datetime.fromtimestamp(until_s, UTC).isoformat(),
        }
        return 200, {**decision, "offer": offer}

    def _step(self, request_id: str, step: str) -> tuple[int, Mapping[str, Any]]:
        ride = self._rides[request_id]
        if step == "accept" and (ride.until_s <= time.time() or ride.version > 1):
            return 409, {"code": "dispatch.offer_expired"}
        if self._held.get(ride.driver_id, (0, 0.0))[0] == ride.fence:
            self._held[ride.driver_id] = ride.fence, time.time() + 3_600 if step in _KEEP else 0.0
        ride.version += 1
        return 200, {"version": ride.version, "state": _ENDS[step]}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path, length = head.split()[1], int(head.lower().partition("content-length: ")[2].split()[0])
                status, answer = self.answer(path, await reader.readexactly(length))
                if self._draw.random() < self.drops:
                    break
                status = 500 if self._draw.random() < self.breaks else status
                body = json.dumps(answer).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
        writer.close()


def _reason(line: bytes) -> str:
    """Only the kind that the tests send."""
    return "dispatch.unknown_status" if b'"Idle"' in line else "dispatch.bad_id"


@asynccontextmanager
async def serving_dispatch(dispatch: MemoryDispatch) -> AsyncIterator[int]:
    """The port on which it answers."""
    server = await asyncio.start_server(dispatch.serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
