"""The events of dispatch as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from drivetrain.core.event_log import EventTopic

DRIVERS = EventTopic("dispatch.drivers", 8)
"""Updates of drivers, by driver."""

REQUESTS = EventTopic("dispatch.requests", 4)
"""Requests of riders and what became of them, by request."""


REQUESTS_CHANNEL = "drivetrain_requests"
"""Of notices that riders have asked."""


class DriverStatus(StrEnum):
    """What a driver says of themselves; only who is idle is offered rides."""

    IDLE = "idle"
    ON_TRIP = "on_trip"
    OFFLINE = "offline"


class Place(NamedTuple):
    """A place on the ground, degrees (WGS 84)."""

    latitude: float
    longitude: float


class DriverUpdate(NamedTuple):
    """Where a driver is, and what they do. A tuple, like its place: thousands a second are made, in a third of the time.

    Attributes:
        sequence: counts up for each driver; of two updates the one with the larger number is the newer, whichever
            comes first. A device that does not count has the instant in its place, microseconds since 1970.
        occurred_us: by the clock of the device, microseconds since 1970.
        vehicle: what they drive; empty for any.
        accept_rate_7d: share of offers that the sender says the driver accepted in seven days, in [0, 1]; None unknown.
        avg_response_ms: how long the sender says the driver takes to answer an offer; None unknown.
    """

    driver_id: str
    sequence: int
    place: Place
    status: DriverStatus
    vehicle: str
    occurred_us: int
    accept_rate_7d: float | None = None
    avg_response_ms: float | None = None


@dataclass(frozen=True, slots=True)
class RiderRequest:
    """Somebody wants to be driven.

    Attributes:
        destination: None where the rider has not said.
        preferred_vehicle: empty for any.
        occurred_us: by the clock of the device, microseconds since 1970.
    """

    request_id: str
    rider_id: str
    origin: Place
    destination: Place | None
    preferred_vehicle: str
    occurred_us: int


Event = DriverUpdate | RiderRequest
