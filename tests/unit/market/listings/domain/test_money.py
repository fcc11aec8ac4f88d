"""Amounts are whole minor units, whatever the currency counts in."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import ContractError
from drivetrain.market.listings.domain.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (14_990.0, "EUR", 1_499_000),
        (0.1, "EUR", 10),
        (19.99, "GBP", 1_999),  # 19.99 * 100 is not whole in binary
        (35_000_000.0, "INR", 3_500_000_000),
        (1_250_000.0, "JPY", 1_250_000),
        (1.005, "KWD", 1_005),
        (1e9, "EUR", 100_000_000_000),
    ],
)
def test_of(amount, currency, minor):
    money = Money.of(amount, currency)
    assert (money.amount_minor, money.currency, money.amount) == (minor, currency, amount)


@pytest.mark.parametrize(("amount", "currency"), [(0.001, "EUR"), (0.5, "JPY"), (1.00001, "KWD")])
def test_digits_that_a_currency_has_not_are_refused(amount, currency):
    with pytest.raises(ContractError) as refused:
        Money.of(amount, currency)
    assert [error.code for error in refused.value.errors] == ["market.price_too_fine"]


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [(7_700.000000000001, "GBP", 770_000), (0.005, "EUR", 0), (99.6, "JPY", 100)],
)
def test_amounts_that_were_computed_are_rounded(amount, currency, minor):
    assert Money.rounded(amount, currency) == Money(minor, currency)
