"""Amounts of money in whole minor units of their currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivetrain.core.errors import ContractError, FieldError

MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        (
            *("AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EGP", "EUR"),
            *("GBP", "HKD", "HUF", "IDR", "ILS", "INR", "MAD", "MXN", "MYR", "NOK", "NZD", "PHP"),
            *("PKR", "PLN", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH"),
            *("USD", "ZAR"),
        ),
        2,
    ),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "VND"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
"""Currencies that cars are priced in, with the digits behind the point (ISO 4217)."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount.

    Attributes:
        amount_minor: in cents, paise or whatever the currency's smallest unit is, >= 0.
        currency: ISO 4217.
    """

    amount_minor: int
    currency: str

    @classmethod
    def of(cls, amount: float, currency: str, *, pointer: str = "/price") -> Money:
        """An amount in whole units of a known currency.

        Raises:
            ContractError: ``market.price_too_fine``; it has digits that the currency has not.
        """
        digits = MINOR_DIGITS[currency]
        minor = Decimal(repr(amount)).scaleb(digits)
        if minor != minor.to_integral_value():
            detail = f"An amount in {currency} has at most {digits} digits behind the point."
            raise ContractError([FieldError("market.price_too_fine", detail, pointer=pointer)])
        return cls(int(minor), currency)

    @classmethod
    def rounded(cls, amount: float, currency: str) -> Money:
        """The amount of a known currency that is nearest to one in whole units."""
        return cls(round(Decimal(repr(amount)).scaleb(MINOR_DIGITS[currency])), currency)

    @property
    def amount(self) -> float:
        """In whole units of the currency."""
        return self.amount_minor / 10.0 ** MINOR_DIGITS[self.currency]
