"""Events as they stand in the log: JSON, so that they can be read in ten years and by a query today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from drivetrain.core.event_log import NewEvent
from drivetrain.dispatch.events.domain.events import DriverUpdate, Place, RiderRequest


def encode_update(update: DriverUpdate) -> NewEvent:
    """An update, under its driver."""
    fields: dict[str, Any] = {
        "driver_id": update.driver_id,
        "sequence": update.sequence,
        "latitude": update.place.latitude,
        "longitude": update.place.longitude,
        "status": update.status,
        "vehicle": update.vehicle,
        "occurred_us": update.occurred_us,
    }
    if update.accept_rate_7d is not None:
        fields["accept_rate_7d"] = update.accept_rate_7d
    if update.avg_response_ms is not None:
        fields["avg_response_ms"] = update.avg_response_ms
    return NewEvent(update.driver_id, orjson.dumps(fields))


def encode_request(request: RiderRequest) -> NewEvent:
    """A request, under its id."""
    fields = {
        "kind": "requested",
        "request_id": request.request_id,
        "rider_id": request.rider_id,
        "origin": _pair(request.origin),
        "destination": None if request.destination is None else _pair(request.destination),
        "preferred_vehicle": request.preferred_vehicle,
        "occurred_us": request.occurred_us,
    }
    return NewEvent(request.request_id, orjson.dumps(fields))


def decode_bodies(bodies: Sequence[bytes]) -> list[dict[str, Any] | None]:
    """The objects of some bodies; None for one that is none.

    All at once, which takes half of the time; one by one where something in them cannot be read.
    """
    try:
        decoded = orjson.loads(b"[" + b",".join(bodies) + b"]")
    except orjson.JSONDecodeError:
        decoded = ()
    if len(decoded) != len(bodies):
        decoded = [_decoded(body) for body in bodies]
    return [fields if isinstance(fields, dict) else None for fields in decoded]


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _pair(place: Place) -> list[float]:
    return [place.latitude, place.longitude]
