"""Updates as they stand in the log, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from drivetrain.core.errors import FieldError
from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.adapters.encoding import decode_bodies
from drivetrain.dispatch.state.domain.drivers import STATUS_CODES, UpdateColumns

_LARGEST = 2**63 - 1
_DEGREES = (("latitude", 90), ("longitude", 180))


def decode_updates(batch: EventBatch) -> UpdateColumns:
    """The updates of a batch; events that somebody else wrote there and that are none are left out."""
    rows = [
        (fields, appended)
        for fields, appended in zip(decode_bodies(batch.bodies), batch.appended_us, strict=True)
        if fields is not None and not _wrong_field(fields)
    ]
    return _columns([fields for fields, _ in rows], [appended for _, appended in rows])


def flaws(bodies: Sequence[bytes]) -> dict[int, FieldError]:
    """Why some bodies are no updates, by their place."""
    flawed = {}
    for place, (body, fields) in enumerate(zip(bodies, decode_bodies(bodies), strict=True)):
        if fields is None:
            flawed[place] = _not_an_object(body)
        elif name := _wrong_field(fields):
            flawed[place] = FieldError(
                "dispatch.bad_field", "Missing, or nothing that an update has.", f"/{name}"
            )
    return flawed


def _columns(updates: Sequence[Mapping[str, Any]], appended_us: Sequence[int]) -> UpdateColumns:
    occurred = np.array([fields["occurred_us"] for fields in updates], dtype=np.int64)
    return UpdateColumns(
        [fields["driver_id"] for fields in updates],
        np.array([fields["sequence"] for fields in updates], dtype=np.int64),
        np.array([fields["latitude"] for fields in updates], dtype=np.float64),
        np.array([fields["longitude"] for fields in updates], dtype=np.float64),
        np.array([STATUS_CODES[fields["status"]] for fields in updates], dtype=np.uint8),
        [fields["vehicle"] for fields in updates],
        np.minimum(occurred, np.array(appended_us, dtype=np.int64)),
    )


def _wrong_field(fields: Mapping[str, Any]) -> str:
    """The first field that an object lacks or has wrong; empty for an update. Quick, because it is asked of all."""
    name = ""
    try:
        for name in ("driver_id", "vehicle"):
            if type(fields[name]) is not str:
                return name
        for name in ("sequence", "occurred_us"):
            if type(fields[name]) is not int or not 0 <= fields[name] <= _LARGEST:
                return name
        for name, most in _DEGREES:
            if not -most <= fields[name] <= most:
                return name
        name = "status"
        return "" if fields[name] in STATUS_CODES else name
    except (KeyError, TypeError):
        return name


def _not_an_object(body: bytes) -> FieldError:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return FieldError("dispatch.not_json", "It is no JSON.")
    return FieldError("dispatch.not_an_object", "It is no JSON object.")
