"""Events and their answer, as the documentation describes them. The rules are those of ``domain/reading.py``."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import RowFailure
from drivetrain.adapters.http.openapi import Component
from drivetrain.dispatch.events.domain.events import DriverStatus
from drivetrain.dispatch.events.domain.identity import LONGEST_ID
from drivetrain.dispatch.events.domain.reading import DRIVER_UPDATE, RIDER_REQUEST

_Schema = dict[str, Any]


class EventCounts(TypedDict):
    """How many events were kept, how many requests were known before, and how many events were refused."""

    accepted: int
    repeated: int
    refused: int


class EventsTaken(TypedDict):
    """What became of the events; of those that were refused the first hundred, rows counted from 1."""

    counts: EventCounts
    refused: list[RowFailure]


def _id(description: str) -> _Schema:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_ID,
        "description": f"{description} Case and spaces around it make no difference.",
    }


def _number(low: float, high: float, description: str) -> _Schema:
    return {"type": "number", "minimum": low, "maximum": high, "description": description}


_LATITUDE = _number(-90, 90, "Degrees, WGS 84.")
_LONGITUDE = _number(-180, 180, "Degrees, WGS 84.")
_INSTANT = {"type": "string", "description": "ISO 8601 instant with its zone, by the clock of the device."}
_STATUS = {"type": "string", "enum": [status.value for status in DriverStatus]}
_CLAIMS = {
    "accept_rate_7d": _number(0, 1, "Share of offers accepted in seven days, as the sender counts."),
    "avg_response_ms": _number(
        10, 3_600_000, "Mean time to answer an offer, as the sender counts. Unit: ms."
    ),
}
_PAIR: _Schema = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 2,
    "maxItems": 2,
    "description": "Latitude and longitude, degrees.",
}
_PLACE: _Schema = {
    "oneOf": [
        {
            "type": "object",
            "required": ["latitude", "longitude"],
            "additionalProperties": False,
            "properties": {"latitude": _LATITUDE, "longitude": _LONGITUDE},
        },
        _PAIR,
    ]
}


def _event(name: str, kind: str, required: list[str], fields: _Schema) -> Component:
    return Component(
        name,
        {
            "type": "object",
            "required": ["event_type", *required],
            "additionalProperties": False,
            "properties": {"event_type": {"type": "string", "const": kind}, **fields},
        },
    )


DRIVER = _event(
    "DriverUpdate",
    DRIVER_UPDATE,
    ["driver_id", "latitude", "longitude", "status", "occurred_at"],
    {
        "driver_id": _id("Whose position it is."),
        "sequence": {
            "type": "integer",
            "minimum": 0,
            "description": "Counts up for each driver; an update with a smaller one than the last is not applied. Without "
            "it the instant counts.",
        },
        "latitude": _LATITUDE,
        "longitude": _LONGITUDE,
        "status": _STATUS,
        "vehicle": _id("What they drive, such as sedan."),
        "occurred_at": _INSTANT,
        **_CLAIMS,
    },
)
REQUEST = _event(
    "RiderRequest",
    RIDER_REQUEST,
    ["request_id", "rider_id", "origin", "occurred_at"],
    {
        "request_id": _id("Of this request; the same one again changes nothing."),
        "rider_id": _id("Who wants to be driven."),
        "origin": _PLACE,
        "destination": _PLACE,
        "preferred_vehicle": _id("What the rider wants to be driven in."),
        "occurred_at": _INSTANT,
    },
)
FLAT_DRIVER = _event(
    "FlatDriverUpdate",
    DRIVER_UPDATE,
    ["driver_id", "lat", "lon", "status", "timestamp"],
    {
        "driver_id": _id("Whose position it is."),
        "lat": _LATITUDE,
        "lon": _LONGITUDE,
        "status": _STATUS,
        "timestamp": {**_INSTANT, "description": "ISO 8601 instant; UTC where it has no zone."},
        **_CLAIMS,
    },
)
FLAT_REQUEST = _event(
    "FlatRiderRequest",
    RIDER_REQUEST,
    ["request_id", "rider_id", "origin", "timestamp"],
    {
        "request_id": _id("Of this request; the same one again changes nothing."),
        "rider_id": _id("Who wants to be driven."),
        "origin": _PAIR,
        "dest": _PAIR,
        "pref_vehicle": _id("What the rider wants to be driven in."),
        "timestamp": {**_INSTANT, "description": "ISO 8601 instant; UTC where it has no zone."},
    },
)

_ONE = {"anyOf": [DRIVER, REQUEST, FLAT_DRIVER, FLAT_REQUEST]}
EVENTS = {"oneOf": [_ONE, {"type": "array", "minItems": 1, "items": _ONE}]}
"""One event, or a list."""
