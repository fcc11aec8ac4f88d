"""The price that is suggested: rounded money, its range, and reasons that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.money import to_cents

FloatArray = NDArray[np.float64]

COVERAGE = 0.9
"""Share of asking prices that the range is calibrated to hold."""


@dataclass(frozen=True, slots=True)
class PriceReason:
    """What one field does to the price, in EUR per day, against the average listing."""

    name: str
    value: object
    effect: float


@dataclass(frozen=True, slots=True)
class Comparable:
    """A listing of the training table that resembles the one asked about."""

    listing: Mapping[str, object]
    price_per_day: float


@dataclass(frozen=True, slots=True)
class PriceExplanation:
    """Why the price is what it is.

    Attributes:
        average_price_per_day: what the model says of the average listing; price minus this is the sum of the
            effects.
        reasons: one for each field, largest effect first.
        comparables: nearest first.
    """

    average_price_per_day: float
    reasons: Sequence[PriceReason]
    comparables: Sequence[Comparable]


@dataclass(frozen=True, slots=True)
class PriceSuggestion:
    """What the market asks for such a car: EUR per day, in whole cents, ``low <= price_per_day <= high``."""

    price_per_day: float
    low: float
    high: float
    currency: str = field(default="EUR")

    def as_dict(self) -> dict[str, object]:
        """The suggestion as it stands in answers and in the ledger."""
        return {
            "price_per_day": self.price_per_day,
            "currency": self.currency,
            "range": {"low": self.low, "high": self.high, "coverage": COVERAGE},
        }

    def relative_width(self) -> float:
        """Width of the range as a share of the price."""
        return (self.high - self.low) / self.price_per_day


def suggestions(price: FloatArray, low: FloatArray, high: FloatArray) -> list[PriceSuggestion]:
    """Suggestions for rows of estimates.

    Args:
        price, low, high: EUR per day, shape (n_rows,), ``0 < low <= price <= high``.
    """
    rows = zip(to_cents(price).tolist(), to_cents(low).tolist(), to_cents(high).tolist(), strict=True)
    return [PriceSuggestion(*row) for row in rows]
