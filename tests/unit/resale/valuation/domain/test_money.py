"""Valuations are whole cents in the right order, and effects on a logarithm become money that adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.prices import COVERAGE
from drivetrain.resale.valuation.domain.bands import PriceBands
from drivetrain.resale.valuation.domain.money import Valuation, effects_in_money, valuations

BANDS = PriceBands(10_000.0, 20_000.0)


class TestValuations:
    @given(st.lists(st.floats(1, 90_000), min_size=3, max_size=3).map(sorted))
    def test_rounding_keeps_low_price_and_high_in_order(self, ends):
        low, price, high = ends
        (valuation,) = valuations(*(np.asarray([amount]) for amount in (price, low, high)), BANDS, "USD")
        assert 0 < valuation.low <= valuation.price <= valuation.high

    def test_the_band_is_that_of_the_price_as_it_is_answered(self):
        (valuation,) = valuations(
            np.asarray([9_999.996]), np.asarray([8_000.0]), np.asarray([12_000.0]), BANDS, "USD"
        )
        assert (valuation.price, valuation.band) == (10_000.0, "mid")

    def test_an_answer_names_range_band_and_currency(self):
        assert Valuation(7_000.0, 6_000.0, 8_400.0, "low", "USD").as_dict() == {
            "price": 7_000.0,
            "currency": "USD",
            "range": {"low": 6_000.0, "high": 8_400.0, "coverage": COVERAGE},
            "band": "low",
        }

    def test_the_width_is_a_share_of_the_price(self):
        assert Valuation(10.0, 9.0, 12.0, "low", "USD").relative_width() == pytest.approx(0.3)


class TestEffectsInMoney:
    @given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=18), st.integers(2_000, 40_000))
    def test_the_amounts_add_up_to_the_cent(self, effects, average):
        price = round(average * float(np.exp(sum(effects))), 2)
        amounts = effects_in_money(np.asarray(effects), price, float(average))
        assert round(sum(amounts), 2) == round(price - average, 2)

    def test_equal_effects_are_equal_amounts_within_a_cent(self):
        amounts = effects_in_money(
            np.asarray([0.1, 0.1, 0.1]), round(10_000 * float(np.exp(0.3)), 2), 10_000.0
        )
        assert max(amounts) - min(amounts) <= 0.011

    def test_effects_that_cancel_out_keep_their_size(self):
        """The price is the average: a tenth up and a tenth down are still a thousand dollars each."""
        assert effects_in_money(np.asarray([0.1, -0.1]), 10_000.0, 10_000.0) == [1_000.0, -1_000.0]
