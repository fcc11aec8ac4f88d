"""Amounts are rounded to whole cents the same way alone and in a batch, and shares add up to the cent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.money import apportion, cents_of, to_cents

EFFECTS = st.lists(st.floats(-500, 500), min_size=1, max_size=20)


def cents(amount: float) -> int:
    """The amount in cents; fails where it is not a whole number of them."""
    assert amount == round(amount * 100) / 100
    return round(amount * 100)


class TestToCents:
    @pytest.mark.parametrize(
        ("amount", "rounded"),
        [
            (118.4, 118.4),
            (118.404, 118.4),
            (118.406, 118.41),
            (0.125, 0.12),
            (0.375, 0.38),
            (-14.2, -14.2),
            (0.0, 0.0),
        ],
    )
    def test_amounts_are_rounded_half_to_even(self, amount, rounded):
        assert to_cents(np.asarray([amount])).tolist() == [rounded]

    @given(st.lists(st.floats(1, 5_000), min_size=1, max_size=40))
    def test_one_amount_is_rounded_as_in_a_batch_and_never_by_more_than_half_a_cent(self, amounts):
        batch = to_cents(np.asarray(amounts))
        assert [to_cents(np.asarray([amount])).item() for amount in amounts] == batch.tolist()
        assert np.abs(batch - amounts).max() <= 0.005 + 1e-9
        for amount in batch.tolist():
            cents(amount)

    @given(st.floats(-1e15, 1e15))
    def test_a_number_alone_has_the_bits_of_a_number_in_an_array(self, amount):
        assert cents_of(amount) == to_cents(np.asarray([amount])).item()


class TestApportion:
    @given(EFFECTS, st.integers(-1_000_000, 1_000_000))
    def test_whatever_the_effects_they_add_up_to_the_total(self, effects, total):
        assert sum(map(cents, apportion(effects, total / 100))) == total

    @given(EFFECTS)
    def test_where_the_effects_add_up_already_none_is_moved_by_a_cent_or_more(self, effects):
        total = round(sum(effects) * 100) / 100
        for effect, share in zip(effects, apportion(effects, total), strict=True):
            assert abs(share - effect) < 0.01 + 1e-6

    @given(EFFECTS)
    def test_equal_input_gives_equal_output(self, effects):
        assert apportion(effects, 12.34) == apportion(list(effects), 12.34)

    @pytest.mark.parametrize(
        ("effects", "total", "shares"),
        [
            ([1 / 3, 1 / 3, 1 / 3], 1.0, [0.34, 0.33, 0.33]),  # the first of equals gets the cent
            ([-14.2, -11.9], -26.1, [-14.2, -11.9]),
            ([0.0, 0.0], 0.0, [0.0, 0.0]),
            ([0.005, -0.005], 0.0, [0.01, -0.01]),
            ([10.0], 7.0, [7.0]),
            ([], 0.0, []),
        ],
    )
    def test_shares_by_hand(self, effects, total, shares):
        assert apportion(effects, total) == shares
