"""Events of dispatch, as devices send them and as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from drivetrain.core.errors import FieldError
from drivetrain.dispatch.events.application.ports import Arrivals, RequestsById
from drivetrain.dispatch.events.domain.events import DriverStatus, DriverUpdate, Event, Place, RiderRequest
from drivetrain.dispatch.events.domain.reading import Limits, read_event

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
LIMITS = Limits(ahead_s=60, behind_s=86_400)


def driver(**changes: Any) -> dict[str, Any]:
    """A driver update in the platform's shape; a field of None is left out."""
    fields = {
        "event_type": "driver_update",
        "driver_id": "driver_7",
        "sequence": 3,
        "latitude": 40.71,
        "longitude": -74.0,
        "status": "idle",
        "vehicle": "sedan",
        "occurred_at": NOW.isoformat(),
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def flat_driver(**changes: Any) -> dict[str, Any]:
    """The same in the flat shape."""
    fields = {
        "event_type": "driver_update",
        "driver_id": "driver_7",
        "lat": 40.71,
        "lon": -74.0,
        "status": "idle",
        "timestamp": NOW.isoformat(),
        "accept_rate_7d": 0.9,
        "avg_response_ms": 400,
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def rider(**changes: Any) -> dict[str, Any]:
    """A request in the platform's shape."""
    fields = {
        "event_type": "rider_request",
        "request_id": "r-1",
        "rider_id": "rider_1",
        "origin": {"latitude": 40.7, "longitude": -74.0},
        "destination": {"latitude": 40.8, "longitude": -74.0},
        "preferred_vehicle": "sedan",
        "occurred_at": NOW.isoformat(),
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def flat_rider(**changes: Any) -> dict[str, Any]:
    """The same in the flat shape."""
    fields = {
        "event_type": "rider_request",
        "request_id": "r-1",
        "rider_id": "rider_1",
        "origin": [40.7, -74.0],
        "dest": [40.8, -74.0],
        "timestamp": NOW.isoformat(),
        "pref_vehicle": "sedan",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def read(fields: object, limits: Limits = LIMITS) -> Event | FieldError:
    """What is read of an event that arrives now."""
    return read_event(fields, NOW, limits)


def update(driver_id: str = "d", sequence: int = 1, **changes: Any) -> DriverUpdate:
    """An update as a value."""
    values = {
        "place": Place(40.7, -74.0),
        "status": DriverStatus.IDLE,
        "vehicle": "",
        "occurred_us": micros(NOW),
        **changes,
    }
    return DriverUpdate(driver_id, sequence, **values)


def request(request_id: str = "r", rider_id: str = "rider") -> RiderRequest:
    """A request as a value."""
    return RiderRequest(request_id, rider_id, Place(40.7, -74.0), None, "", micros(NOW))


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class MemoryEventStore:
    """Keeps events in lists."""

    def __init__(self) -> None:
        self.updates: list[DriverUpdate] = []
        self.requests: dict[str, RiderRequest] = {}

    def write(self, group: Sequence[Arrivals]) -> RequestsById:
        for arrivals in group:
            self.updates += arrivals.updates
            for each in arrivals.requests:
                self.requests.setdefault(each.request_id, each)
        return self.requests

    async def keep(self, arrivals: Arrivals) -> Mapping[str, RiderRequest]:
        return self.write([arrivals])


class CountingNotifier:
    """Counts how often readers would be woken."""

    def __init__(self) -> None:
        self.count = 0

    def notify(self) -> None:
        self.count += 1
