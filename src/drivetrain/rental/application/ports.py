"""What the rental use cases ask of the world."""

from __future__ import annotations

from typing import Protocol

from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.features import Columns, FloatArray
from drivetrain.lifecycle.predictions import ModelRef
from drivetrain.rental.domain.price import PriceExplanation
from drivetrain.rental.model.price.predictor import PriceEstimates


class PriceModel(Protocol):
    """One loaded version of the price model."""

    ref: ModelRef

    def estimate(self, rows: Columns) -> PriceEstimates:
        """Prices with their ranges."""
        ...

    def explain(self, row: Row, features: FloatArray, price_per_day: float) -> PriceExplanation:
        """Why one row has its price.

        Args:
            features: shape (n_features,).
            price_per_day: as suggested, in whole cents; the reasons add up to it.
        """
        ...


class LivePriceModel(Protocol):
    """The handle of what is served now."""

    def current(self) -> PriceModel:
        """The loaded model.

        Raises:
            ModelNotReadyError: nothing has been loaded yet.
        """
        ...
