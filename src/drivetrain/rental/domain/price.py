"""The price that is suggested: rounded money, its range, and reasons that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CENTS = 100.0
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
        average_price_per_day: what the model says of the average listing; price minus this is the sum of the effects.
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


def to_cents(amounts: FloatArray) -> FloatArray:
    """Round amounts half to even to whole cents; one row and a million rows go the same way."""
    rounded: FloatArray = np.rint(amounts * CENTS) / CENTS
    return rounded


def suggestions(price: FloatArray, low: FloatArray, high: FloatArray) -> list[PriceSuggestion]:
    """Suggestions for rows of estimates.

    Args:
        price, low, high: EUR per day, shape (n_rows,), ``0 < low <= price <= high``.
    """
    rows = zip(to_cents(price).tolist(), to_cents(low).tolist(), to_cents(high).tolist(), strict=True)
    return [PriceSuggestion(*row) for row in rows]


def apportion(effects: Sequence[float], total: float) -> list[float]:
    """Round effects to cents so that they still add up to ``total`` (largest remainder method).

    Args:
        effects: amounts whose exact sum is ``total`` up to a rounding of less than a cent each.
        total: what the rounded amounts must add up to, in whole cents.
    """
    scaled = np.asarray(effects, dtype=np.float64) * CENTS
    whole = np.floor(scaled)
    missing = round(total * CENTS - float(whole.sum()))
    share, extra = divmod(missing, len(whole)) if len(whole) else (0, 0)
    whole += share
    whole[np.argsort(whole - scaled, kind="stable")[:extra]] += 1
    return (whole / CENTS).tolist()  # type: ignore[no-any-return]
