"""Deal rules: strong words only outside the whole range, dearer never better, and sentences that say what was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.resale.used.domain.deal import Deal, DealRating, rate_deal
from drivetrain.resale.used.domain.value import UsedCarValue

RANK = list(DealRating)
WORTH = UsedCarValue(10_000.0, 8_000.0, 13_000.0, "GBP", 2020)


@pytest.mark.parametrize(
    ("asking", "rating"),
    [
        (7_999.99, "great"),  # below the whole range
        (8_000, "good"),  # its edge is inside
        (8_999.99, "good"),
        (9_000, "fair"),  # half way down
        (10_000, "fair"),
        (11_500, "fair"),  # half way up
        (11_500.01, "high"),
        (13_000, "high"),  # its edge is inside
        (13_000.01, "overpriced"),
    ],
)
def test_a_deal_is_rated_by_where_the_asking_price_stands_in_the_range(asking, rating):
    assert rate_deal(asking, value=10_000, low=8_000, high=13_000) == rating


amounts = st.floats(0.01, 1e9)


@given(amounts, st.tuples(amounts, amounts, amounts).map(sorted))
def test_the_strong_words_need_a_price_outside_the_whole_range(asking, ordered):
    low, value, high = ordered
    rating = rate_deal(asking, value, low, high)
    assert (rating is DealRating.GREAT) == (asking < low)
    assert (rating is DealRating.OVERPRICED) == (asking > high)


@given(st.tuples(amounts, amounts).map(sorted), st.tuples(amounts, amounts, amounts).map(sorted))
def test_asking_more_is_never_a_better_deal(asked, ordered):
    low, value, high = ordered
    less, more = (RANK.index(rate_deal(asking, value, low, high)) for asking in asked)
    assert less <= more


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        (
            7_500,
            [
                "2,500.00 GBP (25%) below the value of 10,000.00",
                "below the whole range of 8,000.00 to 13,000.00 GBP",
                "Ask why",
            ],
        ),
        (8_200, ["1,800.00 GBP (18%) below", "inside the range", "nearer to its lower end"]),
        (10_000, ["is the value, 10,000.00 GBP", "nearer to the value"]),
        (12_400, ["2,400.00 GBP (24%) above", "nearer to its upper end"]),
        (13_000.01, ["3,000.01 GBP (30%) above", "above the whole range", "Condition"]),
    ],
)
def test_the_rating_is_told_in_words_with_its_figures(asking, said):
    text = " ".join(Deal(WORTH, asking).why())
    assert all(words in text for words in said)


def test_a_deal_holds_the_value_it_was_rated_by():
    plain = Deal(WORTH, 9_000.0).as_dict()
    assert {name: plain[name] for name in WORTH.as_dict()} == WORTH.as_dict()
    assert (plain["rating"], plain["asking_price"], plain["difference"]) == ("fair", 9_000.0, -1_000.0)
    assert Deal(WORTH, 9_000.0).relative_width() == WORTH.relative_width()
