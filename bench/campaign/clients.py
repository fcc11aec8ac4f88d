"""The clients of a campaign: devices that report until they are acknowledged, and riders whose rides take every way."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.campaign.account import Account
from bench.campaign.connection import Answer, Connection
from bench.campaign.traffic import Row, Traffic
from bench.campaign.verdict import KnownOffer, KnownStep, RideAccount

NDJSON = "application/x-ndjson"

_FATES: Mapping[tuple[str, ...], int] = {
    (): 40,
    ("decline",): 25,
    ("accept", "pick-up", "complete"): 17,
    ("cancel",): 9,
    ("accept", "cancel-by-driver"): 5,
    ("accept", "cancel"): 4,
}
"""What becomes of an offer, by weight: nothing, which lets it pass, or these steps."""

_ENDING = frozenset({"decline", "complete", "cancel", "cancel-by-driver"})
_BY_RIDER = frozenset({"cancel"})
_PAUSE_S = 0.05
_TRIES = 20
"""Of a step whose answer did not come."""

_MATCH_SHARE = 0.1
"""Of matches that hold nobody."""


@dataclass(slots=True)
class Clients:
    """All that ask, on one event loop.

    Args:
        connect: opens a connection.
        traffic: what devices send.
        seed: of the riders.
        first_drivers: who must have reported before there is anybody to match.
        is_enough: whether the riders may end.

    Attributes:
        account: of events.
        rides: of matches, offers and steps.
        are_known: set when the first drivers have reported.
    """

    connect: Callable[[], Connection]
    traffic: Traffic
    run: str
    seed: int
    first_drivers: int
    is_enough: Callable[[RideAccount], bool]
    account: Account = field(default_factory=Account)
    rides: RideAccount = field(default_factory=RideAccount)
    are_known: asyncio.Event = field(default_factory=asyncio.Event)
    _number: int = 0

    async def ride(self, riders: int) -> None:
        """Have riders ask until it is enough."""
        await asyncio.gather(*(self._rider(random.Random(f"{self.seed} {each}")) for each in range(riders)))

    async def report(self, *, every_s: float, requests: int, is_over: asyncio.Event) -> None:
        """Send a body of events after the other until it is over, then what was kept back; each until it is acknowledged."""
        connection, due = self.connect(), time.monotonic()
        while not is_over.is_set():
            await self._send(connection, self.traffic.body(datetime.now(UTC), requests=requests))
            due = max(due + every_s, time.monotonic() - every_s)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        if rest := self.traffic.rest():
            await self._send(connection, rest)
        connection.close()

    async def _send(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Send a body again and again until it is answered: repeats do no harm."""
        body = b"\n".join(row.line for row in rows)
        while True:
            answer = await self._ask(connection, "/dispatch/events", body, content_type=NDJSON)
            if answer.status == 200:
                self.account.acknowledge(rows, answer.json())
                if len(self.account.drivers) >= self.first_drivers:
                    self.are_known.set()
                return
            if answer.status not in {0, 429, 503, 504}:
                raise RuntimeError(f"events were answered {answer.status}: {answer.body[:2000]!r}")
            await asyncio.sleep(_PAUSE_S)

    async def _rider(self, draw: random.Random) -> None:
        connection = self.connect()
        while not self.is_enough(self.rides):
            latitude, longitude = self.traffic.place()
            wish = {
                "rider_id": f"{self.run}-rider",
                "pickup": {"latitude": latitude, "longitude": longitude},
                "top_k": 1,
            }
            if draw.random() < _MATCH_SHARE:
                await self._match(connection, wish)
            else:
                await self._offer(connection, wish, draw)
        connection.close()

    async def _match(self, connection: Connection, wish: dict[str, Any]) -> None:
        answer = await self._ask(connection, "/dispatch/matches", json.dumps(wish).encode())
        if answer.status == 200:
            self.rides.matches += 1
            self.rides.decisions.append(answer.json()["decision_id"])
        elif answer.status != 409:
            await asyncio.sleep(_PAUSE_S)

    async def _offer(self, connection: Connection, wish: dict[str, Any], draw: random.Random) -> None:
        self._number += 1
        request_id, asked_s = f"{self.run}-r{self._number}", time.time()
        body = json.dumps({**wish, "request_id": request_id, "hold": True}).encode()
        answer = await self._ask(connection, "/dispatch/matches", body)
        answered_s = time.time()
        if answer.status != 200:
            await asyncio.sleep(_PAUSE_S)
            return
        self.rides.matches += 1
        match = answer.json()
        offer = match["offer"]
        if offer is None:
            self.rides.decisions.append(match["decision_id"])
            return
        driver_id, fence = offer["driver_id"], offer["fence"]
        self.rides.offers.append(KnownOffer(request_id, driver_id, fence, offer["offer_id"]))
        until_s = datetime.fromisoformat(offer["expires_at"]).timestamp()
        self.rides.watch.add(
            driver_id, request_id, fence, asked_s=asked_s, answered_s=answered_s, until_s=until_s
        )
        for step in draw.choices(list(_FATES), list(_FATES.values()))[0]:
            if not await self._step(connection, request_id, step, driver_id, fence):
                break

    async def _step(
        self, connection: Connection, request_id: str, step: str, driver_id: str, fence: int
    ) -> bool:
        """Do a step until it is answered; whether it was done, for all that the client knows."""
        if step in _ENDING:
            self.rides.watch.release(driver_id, fence, time.time())
        body = b"" if step in _BY_RIDER else json.dumps({"fence": fence}).encode()
        for _ in range(_TRIES):
            answer = await self._ask(connection, f"/dispatch/requests/{request_id}/{step}", body)
            if answer.status == 200:
                ride = answer.json()
                self.rides.steps.append(KnownStep(request_id, ride["version"], ride["state"]))
                if step == "accept":
                    self.rides.watch.keep(driver_id, fence)
                return True
            if answer.status == 409:  # too late, or the first try was done and its answer was lost
                return False
            await asyncio.sleep(_PAUSE_S)
        return False

    async def _ask(self, connection: Connection, path: str, body: bytes, **options: str) -> Answer:
        answer = await connection.ask("POST", path, body, **options)
        self.account.answered(f"POST {path} {answer.body[:200]!r}", answer.status)
        return answer
