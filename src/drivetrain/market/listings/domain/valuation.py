"""What a car on offer is worth, and what its price is for a buyer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drivetrain.market.listings.domain.money import Money

RATINGS = ("great", "good", "fair", "high", "overpriced")
"""From the best deal for a buyer to the worst."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """A value with its range, and the rating of the price by it.

    Attributes:
        rating: one of ``RATINGS``.
        as_of_year: the year whose prices these are.
        decision_id: in the ledger, where the value can be explained and replayed.
        model, version: that gave the value.
    """

    value: Money
    low: Money
    high: Money
    rating: str
    as_of_year: int
    decision_id: str
    model: str
    version: str
    valued_at: datetime

    def price_share(self, price: Money) -> float:
        """A price as a share of the value, both in the same currency; below 1 for less than it is worth."""
        return price.amount_minor / self.value.amount_minor
