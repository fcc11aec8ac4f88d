"""The drivers as one piece of bytes: their columns as they are in memory, behind a head of JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from drivetrain.core.event_log import Offsets
from drivetrain.dispatch.state.adapters.framing import frame, unframe
from drivetrain.dispatch.state.application.ports import DriverCopy
from drivetrain.dispatch.state.domain.drivers import OTHER_VEHICLE, DriverTable, UpdateColumns

_COLUMNS = {
    "sequences": "<i8",
    "latitudes": "<f8",
    "longitudes": "<f8",
    "at_us": "<i8",
    "vehicles": "<u2",
    "statuses": "<u1",
}
_LAYOUT = ",".join(f"{name}:{kind}" for name, kind in _COLUMNS.items())


def pack(table: DriverTable, offsets: Offsets, appended_us: int) -> bytes:
    """The drivers of a table.

    Those whose vehicle is not told apart are left out: they are heard of again before anybody misses them.

    Args:
        offsets: up to which the log was applied to it.
        appended_us: when the newest event was appended, microseconds since 1970.
    """
    columns = table.columns
    kept = np.flatnonzero(columns.vehicles != OTHER_VEHICLE)
    ids = table.driver_ids
    head = {
        "layout": _LAYOUT,
        "offsets": list(offsets.items()),
        "appended_us": appended_us,
        "vehicles": table.vehicles,
        "driver_ids": ids if len(kept) == len(ids) else [ids[place] for place in kept.tolist()],
    }
    return frame(head, [getattr(columns, name)[kept].astype(kind) for name, kind in _COLUMNS.items()])


def unpack(data: bytes) -> DriverCopy | None:
    """The drivers in bytes that ``pack`` gave; None for others, those of another release and damaged ones."""
    framed = unframe(data)
    if framed is None or framed[0].get("layout") != _LAYOUT:
        return None
    head, start = framed
    ids = head["driver_ids"]
    columns: dict[str, Any] = {}
    for name, kind in _COLUMNS.items():
        columns[name] = np.frombuffer(data, dtype=kind, count=len(ids), offset=start)
        start += columns[name].nbytes
    vehicles = head["vehicles"]
    updates = UpdateColumns(
        ids,
        columns["sequences"],
        columns["latitudes"],
        columns["longitudes"],
        columns["statuses"],
        [vehicles[code] for code in columns["vehicles"].tolist()],
        columns["at_us"],
    )
    return DriverCopy(updates, dict(head["offsets"]), head["appended_us"])
