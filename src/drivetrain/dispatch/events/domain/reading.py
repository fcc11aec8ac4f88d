"""Reading events: the platform's own shape, and the flat one that public projects send.

Both are accepted for every event, and their names may be mixed: ``lat`` is ``latitude``, ``timestamp`` is
``occurred_at``. What cannot be true is refused with a stable code and the place in the event; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from drivetrain.core.city import great_circle_km
from drivetrain.core.errors import FieldError
from drivetrain.core.text import nearest
from drivetrain.core.time import read_instant
from drivetrain.dispatch.events.domain.events import DriverStatus, DriverUpdate, Event, Place, RiderRequest
from drivetrain.dispatch.events.domain.identity import LONGEST_ID, identity
from drivetrain.dispatch.events.domain.places import City, read_place

DRIVER_UPDATE, RIDER_REQUEST = "driver_update", "rider_request"

ALIASES: Mapping[str, str] = {
    "lat": "latitude",
    "lon": "longitude",
    "lng": "longitude",
    "timestamp": "occurred_at",
    "dest": "destination",
    "pref_vehicle": "preferred_vehicle",
}
"""Names of the flat shape, each with our own."""

_DRIVER_FIELDS = frozenset(
    {
        "event_type", "driver_id", "sequence", "latitude", "longitude", "status", "vehicle", "occurred_at",
        "accept_rate_7d", "avg_response_ms",
    }
)  # fmt: skip
_REQUEST_FIELDS = frozenset(
    {
        "event_type", "request_id", "rider_id", "origin", "destination", "preferred_vehicle", "occurred_at",
    }
)  # fmt: skip

LONGEST_TRIP_KM = 300.0
"""Between two ends that are farther apart, one coordinate is wrong."""

_LARGEST_SEQUENCE = 2**62
_FEWEST_RESPONSE_MS, _MOST_RESPONSE_MS = 10.0, 3_600_000.0
"""Nobody answers in less: such a figure is in seconds."""

_STATUSES = {status.value: status for status in DriverStatus}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OFFSET = re.compile(r"[+-]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an event may say.

    Attributes:
        ahead_s: how far the clock of a device may be ahead of ours, seconds.
        behind_s: how long ago an event may have occurred, seconds.
        cities: in which places must lie; none for anywhere.
    """

    ahead_s: float
    behind_s: float
    cities: Sequence[City] = ()


class _FieldProblem(Exception):
    """A field cannot be what it says."""

    def __init__(self, error: FieldError) -> None:
        super().__init__(error.code)
        self.error = error


def _problem(code: str, detail: str, pointer: str) -> _FieldProblem:
    return _FieldProblem(FieldError(f"dispatch.{code}", detail, pointer))


def read_event(fields: object, received_at: datetime, limits: Limits) -> Event | FieldError:
    """The event that a decoded JSON object describes, or the first thing that is wrong with it."""
    try:
        if not isinstance(fields, dict):
            raise _problem("not_an_object", "An event must be a JSON object.", "")
        kind = fields.get("event_type")
        if kind == DRIVER_UPDATE:
            return _driver_update(_named(fields, _DRIVER_FIELDS), received_at, limits)
        if kind == RIDER_REQUEST:
            return _rider_request(_named(fields, _REQUEST_FIELDS), received_at, limits)
        raise _problem(
            "unknown_event_type", f"event_type must be {DRIVER_UPDATE} or {RIDER_REQUEST}.", "/event_type"
        )
    except _FieldProblem as problem:
        return _as_sent(problem.error, fields)


def _named(fields: Mapping[str, object], known: frozenset[str]) -> Mapping[str, object]:
    """The fields under our own names."""
    if fields.keys() <= known:
        return fields
    named: dict[str, object] = {}
    for name, value in fields.items():
        own = ALIASES.get(name, name)
        if own not in known:
            hints = nearest(name[:LONGEST_ID], sorted(known), most=1)
            hint = f" Is {hints[0]} meant?" if hints else ""
            raise _problem("unknown_field", f"This field is not known.{hint}", _pointer(name))
        if own in named:
            raise _problem("field_given_twice", f"{own} is given twice, under two names.", _pointer(name))
        named[own] = _with_zone(value) if name == "timestamp" else value
    return named


def _with_zone(instant: object) -> object:
    """The flat shape's instants are UTC, whether they say so or not."""
    if not isinstance(instant, str) or instant.endswith(("Z", "z", "UTC")) or _OFFSET.search(instant, 10):
        return instant
    return f"{instant}Z"


def _as_sent(error: FieldError, fields: object) -> FieldError:
    """The error with the name that the sender gave to the field."""
    first, *rest = error.pointer.removeprefix("/").split("/")
    if not isinstance(fields, dict) or first in fields:
        return error
    alias = next((name for name, own in ALIASES.items() if own == first and name in fields), first)
    return replace(error, pointer="/" + "/".join([alias, *rest])) if first else error


def _driver_update(fields: Mapping[str, object], received_at: datetime, limits: Limits) -> DriverUpdate:
    occurred_us = _occurred_us(fields, received_at, limits)
    sequence = fields.get("sequence")
    if sequence is None:
        sequence = occurred_us
    elif type(sequence) is not int or not 0 <= sequence < _LARGEST_SEQUENCE:
        raise _problem("bad_sequence", "sequence must be a whole number, 0 or more.", "/sequence")
    status = fields.get("status")
    known = _STATUSES.get(status) if isinstance(status, str) else None
    if known is None:
        raise _problem("unknown_status", f"status must be one of {', '.join(_STATUSES)}.", "/status")
    return DriverUpdate(
        _id(fields, "driver_id"),
        sequence,
        _place(fields.get("latitude"), fields.get("longitude"), ("/latitude", "/longitude"), limits),
        known,
        _optional_id(fields, "vehicle"),
        occurred_us,
        _bounded(fields, "accept_rate_7d", 0.0, 1.0, "It is a share."),
        _bounded(
            fields,
            "avg_response_ms",
            _FEWEST_RESPONSE_MS,
            _MOST_RESPONSE_MS,
            "It is in milliseconds; a smaller number seems to be in seconds.",
        ),
    )


def _rider_request(fields: Mapping[str, object], received_at: datetime, limits: Limits) -> RiderRequest:
    origin = _end(fields, "origin", limits)
    destination = None if fields.get("destination") is None else _end(fields, "destination", limits)
    if destination is not None and _distance_km(origin, destination) > LONGEST_TRIP_KM:
        raise _problem(
            "ends_too_far_apart",
            f"Origin and destination are more than {LONGEST_TRIP_KM:.0f} km apart; check their coordinates.",
            "/destination",
        )
    return RiderRequest(
        _id(fields, "request_id"),
        _id(fields, "rider_id"),
        origin,
        destination,
        _optional_id(fields, "preferred_vehicle"),
        _occurred_us(fields, received_at, limits),
    )


def _end(fields: Mapping[str, object], name: str, limits: Limits) -> Place:
    """One end of a ride: ``[latitude, longitude]``, or an object with the two."""
    end = fields.get(name)
    if isinstance(end, list) and len(end) == 2:
        return _place(end[0], end[1], (f"/{name}/0", f"/{name}/1"), limits)
    if isinstance(end, dict) and end.keys() == {"latitude", "longitude"}:
        pointers = (f"/{name}/latitude", f"/{name}/longitude")
        return _place(end["latitude"], end["longitude"], pointers, limits)
    raise _problem(
        "bad_place", f"{name} must be [latitude, longitude] or an object with the two.", f"/{name}"
    )


def _place(latitude: object, longitude: object, pointers: tuple[str, str], limits: Limits) -> Place:
    place = read_place(latitude, longitude, pointers, limits.cities)
    if isinstance(place, FieldError):
        raise _FieldProblem(place)
    return place


def _id(fields: Mapping[str, object], name: str) -> str:
    text = fields.get(name)
    known = identity(text) if isinstance(text, str) else None
    if known is None:
        raise _problem(
            "bad_id", f"{name} must be a text of 1 to {LONGEST_ID} printable characters.", f"/{name}"
        )
    return known


def _optional_id(fields: Mapping[str, object], name: str) -> str:
    return "" if fields.get(name) is None else _id(fields, name)


def _bounded(fields: Mapping[str, object], name: str, low: float, high: float, hint: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise _problem(
            f"{name}_out_of_range",
            f"{name} must be a number between {low:g} and {high:,.0f}. {hint}",
            f"/{name}",
        )
    return float(value)


def _occurred_us(fields: Mapping[str, object], received_at: datetime, limits: Limits) -> int:
    text = fields.get("occurred_at")
    if not isinstance(text, str):
        raise _problem(
            "bad_instant",
            "It must be a text, an ISO 8601 instant such as 2026-05-01T09:30:00Z; a number might be seconds "
            "or milliseconds.",
            "/occurred_at",
        )
    try:
        instant = read_instant(text)
    except ValueError:
        raise _problem(
            "bad_instant",
            "It must be an ISO 8601 instant with its zone, such as 2026-05-01T09:30:00Z.",
            "/occurred_at",
        ) from None
    age_s = (received_at - instant).total_seconds()
    if -age_s > limits.ahead_s:
        raise _problem(
            "in_the_future",
            f"It lies more than {limits.ahead_s:g} s ahead of this server's clock; check the clock of the device.",
            "/occurred_at",
        )
    if age_s > limits.behind_s:
        hint = " Were seconds read as milliseconds?" if instant.year == _EPOCH.year else ""
        raise _problem("too_old", f"It is older than {limits.behind_s:,.0f} s.{hint}", "/occurred_at")
    return (instant - _EPOCH) // _MICROSECOND


def _distance_km(one: Place, other: Place) -> float:
    ends = (one.latitude, one.longitude, other.latitude, other.longitude)
    return float(great_circle_km(*map(np.asarray, ends)))


def _pointer(name: str) -> str:
    return "/" + name[:LONGEST_ID].replace("~", "~0").replace("/", "~1")
