"""What a car is worth: rounded money, its range and band, and reasons that add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.money import apportion, to_cents
from drivetrain.resale.valuation.domain.bands import PriceBands

FloatArray = NDArray[np.float64]

COVERAGE = 0.9
"""Share of prices that the range is calibrated to hold."""


@dataclass(frozen=True, slots=True)
class PriceReason:
    """What one field does to the price, in its currency, against the average car."""

    name: str
    value: object
    effect: float


@dataclass(frozen=True, slots=True)
class Comparable:
    """A car of the training table that resembles the one asked about."""

    car: Mapping[str, object]
    price: float


@dataclass(frozen=True, slots=True)
class ValuationExplanation:
    """Why a car is worth what it is.

    Attributes:
        average_price: of the cars it is compared with; price minus this is the sum of the effects.
        reasons: one for each field, largest effect first.
        comparables: most alike first.
    """

    average_price: float
    reasons: Sequence[PriceReason]
    comparables: Sequence[Comparable]


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a car is worth, in whole cents, ``low <= price <= high``, and the band of the price."""

    price: float
    low: float
    high: float
    band: str
    currency: str

    def as_dict(self) -> dict[str, object]:
        """The valuation as it stands in answers and in the ledger."""
        return {
            "price": self.price,
            "currency": self.currency,
            "range": {"low": self.low, "high": self.high, "coverage": COVERAGE},
            "band": self.band,
        }

    def relative_width(self) -> float:
        """Width of the range as a share of the price."""
        return (self.high - self.low) / self.price


def valuations(
    price: FloatArray, low: FloatArray, high: FloatArray, bands: PriceBands, currency: str
) -> list[Valuation]:
    """Valuations for rows of estimates.

    Args:
        price, low, high: in the currency, shape (n_rows,), ``0 < low <= price <= high``.
    """
    rows = zip(to_cents(price).tolist(), to_cents(low).tolist(), to_cents(high).tolist(), strict=True)
    return [Valuation(worth, least, most, bands.of(worth), currency) for worth, least, most in rows]


def effects_in_money(effects: FloatArray, price: float, average: float) -> list[float]:
    """Effects on the logarithm of a price as amounts in whole cents that add up to ``price - average``.

    Each unit of log price is worth the logarithmic mean of the two prices, ``(price - average) / ln(price /
    average)``: the only factor, the same for all fields, with which the amounts add up whatever their order.

    Args:
        effects: shape (n_fields,), adding up to ``ln(price / average)`` up to rounding.
        price, average: > 0, in whole cents.

    Source:
        Ang (2005), The LMDI approach to decomposition analysis: a practical guide.
    """
    ratio = float(np.log(price / average))
    worth = average if abs(ratio) < 1e-9 else (price - average) / ratio
    return apportion((effects * worth).tolist(), price - average)
