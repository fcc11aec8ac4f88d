"""What a car is worth: rounded money, its range and band, and effects on its logarithm as money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivetrain.core.money import FloatArray, apportion
from drivetrain.core.prices import range_of, rows_in_cents
from drivetrain.resale.valuation.domain.bands import PriceBands


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
            "range": range_of(self.low, self.high),
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
    return [
        Valuation(worth, least, most, bands.of(worth), currency)
        for worth, least, most in rows_in_cents(price, low, high)
    ]


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
