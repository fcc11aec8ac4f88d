"""The drivers of a part of the map, for the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.dispatch.events.domain.events import DriverStatus, Place
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.domain.drivers import STATUSES


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map, degrees."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class ShownDriver:
    """A driver as this process knows them.

    Attributes:
        vehicle: empty where it is not known.
        at_us: when they were there, microseconds since 1970.
        is_fresh: whether the position is young enough to be matched.
    """

    driver_id: str
    place: Place
    status: DriverStatus
    vehicle: str
    at_us: int
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class DriversInBox:
    """Drivers in a part of the map.

    Attributes:
        drivers: the most recently heard of first; not all where there are more than were asked for.
        total: how many there are.
        by_status: fresh ones by status.
        stale: those whose position is too old.
        now_us: the instant, microseconds since 1970.
    """

    drivers: Sequence[ShownDriver]
    total: int
    by_status: Mapping[DriverStatus, int]
    stale: int
    now_us: int


@dataclass(frozen=True, slots=True)
class ShowDrivers:
    """Lists the drivers in a part of the map."""

    following: FollowDrivers

    def __call__(self, box: Box, *, most: int) -> DriversInBox:
        """The drivers in a box.

        Raises:
            ContractError: ``dispatch.bad_box``; the box has no inside.
        """
        if not (-90 <= box.south < box.north <= 90 and -180 <= box.west < box.east <= 180):
            detail = "bbox must be south,west,north,east in degrees, south below north and west below east."
            raise ContractError([FieldError("dispatch.bad_box", detail, "/query/bbox")])
        not_before_us = self.following.not_before_us
        with self.following.table() as table:
            columns = table.columns
            inside = np.flatnonzero(
                (columns.latitudes >= box.south)
                & (columns.latitudes <= box.north)
                & (columns.longitudes >= box.west)
                & (columns.longitudes <= box.east)
            )
            is_fresh = columns.at_us[inside] >= not_before_us
            counts = np.bincount(columns.statuses[inside[is_fresh]], minlength=len(STATUSES))
            newest = inside[np.argsort(-columns.at_us[inside], kind="stable")[:most]]
            vehicles, driver_ids = table.vehicles, table.driver_ids
            drivers = [
                ShownDriver(
                    driver_ids[place],
                    Place(float(columns.latitudes[place]), float(columns.longitudes[place])),
                    STATUSES[columns.statuses[place]],
                    vehicles[columns.vehicles[place]],
                    int(columns.at_us[place]),
                    bool(columns.at_us[place] >= not_before_us),
                )
                for place in newest.tolist()
            ]
        return DriversInBox(
            drivers,
            len(inside),
            {status: int(count) for status, count in zip(STATUSES, counts, strict=True)},
            int((~is_fresh).sum()),
            self.following.now_us(),
        )
