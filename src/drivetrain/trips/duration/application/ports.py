"""What the trips use cases ask of the world."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.duration.domain.duration import DurationExplanation
from drivetrain.trips.duration.model.predictor import DurationEstimates
from drivetrain.trips.rides.domain.rides import Rides


class RideEstimates(Protocol):
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


class RideModel(Protocol):
    """One version of the trip duration model, as the scoring of many rides asks of it."""

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate_rides(self, rides: Rides) -> RideEstimates:
        """The figures of rides by column, the same to the bit however many come together."""
        ...


class DurationModel(Protocol):
    """One loaded version of the trip duration model, as single answers ask of it."""

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate(self, rows: Columns) -> DurationEstimates:
        """Durations of checked rows, with their ranges."""
        ...

    def explain(self, row: Row, features: FloatArray, duration_min: float) -> DurationExplanation:
        """Why one trip takes so long.

        Args:
            features: shape (n_features,).
            duration_min: as answered; the reasons add up to it.
        """
        ...
