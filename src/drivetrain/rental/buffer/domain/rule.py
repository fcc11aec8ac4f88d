"""Chained rentals and the buffer rule: which bookings a minimum gap touches, and which conflicts it avoids.

A *chained* rental starts at most twelve hours after the planned end of the previous rental of its car.
Its *gap* is that planned distance; it is in *conflict* when the previous car came back after the
planned start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import InvalidInputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
NumberArray = NDArray[np.integer | np.floating]

LONGEST_GAP_MIN = 720
"""The source calls two rentals chained up to twelve hours apart; no rule can be judged beyond that."""

THRESHOLDS_MIN: IntArray = np.arange(LONGEST_GAP_MIN + 1, dtype=np.int64)
"""Every threshold the lab looks at: 0 to 720 minutes, shape (721,)."""


STEP_MIN = 30
"""The source plans in half hours: thresholds between two half hours touch the same bookings."""


class CheckinType(StrEnum):
    """How the keys change hands."""

    CONNECT = "connect"
    MOBILE = "mobile"


class BufferScope(StrEnum):
    """Which rentals a threshold applies to, by the check-in type of the later rental."""

    ALL = "all"
    CONNECT = "connect"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True, eq=False)
class ChainedRentals:
    """The rentals of a table that have a known previous one, and how many rentals each car has at all.

    Attributes:
        rental_id: shape (n_chained,).
        gap_min: planned start minus planned end of the previous rental, minutes, 0 to 720.
        previous_delay_min: how late the previous car came back, minutes; < 0 early, NaN unknown.
        is_connect: True where the later rental is opened by phone, which decides its scope.
        is_canceled: True where the later rental did not happen.
        car: index of the car, 0 to n_cars - 1.
        rentals_by_car: all rentals of each car, chained or not, shape (n_cars,).
    """

    rental_id: IntArray
    gap_min: FloatArray
    previous_delay_min: FloatArray
    is_connect: BoolArray
    is_canceled: BoolArray
    car: IntArray
    rentals_by_car: IntArray

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        shapes = {
            column.shape
            for column in (
                self.rental_id,
                self.gap_min,
                self.previous_delay_min,
                self.is_connect,
                self.is_canceled,
                self.car,
            )
        }
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise InvalidInputError(
                "The columns of chained rentals must be flat and equally long.", code="rental.chain_shape"
            )
        if not np.all((self.gap_min >= 0) & (self.gap_min <= LONGEST_GAP_MIN)):  # also catches NaN
            raise InvalidInputError(
                f"Every gap must lie between 0 and {LONGEST_GAP_MIN} minutes.", code="rental.gap_out_of_range"
            )
        if len(self.car) and not 0 <= self.car.min() <= self.car.max() < len(self.rentals_by_car):
            raise InvalidInputError(
                "Every car index must point into rentals_by_car.", code="rental.chain_shape"
            )

    def __len__(self) -> int:
        return len(self.gap_min)

    @property
    def n_cars(self) -> int:
        """Cars of the table, with or without chained rentals."""
        return len(self.rentals_by_car)

    @property
    def is_known(self) -> BoolArray:
        """True where the previous delay is known. Unknown is not "on time"."""
        return np.isfinite(self.previous_delay_min)

    @property
    def wait_min(self) -> FloatArray:
        """Minutes from the planned start to the return of the car; <= 0 no wait, NaN unknown."""
        return self.previous_delay_min - self.gap_min

    @property
    def is_conflict(self) -> BoolArray:
        """True where the previous car is known to have come back after the planned start."""
        return self.wait_min > 0

    def in_scope(self, scope: BufferScope) -> BoolArray:
        """Mark the rentals a scope contains."""
        if scope is BufferScope.ALL:
            return np.ones(len(self), dtype=np.bool_)
        return self.is_connect if scope is BufferScope.CONNECT else ~self.is_connect


@dataclass(frozen=True, slots=True)
class BufferRule:
    """A minimum gap for each check-in type; equal thresholds make it uniform.

    Attributes:
        connect_min, mobile_min: whole minutes, 0 (no rule) to 720.
    """

    connect_min: int
    mobile_min: int

    def __post_init__(self) -> None:
        """Refuse thresholds the lab cannot judge."""
        for threshold_min in (self.connect_min, self.mobile_min):
            check_threshold(threshold_min)

    def threshold_min(self, checkin_type: CheckinType) -> int:
        """The threshold for one check-in type."""
        return self.connect_min if checkin_type is CheckinType.CONNECT else self.mobile_min


def uniform(threshold_min: int) -> BufferRule:
    """The rule with one threshold for all cars."""
    return BufferRule(threshold_min, threshold_min)


def thresholds_by_step(step_min: int = STEP_MIN) -> list[int]:
    """The thresholds 0, step, 2 steps, ... up to 720 minutes.

    Raises:
        InvalidInputError: the step is less than a minute.
    """
    if step_min < 1:
        raise InvalidInputError("The step must be at least one minute.", code="rental.step_out_of_range")
    return list(range(0, LONGEST_GAP_MIN + 1, step_min))


def check_threshold(threshold_min: int) -> None:
    """Accept a whole number of minutes from 0 to 720.

    Raises:
        InvalidInputError: it is anything else.
    """
    is_whole = isinstance(threshold_min, (int, np.integer)) and not isinstance(threshold_min, bool)
    if not is_whole or not 0 <= threshold_min <= LONGEST_GAP_MIN:
        raise InvalidInputError(
            f"A threshold must be a whole number of minutes between 0 and {LONGEST_GAP_MIN}.",
            code="rental.threshold_out_of_range",
        )
