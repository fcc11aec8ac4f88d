"""The price of a car beside its value."""

from __future__ import annotations

from datetime import UTC, datetime

from drivetrain.market.listings.domain.money import Money
from drivetrain.market.listings.domain.valuation import Valuation


def test_a_price_is_a_share_of_the_value():
    amounts = (Money(1_000_000, "GBP"), Money(900_000, "GBP"), Money(1_100_000, "GBP"))
    valuation = Valuation(*amounts, "great", 2020, "d", "m", "1", datetime(2026, 12, 1, tzinfo=UTC))
    assert valuation.price_share(Money(750_000, "GBP")) == 0.75
