"""Suggested amounts are whole cents in the right order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.prices import COVERAGE
from drivetrain.rental.price.domain.price import PriceSuggestion, suggestion, suggestions


class TestSuggestions:
    @given(st.lists(st.floats(1, 5_000), min_size=3, max_size=3).map(sorted))
    def test_rounding_keeps_low_price_and_high_in_order(self, ends):
        low, price, high = ends
        (suggestion,) = suggestions(*(np.asarray([amount]) for amount in (price, low, high)))
        assert 0 < suggestion.low <= suggestion.price_per_day <= suggestion.high

    @given(st.lists(st.floats(1, 5_000), min_size=3, max_size=3).map(sorted), st.booleans())
    def test_one_row_is_rounded_as_many_are(self, ends, is_rare):
        low, price, high = ends
        (expected,) = suggestions(*(np.asarray([amount]) for amount in (price, low, high)))
        assert suggestion(price, low, high, is_rare_make=is_rare) == replace(expected, is_rare_make=is_rare)

    def test_rows_stay_in_order(self):
        price, low, high = (np.asarray(values) for values in ([100.0, 50.0], [80.0, 40.0], [130.0, 70.0]))
        first, second = suggestions(price, low, high)
        assert first == PriceSuggestion(100.0, 80.0, 130.0)
        assert second.as_dict() == {
            "price_per_day": 50.0,
            "currency": "EUR",
            "range": {"low": 40.0, "high": 70.0, "coverage": COVERAGE},
        }

    def test_the_width_is_a_share_of_the_price(self):
        assert PriceSuggestion(100.0, 80.0, 130.0).relative_width() == 0.5

    def test_columns_of_different_lengths_are_a_mistake(self):
        with pytest.raises(ValueError, match="zip"):
            suggestions(np.ones(2), np.ones(2), np.ones(1))
