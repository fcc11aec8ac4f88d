"""Bands are cut where prices are thin, and every price lies in exactly one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.resale.valuation.domain.bands import BANDS, PriceBands, natural_bands

THREE_GROUPS = np.asarray([5_000.0, 5_500, 6_000, 12_000, 12_500, 13_000, 35_000, 36_000, 40_000])


def squared_distance(logarithms: list[float]) -> float:
    return float(np.sum((np.asarray(logarithms) - np.mean(logarithms)) ** 2))


class TestNaturalBands:
    def test_three_groups_are_found_and_cut_midway_on_the_logarithmic_scale(self):
        bands = natural_bands(THREE_GROUPS)
        assert bands.mid_from == round(np.sqrt(6_000 * 12_000))
        assert bands.high_from == round(np.sqrt(13_000 * 35_000))

    @given(st.lists(st.integers(1_000, 60_000), min_size=3, max_size=14, unique=True))
    def test_no_other_two_cuts_leave_less_inside_the_bands(self, prices):
        points = sorted(np.log(prices))
        best = min(
            sum(map(squared_distance, (points[:first], points[first:second], points[second:])))
            for first, second in itertools.combinations(range(1, len(points)), 2)
        )
        numbers = natural_bands(np.asarray(prices, dtype=np.float64)).numbers(np.exp(points))
        # Rounding a break to whole dollars may move it over a price that lies less than a dollar away.
        if set(numbers) == {0, 1, 2} and min(np.diff(np.exp(points))) > 2:
            parts = [
                [point for point, at in zip(points, numbers, strict=True) if at == band] for band in range(3)
            ]
            assert sum(map(squared_distance, parts)) == pytest.approx(best, abs=1e-9)

    def test_the_order_of_the_prices_does_not_matter(self):
        assert natural_bands(THREE_GROUPS[::-1].copy()) == natural_bands(THREE_GROUPS)

    def test_many_prices_are_cut_about_where_few_are(self):
        prices = np.exp(np.random.default_rng(1).choice(np.log(THREE_GROUPS), 5_000))
        assert natural_bands(prices).mid_from == pytest.approx(natural_bands(THREE_GROUPS).mid_from, rel=0.02)

    @pytest.mark.parametrize("prices", [[5_000.0], [5_000.0] * 9, [5_000.0, 9_000.0, 9_000.0]])
    def test_fewer_than_three_prices_cannot_be_cut(self, prices):
        with pytest.raises(ValueError, match="three different"):
            natural_bands(np.asarray(prices))


class TestPriceBands:
    BANDS = PriceBands(10_000.0, 20_000.0)

    @pytest.mark.parametrize(
        ("price", "band"),
        [
            (9_999.99, "low"),
            (10_000.0, "mid"),  # a band holds its least price
            (19_999.99, "mid"),
            (20_000.0, "high"),
        ],
    )
    def test_a_price_lies_in_one_band(self, price, band):
        assert self.BANDS.of(price) == band
        assert BANDS[self.BANDS.numbers(np.asarray([price]))[0]] == band

    def test_they_come_back_from_plain_values(self):
        assert PriceBands.from_dict(self.BANDS.as_dict()) == self.BANDS
