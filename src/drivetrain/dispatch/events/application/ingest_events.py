"""Taking events in: good ones are kept, each of the others is answered with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from drivetrain.core.errors import FieldError
from drivetrain.core.time import Clock
from drivetrain.dispatch.events.application.ports import Arrivals, EventKeeper, RequestsById
from drivetrain.dispatch.events.domain.events import DriverUpdate, RiderRequest
from drivetrain.dispatch.events.domain.reading import Limits, read_event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_READ_AT_ONCE = 50
"""More events are read on a thread, so that other requests need not wait for them."""


@dataclass(slots=True)
class Ingestion:
    """What became of the rows of one body.

    Attributes:
        accepted: durable now.
        repeated: requests that were known before, and say the same again.
        refused: the reason of each refused row, by 1-based row.
    """

    accepted: int = 0
    repeated: int = 0
    refused: dict[int, FieldError] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """What was read of some rows: good events, and the reason of each other row.

    Attributes:
        requests: by 1-based row.
        refused: by 1-based row.
    """

    received_at: datetime
    updates: list[DriverUpdate] = field(default_factory=list)
    requests: dict[int, RiderRequest] = field(default_factory=dict)
    refused: dict[int, FieldError] = field(default_factory=dict)

    @property
    def arrivals(self) -> Arrivals:
        """What is to be kept: of several requests with one id the first."""
        firsts = {request.request_id: request for request in reversed(self.requests.values())}
        received_us = (self.received_at - _EPOCH) // _MICROSECOND
        return Arrivals(self.updates, list(firsts.values()), received_us)

    def ingestion(self, standing: RequestsById) -> Ingestion:
        """What became of each row, once the good ones are kept.

        Args:
            standing: the request that stands under each id.
        """
        ingestion = Ingestion(accepted=len(self.updates), refused=dict(self.refused))
        for number, request in self.requests.items():
            _count(ingestion, number, request, standing[request.request_id])
        return ingestion


def read_rows(rows: Sequence[object], received_at: datetime, limits: Limits) -> Reading:
    """Read decoded events; a ``FieldError`` stands in place of one that could not be decoded."""
    reading = Reading(received_at)
    for number, row in enumerate(rows, 1):
        event = row if isinstance(row, FieldError) else read_event(row, received_at, limits)
        if isinstance(event, DriverUpdate):
            reading.updates.append(event)
        elif isinstance(event, RiderRequest):
            reading.requests[number] = event
        else:
            reading.refused[number] = event
    return reading


@dataclass(frozen=True, slots=True)
class IngestEvents:
    """Checks events and keeps the good ones.

    One bad event must not hold up those that came with it: devices cannot mend each other's events.
    """

    keeper: EventKeeper
    limits: Limits
    clock: Clock

    async def __call__(self, rows: Sequence[object]) -> Ingestion:
        """Keep what can be kept.

        Args:
            rows: decoded events; a ``FieldError`` in place of one that could not be decoded.

        Raises:
            UnavailableError: nothing was kept; sending the same again does no harm.
        """
        now = self.clock.now()
        if len(rows) > _READ_AT_ONCE:
            reading = await asyncio.to_thread(read_rows, rows, now, self.limits)
        else:
            reading = read_rows(rows, now, self.limits)
        arrivals = reading.arrivals
        return reading.ingestion(await self.keeper.keep(arrivals) if len(arrivals) else {})


def _count(ingestion: Ingestion, number: int, request: RiderRequest, standing: RiderRequest) -> None:
    """Account for one request beside the one that stands under its id."""
    if standing is request:
        ingestion.accepted += 1
    elif standing == request:
        ingestion.repeated += 1
    else:
        ingestion.refused[number] = FieldError(
            "dispatch.request_differs",
            "A request of this id was made before, and it says something else.",
            "/request_id",
        )
