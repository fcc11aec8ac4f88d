"""What the resale use cases ask of the world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.price.domain.bands import PriceBands
from drivetrain.resale.price.model.predictor import CarEstimates
from drivetrain.resale.segments.domain.segments import InterestReason, Segment
from drivetrain.resale.segments.model.predictor import Places
from drivetrain.resale.used.domain.value import CurvePoint, FutureValue, UsedCarValue
from drivetrain.resale.used.model.predictor import ValueEstimates
from drivetrain.resale.valuation.domain.money import ValuationExplanation


class CarPrices(Protocol):
    """One loaded version of the car price model."""

    bands: PriceBands

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate(self, rows: Columns) -> CarEstimates:
        """Prices with their ranges."""
        ...

    def explain(self, row: Row, features: FloatArray, price: float) -> ValuationExplanation:
        """Why one car has its price.

        Args:
            features: shape (n_features,).
            price: as answered, in whole cents; the reasons add up to it.
        """
        ...


class UsedCarValues(Protocol):
    """One loaded version of a market's used-car model.

    Attributes:
        usual_distance: what a car of the table is driven in a year, in the market's unit.
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

    def explain(self, row: Row, features: FloatArray, value: float) -> ValuationExplanation:
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


class BuyerSegments(Protocol):
    """One loaded version of the buyer segments."""

    segments: Sequence[Segment]
    is_synthetic: bool

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate(self, rows: Columns) -> Places:
        """Where profiles belong."""
        ...

    def explain(self, row: Row, features: FloatArray, first: str, second: str | None) -> list[InterestReason]:
        """What speaks for the first segment against the second.

        Args:
            features: shape (n_features,).
            first, second: ids of segments.
        """
        ...
