"""Outdated listings are valued, and those that cannot be say why."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.fakes import FixedClock
from tests.support.market import FixedCarValues, listed_car, listing_of

from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.market.listings.application.value_listings import CALLER, ValueListings
from drivetrain.market.listings.domain.money import Money

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Outdated:
    """The port ``ListingValues`` over a list."""

    def __init__(self, *listings):
        self.listings = listings

    def outdated(self, versions, *, most, among=None):
        assert versions == {"GBP": ModelRef("used-car-price", "1")}
        return list(self.listings[:most])


def test_outdated_listings_are_valued_under_a_name_of_their_own():
    listings = [
        listing_of(listed_car(1, price=8_000.0, currency="GBP")),
        listing_of(listed_car(2, price=9_500.0)),
    ]
    values = FixedCarValues()
    british, european = ValueListings(Outdated(*listings), values, FixedClock(NOW))("task", most=None)
    valuation = british.valuation
    assert (valuation.value, valuation.low, valuation.high) == (
        *(Money(1_000_000, "GBP"), Money(900_000, "GBP"), Money(1_100_000, "GBP")),
    )
    assert (valuation.rating, valuation.price_share(listings[0].price)) == ("great", 0.8)
    assert (valuation.model, valuation.version, valuation.valued_at) == ("used-car-price", "1", NOW)
    assert (european.valuation, european.model, european.refusal) == (None, None, "resale.no_country")
    assert {caller for _, caller in values.asked} == {CALLER}
    assert values.asked[0][0].odometer_km == 60_000.0


def test_where_nothing_is_outdated_nothing_is_asked():
    values = FixedCarValues()
    assert ValueListings(Outdated(), values, FixedClock(NOW))("task", most=10) == []
    assert values.asked == []
