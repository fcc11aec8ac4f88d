"""From the columns of a table of trips to rides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import InstantArray
from drivetrain.core.errors import ContractError, FieldError, InvalidInputError
from drivetrain.trips.city.domain.areas import areas_of
from drivetrain.trips.rides.domain.clock import spread
from drivetrain.trips.rides.domain.rides import Rides

DATASET_NAME = "chicago-taxi"
"""The table of the installation that rides are learned from."""

START = "trip_start_timestamp"
NUMBERS = (
    "pickup_community_area",
    "dropoff_community_area",
    "trip_seconds",
    "trip_miles",
    "fare",
    "trip_total",
)
COLUMNS = (START, *NUMBERS)
"""What is needed of a table; the published names of the raw days."""


def rides_of(columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> Rides:
    """The rides of a table, in order of their starts.

    Args:
        columns: those of ``COLUMNS``, of one length. Starts are instants as ``datetime64``, UTC, rounded to
            quarters of an hour as published; here they are spread over them. Rides without a start are left
            out. Of the numbers, None and NaN are unknown; an area that is no whole number from 1 to 77 is
            unknown.

    Raises:
        ContractError: a column is missing.
        InvalidInputError: the columns differ in length, or hold words where numbers belong.
    """
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise ContractError(
            [
                FieldError("input.missing_column", f"The column {name} is missing.", column=name)
                for name in missing
            ],
            subject="The table of trips",
        )
    try:
        starts = np.asarray(columns[START], dtype="datetime64[us]")
        numbers = {name: np.array(columns[name], dtype=np.float64) for name in NUMBERS}
    except (ValueError, TypeError):
        raise InvalidInputError(
            "The columns of trips are instants and numbers.", code="trips.bad_columns"
        ) from None
    rides = Rides(
        pickup_community_area=areas_of(numbers["pickup_community_area"]),
        dropoff_community_area=areas_of(numbers["dropoff_community_area"]),
        trip_start_timestamp=starts,
        fare=numbers["fare"],
        trip_total=numbers["trip_total"],
        trip_miles=numbers["trip_miles"],
        duration_min=numbers["trip_seconds"] / 60,
    )
    return _in_order(rides.chosen(~np.isnat(starts)))


def _in_order(rides: Rides) -> Rides:
    starts: InstantArray = spread(rides.trip_start_timestamp)
    order = np.argsort(starts, kind="stable")
    return replace(rides.chosen(order), trip_start_timestamp=starts[order])
