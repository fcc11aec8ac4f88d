"""The price that is suggested: rounded money and its range."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivetrain.core.money import FloatArray, cents_of
from drivetrain.core.prices import range_of, rows_in_cents


@dataclass(frozen=True, slots=True)
class PriceSuggestion:
    """What the market asks for such a car: EUR per day, in whole cents, ``low <= price_per_day <= high``.

    Attributes:
        is_rare_make: the contract knows the make, but the training table has too few cars of it to be learned.
    """

    price_per_day: float
    low: float
    high: float
    currency: str = field(default="EUR")
    is_rare_make: bool = False

    def as_dict(self) -> dict[str, object]:
        """The suggestion as it stands in answers and in the ledger."""
        return {
            "price_per_day": self.price_per_day,
            "currency": self.currency,
            "range": range_of(self.low, self.high),
        }

    def relative_width(self) -> float:
        """Width of the range as a share of the price."""
        return (self.high - self.low) / self.price_per_day


def suggestion(price: float, low: float, high: float, *, is_rare_make: bool) -> PriceSuggestion:
    """The suggestion for one row of estimates, as ``suggestions`` rounds it.

    Args:
        price, low, high: EUR per day, ``0 < low <= price <= high``.
    """
    return PriceSuggestion(cents_of(price), cents_of(low), cents_of(high), is_rare_make=is_rare_make)


def suggestions(price: FloatArray, low: FloatArray, high: FloatArray) -> list[PriceSuggestion]:
    """Suggestions for rows of estimates.

    Args:
        price, low, high: EUR per day, shape (n_rows,), ``0 < low <= price <= high``.
    """
    return [PriceSuggestion(*row) for row in rows_in_cents(price, low, high)]
