"""Updates as they stand in the log, as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.adapters.encoding import decode_bodies
from drivetrain.dispatch.state.domain.drivers import STATUS_CODES, UpdateColumns

_LARGEST = 2**63 - 1


def decode_updates(batch: EventBatch) -> UpdateColumns:
    """The updates of a batch; events that somebody else wrote there and that are none are left out."""
    rows = [
        (fields, appended)
        for fields, appended in zip(decode_bodies(batch.bodies), batch.appended_us, strict=True)
        if fields is not None and _is_update(fields)
    ]
    return _columns([fields for fields, _ in rows], [appended for _, appended in rows])


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


def _is_update(fields: Mapping[str, Any]) -> bool:
    """Whether an object has what is read of it. Quick, because it is asked of every event."""
    try:
        return (
            type(fields["driver_id"]) is str
            and type(fields["vehicle"]) is str
            and type(fields["sequence"]) is int
            and 0 <= fields["sequence"] <= _LARGEST
            and type(fields["occurred_us"]) is int
            and 0 <= fields["occurred_us"] <= _LARGEST
            and -90 <= fields["latitude"] <= 90
            and -180 <= fields["longitude"] <= 180
            and fields["status"] in STATUS_CODES
        )
    except (KeyError, TypeError):
        return False
