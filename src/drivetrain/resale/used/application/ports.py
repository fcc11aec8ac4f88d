"""What valuing a used car asks of a loaded model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.used.domain.value import CurvePoint, FutureValue, Novelty, UsedCarValue
from drivetrain.resale.used.model.predictor import ValueEstimates


class UsedCarValues(Protocol):
    """One loaded version of a country's used-car model.

    Attributes:
        usual_distance: what a car of the table is driven in a year, in the country's unit.
    """

    usual_distance: float

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate(self, rows: Columns) -> ValueEstimates:
        """Values with their ranges; columns that the model does not know are left alone."""
        ...

    def values(self, estimates: ValueEstimates) -> Sequence[UsedCarValue]:
        """Estimates as they are answered, in whole cents."""
        ...

    def novelties(self, rows: Columns, features: FloatArray) -> Mapping[int, Novelty]:
        """What the training table hardly shows, by the place of the row; for rows of which there is something.

        Args:
            features: shape (n_rows, n_features).
        """
        ...

    def explain(self, row: Row, features: FloatArray, value: float) -> PriceExplanation:
        """Why one car has its value.

        Args:
            features: shape (n_features,).
            value: as answered, in whole cents; the reasons add up to it.
        """
        ...

    def curve_over_distance(self, row: Row) -> Sequence[CurvePoint]:
        """The value of the same car with another distance driven; it never rises."""
        ...

    def curve_over_age(self, row: Row) -> Sequence[CurvePoint]:
        """The value of the same car, as far driven, at another age in years; it never rises."""
        ...

    def future(self, row: Row, years: int, distance_per_year: float | None) -> Sequence[FutureValue]:
        """The value after 1, 2, ... years.

        Raises:
            InvalidInputError: years or distance are out of range.
        """
        ...
