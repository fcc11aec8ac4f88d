"""Rates between currencies, dated: what makes prices of several currencies comparable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from drivetrain.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class RateTable:
    """Rates of one day.

    Attributes:
        day: of which they are; None for no table.
        per_unit: by currency, how much of it one unit of the base buys, > 0; the base itself is 1.
    """

    day: date | None = None
    per_unit: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse rates that are no rates.

        Raises:
            InvalidInputError: ``market.bad_rate``.
        """
        for currency, rate in self.per_unit.items():
            if not 0 < rate < float("inf"):
                raise InvalidInputError(
                    f"The rate of {currency} must be larger than 0.", code="market.bad_rate"
                )

    def knows(self, currency: str) -> bool:
        """Whether amounts in a currency can be compared with others."""
        return currency in self.per_unit

    def converted(self, amount: float, currency: str, into: str) -> float | None:
        """An amount in another currency; None where a rate is not known."""
        if currency == into:
            return amount
        if not (self.knows(currency) and self.knows(into)):
            return None
        return amount / self.per_unit[currency] * self.per_unit[into]
