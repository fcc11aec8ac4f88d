"""What the resale use cases ask of the world."""

from __future__ import annotations

from typing import Protocol

from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.features import Columns, FloatArray
from drivetrain.lifecycle.predictions import ModelRef
from drivetrain.resale.domain.bands import PriceBands
from drivetrain.resale.domain.price import ValuationExplanation
from drivetrain.resale.model.price.predictor import CarEstimates


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
