"""Drivers by cells of a part of the map, where there are more than can be told apart one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.dispatch.events.domain.events import DriverStatus
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.application.show_drivers import Box
from drivetrain.dispatch.state.domain.drivers import STATUS_CODES

CELLS_ACROSS = 40
"""Along the longer side of the box."""

SMALLEST_BOX_DEGREES = 1e-6
"""A tenth of a meter. Parts of a much smaller box could no longer be told apart, or be of no size at all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the map with fresh drivers in it."""

    box: Box
    idle: int
    on_trip: int


@dataclass(frozen=True, slots=True)
class CountCells:
    """Counts drivers by cells that are about square on the ground."""

    following: FollowDrivers

    @property
    def is_synthetic(self) -> bool:
        """Whether any driver that is known, inside or not, is made up."""
        with self.following.table() as table:
            return table.synthetic > 0

    def __call__(self, box: Box) -> Sequence[Cell]:
        """The cells of a box in which somebody is, from its south and west on.

        Raises:
            ContractError: ``dispatch.bad_box``; the box has no inside, or next to none.
        """
        is_on_map = -90 <= box.south <= box.north <= 90 and -180 <= box.west <= box.east <= 180
        if not (is_on_map and min(box.north - box.south, box.east - box.west) >= SMALLEST_BOX_DEGREES):
            detail = "bbox must be south,west,north,east in degrees, each side at least 0.000001 long."
            raise ContractError([FieldError("dispatch.bad_box", detail, "/query/bbox")])
        rows, columns = _grid(box)
        high, wide = (box.north - box.south) / rows, (box.east - box.west) / columns
        not_before_us = self.following.not_before_us
        with self.following.table() as table:
            drivers = table.columns
            inside = np.flatnonzero(
                (drivers.at_us >= not_before_us)
                & (drivers.latitudes >= box.south)
                & (drivers.latitudes <= box.north)
                & (drivers.longitudes >= box.west)
                & (drivers.longitudes <= box.east)
            )
            row = np.minimum((drivers.latitudes[inside] - box.south) // high, rows - 1).astype(np.int64)
            column = np.minimum((drivers.longitudes[inside] - box.west) // wide, columns - 1).astype(np.int64)
            statuses = drivers.statuses[inside]
        cells, size = row * columns + column, rows * columns
        idle, on_trip = (
            np.bincount(cells[statuses == STATUS_CODES[status]], minlength=size)
            for status in (DriverStatus.IDLE, DriverStatus.ON_TRIP)
        )
        return [
            Cell(
                Box(
                    box.south + high * (cell // columns),
                    box.west + wide * (cell % columns),
                    box.south + high * (cell // columns + 1),
                    box.west + wide * (cell % columns + 1),
                ),
                int(idle[cell]),
                int(on_trip[cell]),
            )
            for cell in np.flatnonzero(idle + on_trip).tolist()
        ]


def _grid(box: Box) -> tuple[int, int]:
    """How many rows and columns, each 1 to ``CELLS_ACROSS``."""
    high = box.north - box.south
    wide = (box.east - box.west) * math.cos(math.radians((box.south + box.north) / 2))
    side = max(high, wide) / CELLS_ACROSS
    rows, columns = (min(CELLS_ACROSS, max(1, round(length / side))) for length in (high, wide))
    return rows, columns
