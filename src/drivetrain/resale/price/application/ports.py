"""What valuing a car of the 1985 table asks of a loaded model."""

from __future__ import annotations

from typing import Protocol

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.price.model.predictor import CarEstimates
from drivetrain.resale.valuation.domain.bands import PriceBands


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

    def explain(self, row: Row, features: FloatArray, price: float) -> PriceExplanation:
        """Why one car has its price.

        Args:
            features: shape (n_features,).
            price: as answered, in whole cents; the reasons add up to it.
        """
        ...
