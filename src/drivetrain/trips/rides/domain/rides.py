"""Rides by column: what the scheduled scoring draws or reads for one slot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError

_FINGERPRINT_CHARS = 32


@dataclass(frozen=True, slots=True)
class Rides:
    """Rides in the order in which they are numbered, one array per field, each of shape (n_rides,).

    Attributes:
        pickup_community_area, dropoff_community_area: 1 to 77; 0 outside the city, or unknown.
        trip_start_timestamp: instants as numpy ``datetime64[us]``, UTC.
        fare, trip_total: USD; NaN unknown. Known only after the ride: never a feature.
        trip_miles: driven, miles; NaN unknown. Known only after the ride: never a feature.
        duration_min: how long the ride took, minutes; NaN unknown. The truth: never a feature.

    Raises:
        InvalidInputError: the arrays differ in length.
    """

    pickup_community_area: NDArray[np.int16]
    dropoff_community_area: NDArray[np.int16]
    trip_start_timestamp: NDArray[np.datetime64]
    fare: NDArray[np.float64]
    trip_total: NDArray[np.float64]
    trip_miles: NDArray[np.float64]
    duration_min: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together."""
        lengths = {len(column) for column in self.columns()}
        if len(lengths) > 1:
            raise InvalidInputError(
                f"The columns of rides differ in length: {sorted(lengths)}.", code="trips.ragged_rides"
            )

    def __len__(self) -> int:
        """Number of rides."""
        return len(self.pickup_community_area)

    def part(self, start: int, stop: int) -> Rides:
        """Rides ``start`` to ``stop - 1``, as views."""
        return Rides(*(column[start:stop] for column in self.columns()))

    def chosen(self, index: NDArray[Any]) -> Rides:
        """Some rides, by their numbers or by a mark for each."""
        return Rides(*(column[index] for column in self.columns()))

    def fingerprint(self) -> str:
        """What identifies the rides and how long they took, 32 hexadecimal digits; the same for the same rides only.

        Areas, starts, and durations to the millisecond: two machines may differ in the last bit of a drawn
        number.
        """
        durations_ms = np.round(np.nan_to_num(self.duration_min, nan=-1.0) * 60_000).astype(np.int64)
        digest = hashlib.sha256(len(self).to_bytes(8, "little"))
        for column in (
            self.pickup_community_area.astype("<i2"),
            self.dropoff_community_area.astype("<i2"),
            self.trip_start_timestamp.astype("datetime64[us]").astype("<i8"),
            durations_ms.astype("<i8"),
        ):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()[:_FINGERPRINT_CHARS]

    def columns(self) -> Iterator[Any]:
        """The arrays, in the order of the fields."""
        return (getattr(self, field.name) for field in fields(self))
