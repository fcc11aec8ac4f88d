"""What the trips use cases ask of the world."""

from __future__ import annotations

from typing import Protocol

from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.features import Columns, FloatArray
from drivetrain.lifecycle.predictions import ModelRef
from drivetrain.trips.domain.duration import DurationExplanation
from drivetrain.trips.domain.rides import Rides
from drivetrain.trips.model.duration.predictor import DurationEstimates


class DurationModel(Protocol):
    """One loaded version of the trip duration model."""

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate(self, rows: Columns) -> DurationEstimates:
        """Durations of checked rows, with their ranges."""
        ...

    def estimate_rides(self, rides: Rides) -> DurationEstimates:
        """The same figures for rides by column, to the bit, however many come together."""
        ...

    def explain(self, row: Row, features: FloatArray, duration_min: float) -> DurationExplanation:
        """Why one trip takes so long.

        Args:
            features: shape (n_features,).
            duration_min: as answered; the reasons add up to it.
        """
        ...
