"""Rates between currencies, dated: what makes prices of several currencies comparable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from drivetrain.core.errors import InvalidInputError
from drivetrain.market.listings.domain.money import MINOR_DIGITS


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

    @classmethod
    def parse(cls, text: str) -> RateTable:
        """Read ``2026-11-30 EUR=1 GBP=0.85``; an empty text is no table.

        Raises:
            InvalidInputError: ``market.bad_rate``.
        """
        day, *rates = text.split() or [""]
        if not day:
            return cls()
        per_unit: dict[str, float] = {}
        for rate in rates:
            currency, _, number = rate.partition("=")
            if currency not in MINOR_DIGITS or currency in per_unit:
                raise InvalidInputError(
                    f"{currency!r} is no currency, or stands twice.", code="market.bad_rate"
                )
            try:
                per_unit[currency] = float(number)
            except ValueError:
                raise _not_rates() from None
        try:
            return cls(date.fromisoformat(day), per_unit)
        except ValueError:
            raise _not_rates() from None

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


def _not_rates() -> InvalidInputError:
    return InvalidInputError(
        "Rates are written with their day, for example `2026-11-30 EUR=1 GBP=0.85`.", code="market.bad_rate"
    )
