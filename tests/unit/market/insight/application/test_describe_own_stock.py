"""A dealer's own figures: deals, ages, and what was sold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotAllowedError
from drivetrain.market.insight.application.describe_own_stock import SOLD_DAYS, DescribeOwnStock
from drivetrain.market.insight.application.ports import OwnCar
from drivetrain.market.listings.domain.listing import ListingState, Owner
from drivetrain.market.listings.domain.money import Money

NOW = datetime(2026, 12, 1, tzinfo=UTC)
FIRM, NORTH = UUID(int=1), UUID(int=2)
DEALER = Caller("ann", "c", frozenset(), company=FIRM, branch=NORTH)


def money(amount: int) -> Money:
    return Money(amount * 100, "GBP")


def car(
    number: int, days: int, price: int = 10_000, rating: str | None = "fair", **changes: object
) -> OwnCar:
    usual = OwnCar(
        *(UUID(int=number), "BMW", "X5", 2018, ListingState.LIVE, money(price), money(10_000)),
        *(money(10_000) if rating else None, rating, NOW - timedelta(days=days), NOW),
    )
    return replace(usual, **changes)


class Cars:
    """The port ``OwnStock`` over a list."""

    def __init__(self, *cars: OwnCar) -> None:
        self.listed = cars
        self.asked: list[tuple[Owner, datetime]] = []

    def cars(self, owner: Owner, sold_since: datetime) -> tuple[OwnCar, ...]:
        self.asked.append((owner, sold_since))
        return self.listed


def described(*cars: OwnCar):
    stock = Cars(*cars)
    figures = DescribeOwnStock(stock, FixedClock(NOW))(DEALER)
    assert stock.asked == [(Owner(FIRM, NORTH), NOW - timedelta(days=SOLD_DAYS))]
    return figures


def numbers(figures) -> list[int]:
    return [each.car.listing_id.int for each in figures]


def test_live_cars_are_counted_by_deal_and_age():
    figures = described(
        car(1, 0, 14_000, "overpriced"),
        car(2, 29, 12_000, "high"),
        car(3, 30, 8_000, "great"),
        car(4, 400, rating=None),
        car(5, 61, state=ListingState.RESERVED),
    )
    assert (figures.live, figures.reserved) == (4, 1)
    assert figures.ratings == {
        **{"great": 1, "good": 0, "fair": 0, "high": 1, "overpriced": 1},
        "not_valued": 1,
    }
    assert figures.ages == {0: 2, 30: 1, 60: 0, 90: 1}
    assert (numbers(figures.too_dear), numbers(figures.too_cheap)) == ([1, 2], [3])
    assert numbers(figures.oldest) == [4, 3, 2, 1]
    assert [each.price_share for each in figures.too_dear] == [1.4, 1.2]


def test_sold_cars_have_days_and_discount():
    sold = [
        car(number, 20 + number, 9_000, state=ListingState.SOLD, changed_at=NOW - timedelta(days=number))
        for number in range(6)
    ]
    figures = described(*sold)
    assert (figures.live, figures.sold.cars) == (0, 6)
    assert (figures.sold.days.value, figures.sold.discount.value) == (20, pytest.approx(0.1))
    assert figures.sold.days.low == 20


def test_who_acts_for_no_company_has_no_stock():
    with pytest.raises(NotAllowedError):
        DescribeOwnStock(Cars(), FixedClock(NOW))(Caller("ida", "c", frozenset()))
