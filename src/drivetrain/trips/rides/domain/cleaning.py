"""Which reported rides are believed: the taximeters report zeros, days and fortunes as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivetrain.trips.rides.domain.rides import Rides

SHORTEST_MIN, LONGEST_DRIVEN_MIN = 1.0, 180.0
"""Under a minute nobody was driven anywhere; over three hours a meter was left running."""

LEAST_MILES, MOST_MILES = 0.1, 100.0
"""Meters count tenths of a mile; 0 is what a silent odometer reports."""

FASTEST_MPH = 80.0
"""Average speed that no ride through the city reaches."""

LEAST_FARE_USD, MOST_FARE_USD = 3.25, 300.0
"""The flag drop of the tariff; a hundred miles and the wait cost less than the most."""


def believable(rides: Rides) -> NDArray[np.bool_]:
    """Mark the rides that the demand is learned from and compared on, shape (n_rides,).

    Areas may be unknown; duration, miles, fare and total may not, and lie within the bounds above. The total
    is at least the fare.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mph = rides.trip_miles / (rides.duration_min / 60)
        is_believable: NDArray[np.bool_] = (
            (rides.duration_min >= SHORTEST_MIN)
            & (rides.duration_min <= LONGEST_DRIVEN_MIN)
            & (rides.trip_miles >= LEAST_MILES)
            & (rides.trip_miles <= MOST_MILES)
            & (mph <= FASTEST_MPH)
            & (rides.fare >= LEAST_FARE_USD)
            & (rides.fare <= MOST_FARE_USD)
            & (rides.trip_total >= rides.fare - 0.005)  # cents, as binary fractions
        )
    return is_believable
