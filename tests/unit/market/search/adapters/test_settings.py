"""Settings that cannot be used are refused when they are read."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.market.search.adapters.settings import SearchSettings
from drivetrain.market.search.domain.rates import RateTable


def test_without_rates_there_is_no_table():
    assert SearchSettings().rate_table == RateTable()
    assert SearchSettings(rates="2026-11-30 EUR=1").rate_table.knows("EUR")


@pytest.mark.parametrize(
    ("fields", "variable"),
    [({"currency": "Euro"}, "DRIVETRAIN_MARKET_CURRENCY"), ({"rates": "EUR=1"}, "DRIVETRAIN_MARKET_RATES")],
)
def test_what_cannot_be_used_is_refused(fields, variable):
    with pytest.raises(InvalidInputError) as refused:
        SearchSettings(**fields)
    assert [error.pointer for error in refused.value.errors] == [variable]
