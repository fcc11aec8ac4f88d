"""What the use cases of trips need from elsewhere, in our words."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.predictions import ModelRef
from drivetrain.trips.domain.rides import Rides


class DurationEstimates(Protocol):
    """Durations of rides with their ranges, minutes; each of shape (n_rides,)."""

    @property
    def duration_min(self) -> NDArray[np.float64]:
        """The expected duration."""
        ...

    @property
    def low(self) -> NDArray[np.float64]:
        """Lower end of the range."""
        ...

    @property
    def high(self) -> NDArray[np.float64]:
        """Upper end of the range."""
        ...


class DurationModel(Protocol):
    """One version of the trip duration model."""

    @property
    def ref(self) -> ModelRef:
        """Which version."""
        ...

    def estimate_rides(self, rides: Rides) -> DurationEstimates:
        """Estimate every ride in one pass, by what is known before it."""
        ...
