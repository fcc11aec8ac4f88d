"""What answers while nobody of the dealer is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from drivetrain.market.conversations.domain.first_answer import (
    MOST_SIMILAR,
    PRESENCE,
    OtherCar,
    facts_of,
    is_there,
    text_of,
)
from drivetrain.market.listings.application.contract import LISTING, read_listing
from drivetrain.market.listings.domain.listing import Listing, ListingState, Owner

NOW = datetime(2026, 11, 30, tzinfo=UTC)
CAR, PRICE, _ = read_listing({**LISTING.example(), "price": 14_990, "currency": "EUR"})
LIVE = Listing(UUID(int=1), Owner(UUID(int=2)), CAR, PRICE, ListingState.LIVE, 1, NOW, NOW, "ann")
OTHERS = [OtherCar(str(number), "Mazda", "3", 2018, 13_000.0, "EUR") for number in range(5)]


def test_a_dealer_is_there_for_a_while_after_reading_or_writing() -> None:
    assert not is_there(None, NOW)
    assert is_there(NOW - PRESENCE + timedelta(seconds=1), NOW)
    assert not is_there(NOW - PRESENCE, NOW)


def test_the_answer_says_what_the_listing_says_and_which_cars_are_like_it() -> None:
    facts = facts_of(LIVE, OTHERS)
    assert (facts["state"], facts["price"], facts["currency"]) == ("live", 14_990.0, "EUR")
    similar = facts["similar"]
    assert isinstance(similar, list)
    assert [car["listing_id"] for car in similar] == ["0", "1", "2"]
    text = text_of(LIVE, OTHERS)
    assert "automatic" in text
    assert "available for 14,990 EUR" in text
    assert text.count("Mazda 3 2018 for 13,000 EUR") == MOST_SIMILAR


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ListingState.RESERVED, "The car is reserved."),
        (ListingState.SOLD, "The car is sold."),
        (ListingState.WITHDRAWN, "The car is not on sale."),
    ],
)
def test_a_car_that_is_not_on_sale_is_not_offered(state: ListingState, words: str) -> None:
    text = text_of(replace(LIVE, state=state), [])
    assert words in text
    assert "14,990" not in text
    assert "Similar" not in text
