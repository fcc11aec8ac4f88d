"""What suggesting a price asks of a loaded model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.rental.price.model.predictor import PriceEstimate, PriceEstimates


class PriceModel(Protocol):
    """One loaded version of the price model."""

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate(self, rows: Columns) -> PriceEstimates:
        """Prices with their ranges."""
        ...

    def estimate_one(self, row: Row) -> PriceEstimate:
        """The price of one row with its range: the bits of ``estimate``."""
        ...

    def rare_makes(self, rows: Columns, features: FloatArray) -> Sequence[int]:
        """Places of the rows whose make the contract knows, and the training table hardly.

        Args:
            features: shape (n_rows, n_features).
        """
        ...

    def explain(self, row: Row, features: FloatArray, price_per_day: float) -> PriceExplanation:
        """Why one row has its price.

        Args:
            features: shape (n_features,).
            price_per_day: as suggested, in whole cents; the reasons add up to it.
        """
        ...
