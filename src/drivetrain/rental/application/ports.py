"""What the rental use cases ask of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.features import Columns
from drivetrain.lifecycle.predictions import ModelRef
from drivetrain.rental.domain.price import PriceExplanation

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PriceEstimates:
    """Prices for rows, EUR per day.

    Attributes:
        features: what the model saw, shape (n_rows, n_features).
        price, low, high: shape (n_rows,), ``0 < low <= price <= high``.
    """

    features: FloatArray
    price: FloatArray
    low: FloatArray
    high: FloatArray


class PriceModel(Protocol):
    """One loaded version of the price model."""

    @property
    def ref(self) -> ModelRef:
        """Which version this is."""
        ...

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


Rows = Sequence[Row]
