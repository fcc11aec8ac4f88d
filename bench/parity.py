"""How quickly the hourly comparison of features reads the log: it counts a week of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.event_log import NewEvent
from drivetrain.core.ids import new_id
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.application.check_parity import CheckParity
from drivetrain.dispatch.features.application.ports import SeenFeatures
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT

BODY, DRIVERS = 1_000, 100_000


@dataclass(frozen=True, slots=True)
class _OneDecision:
    seen: SeenFeatures

    def newest(self, most: int) -> list[SeenFeatures]:
        """The one."""
        return [self.seen]


def steps_per_s(log: PostgresEventLog, bodies: int) -> float:
    """Append so many thousand steps of rides, and count them anew for a decision that named five drivers."""
    now = datetime.now(UTC)
    for body in range(bodies):
        rides = range(body * BODY, (body + 1) * BODY)
        log.append({REQUESTS: [NewEvent(f"ride-{ride}", _accepted(ride, now)) for ride in rides]})
    drivers = [f"driver_{number}" for number in range(5)]
    seen = SeenFeatures(
        new_id(),
        STATS_LAYOUT.digest,
        int(datetime.now(UTC).timestamp() * 1e6),
        log.ends(REQUESTS),
        drivers,
        STATS_LAYOUT.numbers(STATS_LAYOUT.empty(len(drivers))),
    )
    began = time.perf_counter()
    CheckParity(log, decode_steps, _OneDecision(seen))()
    return bodies * BODY / (time.perf_counter() - began)


def _accepted(ride: int, at: datetime) -> bytes:
    fields = {
        "kind": "accept",
        "request_id": f"ride-{ride}",
        "version": 2,
        "driver_id": f"driver_{ride % DRIVERS}",
        "at": iso_utc(at),
        "offered_at": iso_utc(at - timedelta(seconds=4)),
    }
    return orjson.dumps(fields)
