"""The windows as one piece of bytes, from which a worker that starts goes on."""

from __future__ import annotations

import zlib

import numpy as np

from drivetrain.core.event_log import Offsets
from drivetrain.dispatch.features.application.follow_steps import WindowsCopy
from drivetrain.dispatch.features.domain.steps import Repeats
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT
from drivetrain.dispatch.features.domain.windows import DriverWindows, TiledCounts
from drivetrain.dispatch.state.adapters.framing import frame, unframe

_FORM = "2"
"""Of these bytes; the layout's hash stands for what the numbers mean."""

_LEVEL = 1  # most tiles of most drivers are empty


def pack(windows: DriverWindows, offsets: Offsets, appended_us: int) -> bytes:
    """The windows of all drivers.

    Args:
        offsets: up to which the log was counted.
        appended_us: when the newest step was appended, microseconds since 1970.
    """
    size, tables = len(windows), (windows.offers, windows.trips)
    head = {
        "form": _FORM,
        "layout": STATS_LAYOUT.digest,
        "offsets": list(offsets.items()),
        "newest_us": appended_us,
        "driver_ids": windows.driver_ids,
        "newest_tiles": [table.newest for table in tables],
        "repeats": [
            [partition, [[span, list(steps)] for span, steps in spans.items()]]
            for partition, spans in windows.repeats.spans.items()
        ],
    }
    counted = b"".join(  # row by row: a copy of all at once would keep other threads waiting
        row[:size].tobytes() for table in tables for counts in table.counts.values() for row in counts
    )
    return frame(head, [np.frombuffer(zlib.compress(counted, _LEVEL), dtype=np.uint8)])


def unpack(data: bytes) -> WindowsCopy | None:
    """The windows in bytes that ``pack`` gave.

    None for others, damaged ones, and those of other definitions of the features: their numbers mean something else,
    and the log is counted anew.
    """
    framed = unframe(data)
    if framed is None:
        return None
    head, start = framed
    if (head.get("form"), head.get("layout")) != (_FORM, STATS_LAYOUT.digest):
        return None
    size = len(head["driver_ids"])
    repeats = Repeats({partition: dict(spans) for partition, spans in head["repeats"]})
    windows = DriverWindows.restored(head["driver_ids"], head["newest_us"], repeats, max(1, size))
    counted, at = zlib.decompress(memoryview(data)[start:]), 0
    for table, newest in zip((windows.offers, windows.trips), head["newest_tiles"], strict=True):
        table.newest = newest
        at = _fill(table, counted, at, size)
    return WindowsCopy(windows, dict(head["offsets"]))


def _fill(table: TiledCounts, data: bytes, start: int, size: int) -> int:
    """Take the counters of a table over from where they begin; where the next ones do."""
    for counts in table.counts.values():
        count = len(counts) * size
        kept = np.frombuffer(data, dtype=counts.dtype, count=count, offset=start)
        counts[:, :size] = kept.reshape(len(counts), size)
        start += kept.nbytes
    return start
