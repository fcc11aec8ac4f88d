"""Updates of drivers as columns, and what becomes of them by a plain loop that shares nothing with the product."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.dispatch.state.domain.drivers import STATUS_CODES, DriverTable, UpdateColumns

FRESH_US = 1_000_000


@dataclass(frozen=True)
class Update:
    driver_id: str
    sequence: int
    latitude: float = 40.7
    longitude: float = -74.0
    status: str = "idle"
    vehicle: str = ""
    at_us: int = FRESH_US


def columns(updates: Sequence[Update]) -> UpdateColumns:
    return UpdateColumns(
        [u.driver_id for u in updates],
        np.array([u.sequence for u in updates], dtype=np.int64),
        np.array([u.latitude for u in updates], dtype=np.float64),
        np.array([u.longitude for u in updates], dtype=np.float64),
        np.array([STATUS_CODES[u.status] for u in updates], dtype=np.uint8),
        [u.vehicle for u in updates],
        np.array([u.at_us for u in updates], dtype=np.int64),
    )


def table_of(*batches: Sequence[Update]) -> DriverTable:
    table = DriverTable()
    for batch in batches:
        table.apply(columns(batch))
    return table


def state_of(table: DriverTable) -> dict[str, tuple[int, float, float, int, str, int]]:
    c, vehicles = table.columns, table.vehicles
    return {
        driver: (
            int(c.sequences[place]),
            float(c.latitudes[place]),
            float(c.longitudes[place]),
            int(c.statuses[place]),
            vehicles[c.vehicles[place]],
            int(c.at_us[place]),
        )
        for place, driver in enumerate(table.driver_ids)
    }


def newest_of_each(updates: Sequence[Update]) -> dict[str, Update]:
    """The update of each driver with the largest sequence; of equal ones the first."""
    newest: dict[str, Update] = {}
    for update in updates:
        if update.driver_id not in newest or update.sequence > newest[update.driver_id].sequence:
            newest[update.driver_id] = update
    return newest


def distance_km(latitude: float, longitude: float, update: Update) -> float:
    """Great-circle distance by the cosine of the angle between two unit vectors."""

    def vector(lat: float, lon: float) -> tuple[float, float, float]:
        lat, lon = math.radians(lat), math.radians(lon)
        return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)

    one, other = vector(latitude, longitude), vector(update.latitude, update.longitude)
    return 2 * 6_371.0 * math.asin(math.dist(one, other) / 2)
