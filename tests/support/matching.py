"""What matching needs, in memory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from tests.support.dispatch import NOW, micros
from tests.support.driver_columns import Update, table_of
from tests.support.fakes import FixedClock

from drivetrain.core.errors import ConflictError
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.features.application.ports import ShownFeatures
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT
from drivetrain.dispatch.matching.application.match_rider import MatchRider, Ride
from drivetrain.dispatch.matching.application.ports import Hold, WantedHold
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.domain.cells import index_of
from drivetrain.lifecycle.serving.predictions import Decision, RequestContext

CENTER = Place(40.7, -74.0)
NOW_US = micros(NOW)


class KnownDrivers:
    """Idle drivers along a street to the north, each 100 m farther than the last: ``d0`` is the nearest."""

    def __init__(self, count: int = 20, *, vehicle: str = "") -> None:
        updates = [
            Update(f"d{n}", 1, CENTER.latitude + n * 0.0009, CENTER.longitude, vehicle=vehicle, at_us=NOW_US)
            for n in range(count)
        ]
        self.index = index_of(table_of(updates), now_us=NOW_US, not_before_us=0)
        self.not_before_us = NOW_US - 60_000_000
        self.at_us = NOW_US
        self.is_catching_up = False

    def now_us(self) -> int:
        return self.at_us


class KeptDecisions:
    """A ledger in a list."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    async def append(self, decision: Decision) -> None:
        self.decisions.append(decision)


class MemoryHolder:
    """Holds drivers as the port says, for 12 s.

    Attributes:
        elsewhere: drivers whom another process holds.
        wanted: what was asked, in order.
        ahead_s: how far its clock is ahead of the callers'.
    """

    def __init__(self, elsewhere: Sequence[str] = ()) -> None:
        self.elsewhere = set(elsewhere)
        self.wanted: list[WantedHold] = []
        self.offers: dict[str, str] = {}
        self.decisions: list[Decision] = []
        self.error: Exception | None = None
        self.ahead_s = 0

    async def hold(self, wanted: WantedHold) -> Hold | None:
        self.wanted.append(wanted)
        if self.error is not None:
            raise self.error
        if wanted.driver_id in self.elsewhere:
            return None
        if wanted.request_id in self.offers:
            raise ConflictError("offered", code="dispatch.already_offered")
        self.elsewhere.add(wanted.driver_id)
        self.offers[wanted.request_id] = wanted.driver_id
        self.decisions.append(wanted.decision)
        return Hold(len(self.wanted), NOW + timedelta(seconds=12 + self.ahead_s))


def matching(drivers: KnownDrivers, ledger: KeptDecisions, radius_km: float = 10.0) -> MatchRider:
    return MatchRider(drivers, PickUpPolicy(), FixedClock(NOW), radius_km, ledger)


def ride(request_id: str | None = None, vehicle: str = "") -> Ride:
    return Ride("rider", request_id, CENTER, None, vehicle)


def context() -> RequestContext:
    return RequestContext("app", "request", time.perf_counter())


class ShownForTwo:
    """What is known of d0 and d1."""

    def __init__(self) -> None:
        records = STATS_LAYOUT.empty(3)
        records["accept_rate_7d"][:2] = 0.5, 0.25
        records["trips_1h"][:2] = 3, 1
        self.shown: ShownFeatures | None = ShownFeatures({"d0": 0, "d1": 1, "later": 7}, records, 99, {2: 17})
