"""The features of a driver by views, and the packed record that is compiled from them.

These definitions are the only ones: worker, lake, ledger and the feature store of the extra take names, order and kinds
from here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

UNKNOWN_STATUS = 255

Records = NDArray[np.void]
"""Packed records, shape (n,), of the ``dtype`` of a layout."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time that ends now, counted by tiles: it begins where the tile begins in which its first instant lies.

    So it covers its length and at most one tile more.

    Attributes:
        length_us: microseconds, a multiple of the tile.
        tile_us: microseconds.
    """

    length_us: int
    tile_us: int

    @property
    def tiles(self) -> int:
        """How many tiles it can touch: those of its length, and the one that has begun."""
        return self.length_us // self.tile_us + 1

    def first_tile(self, as_of_us: int) -> int:
        """The number of the oldest tile that counts at an instant; tiles are numbered from 1970 on."""
        return (as_of_us - self.length_us) // self.tile_us


SEVEN_DAYS = Window(7 * DAY_US, 6 * HOUR_US)
ONE_HOUR = Window(HOUR_US, 5 * MINUTE_US)


@dataclass(frozen=True, slots=True)
class Feature:
    """One number of a driver.

    Attributes:
        kind: as numpy writes it, with its byte order.
        missing: what stands there where it is not known, in words of the definition; part of the hash.
        definition: which events count, and how; part of the hash, so that a new meaning is a new layout.
    """

    name: str
    kind: str
    unit: str
    missing: str
    definition: str
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class FeatureView:
    """Features of a driver that come from the same events.

    Attributes:
        ttl_us: so long after the last of its events a value is still one, microseconds.
    """

    name: str
    ttl_us: int
    features: Sequence[Feature]


DRIVER_STATUS = FeatureView(
    "driver_status",
    5 * MINUTE_US,
    (
        Feature(
            "status",
            "|u1",
            "code of idle 0, on_trip 1, offline 2",
            "255",
            "Of the update with the largest sequence; missing where its position is older than the time to live.",
        ),
    ),
)

DRIVER_STATS = FeatureView(
    "driver_stats",
    8 * DAY_US,
    (
        Feature(
            "accept_rate_7d",
            "<f4",
            "share",
            "NaN",
            "Steps accept / steps accept, decline and expire that the log got in the window.",
            SEVEN_DAYS,
        ),
        Feature(
            "avg_response_ms",
            "<f4",
            "milliseconds",
            "NaN",
            "Mean from offer to answer, over the steps accept and decline that the log got in the window.",
            SEVEN_DAYS,
        ),
        Feature("trips_1h", "<u4", "trips", "0", "Steps complete that the log got in the window.", ONE_HOUR),
    ),
)

VIEWS = (DRIVER_STATUS, DRIVER_STATS)


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """How the features of one driver are packed.

    Attributes:
        dtype: a field for each feature, without gaps, in the order of the views.
        digest: of everything that gives the bytes their meaning; whoever reads bytes of another one must not.
    """

    dtype: np.dtype[np.void]
    digest: str

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in their order."""
        return self.dtype.names or ()

    def empty(self, count: int) -> Records:
        """Records of drivers of whom nothing is known."""
        records = np.zeros(count, dtype=self.dtype)
        for name in self.names:
            if name == "status":
                records[name] = UNKNOWN_STATUS
            elif self.dtype[name].kind == "f":
                records[name] = np.nan
        return records

    def numbers(self, records: Records) -> NDArray[np.float64]:
        """The features as numbers, shape (n, n_features); NaN where one is missing. Nothing is rounded."""
        columns = [records[name].astype(np.float64) for name in self.names]
        for name, column in zip(self.names, columns, strict=True):
            if name == "status":
                column[column == UNKNOWN_STATUS] = np.nan
        return np.column_stack(columns) if len(records) else np.empty((0, len(self.names)))


def compile_layout(views: Sequence[FeatureView]) -> RecordLayout:
    """The packed record of some views.

    Raises:
        ValueError: two features have one name.
    """
    features = [feature for view in views for feature in view.features]
    names = [feature.name for feature in features]
    if len(set(names)) < len(names):
        raise ValueError(f"features of one name: {names}")
    text = json.dumps([_plain(view) for view in views], sort_keys=True, separators=(",", ":"))
    dtype = np.dtype([(feature.name, feature.kind) for feature in features])
    return RecordLayout(dtype, hashlib.sha256(text.encode()).hexdigest()[:16])


def _plain(view: FeatureView) -> dict[str, Any]:
    return {
        "name": view.name,
        "ttl_us": view.ttl_us,
        "features": [
            {
                "name": feature.name,
                "kind": feature.kind,
                "unit": feature.unit,
                "missing": feature.missing,
                "definition": feature.definition,
                "window": None
                if feature.window is None
                else [feature.window.length_us, feature.window.tile_us],
            }
            for feature in view.features
        ],
    }


LAYOUT = compile_layout(VIEWS)
STATUS_LAYOUT = compile_layout((DRIVER_STATUS,))
STATS_LAYOUT = compile_layout((DRIVER_STATS,))
