"""Rates are written with their day, and are larger than nothing."""

from __future__ import annotations

from datetime import date

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.market.search.domain.rates import RateTable


def test_amounts_are_converted_over_the_common_currency():
    rates = RateTable.parse("2026-11-30 EUR=1 GBP=0.85 INR=95")
    assert rates.day == date(2026, 11, 30)
    assert rates.converted(85.0, "GBP", "INR") == pytest.approx(9_500.0)
    assert rates.converted(1.0, "ZAR", "EUR") is None
    assert rates.converted(1.0, "ZAR", "ZAR") == 1.0


def test_no_table_knows_no_rate():
    assert RateTable.parse("  ") == RateTable()
    assert RateTable().converted(1.0, "EUR", "GBP") is None


@pytest.mark.parametrize(
    "text",
    [
        "EUR=1",
        "2026-13-01 EUR=1",
        "2026-11-30 EUR",
        "2026-11-30 EUR=0",
        "2026-11-30 EUR=nan",
        "2026-11-30 EUR=inf",
        "2026-11-30 XXX=1",
        "2026-11-30 EUR=1 EUR=1",
        "2026-11-30 EUR=-1",
    ],
)
def test_what_is_no_table_is_refused(text):
    with pytest.raises(InvalidInputError) as refused:
        RateTable.parse(text)
    assert refused.value.code == "market.bad_rate"
