"""Scored rides in PostgreSQL's binary COPY format, built by numpy: a million rows in a fraction of a second.

Every field has a fixed width, so a row is one structured element and a block is the bytes of an array.
Unknown amounts travel as NaN; the statement that takes the rows over makes them NULL. Format:
https://www.postgresql.org/docs/current/sql-copy.html, section "Binary Format". All numbers are big-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from drivetrain.trips.slots.application.ports import ScoredRides
from drivetrain.trips.slots.domain.ids import trip_ids

BLOCK_ROWS = 4_096

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH = np.datetime64("2000-01-01", "us")

STAGED = {
    "trip_id": ("uuid", "V16"),
    "pickup_community_area": ("smallint", ">i2"),
    "dropoff_community_area": ("smallint", ">i2"),
    "trip_start_timestamp": ("timestamptz", ">i8"),
    "fare": ("double precision", ">f8"),
    "trip_total": ("double precision", ">f8"),
    "trip_miles": ("double precision", ">f8"),
    "predicted_duration": ("double precision", ">f8"),
    "predicted_low": ("double precision", ">f8"),
    "predicted_high": ("double precision", ">f8"),
}
"""The columns that differ from ride to ride: SQL type and numpy type of each, in the order of the copy."""

_ROW = np.dtype(
    [("fields", ">i2")]
    + [part for name, (_, kind) in STAGED.items() for part in ((f"{name} octets", ">i4"), (name, kind))]
)


def copy_blocks(slot_at: datetime, scored: ScoredRides) -> Iterator[bytes]:
    """The whole copy in blocks of ``BLOCK_ROWS`` rows; the first has the header, the last the trailer."""
    rows = _rows(slot_at, scored)
    head = _HEADER
    for start in range(0, len(rows), BLOCK_ROWS):
        yield head + rows[start : start + BLOCK_ROWS].tobytes()
        head = b""
    yield head + _TRAILER


def _rows(slot_at: datetime, scored: ScoredRides) -> NDArray[np.void]:
    rides, estimates = scored.rides, scored.estimates
    columns = (
        trip_ids(slot_at, len(rides)),
        rides.pickup_community_area,
        rides.dropoff_community_area,
        (rides.trip_start_timestamp.astype("datetime64[us]") - _EPOCH).astype(np.int64),
        rides.fare,
        rides.trip_total,
        rides.trip_miles,
        estimates.duration_min,
        estimates.low,
        estimates.high,
    )
    rows = np.empty(len(rides), dtype=_ROW)
    rows["fields"] = len(STAGED)
    for (name, (_, kind)), values in zip(STAGED.items(), columns, strict=True):
        rows[f"{name} octets"] = np.dtype(kind).itemsize
        rows[name] = values
    return rows
