"""Describing how a dealer's own stock stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from drivetrain.core.access import Caller
from drivetrain.core.distribution import median_of
from drivetrain.core.statistics import Estimate
from drivetrain.core.time import Clock
from drivetrain.market.insight.application.ports import OwnCar, OwnStock
from drivetrain.market.listings.domain.listing import ListingState, owner_of
from drivetrain.market.listings.domain.valuation import RATINGS

SOLD_DAYS = 90
AGES_DAYS = (0, 30, 60, 90)
"""Where each group of ages begins; the last one has no end."""

MOST_SHOWN = 20
NOT_VALUED = "not_valued"
_TOO_DEAR, _TOO_CHEAP = frozenset({"high", "overpriced"}), frozenset({"great"})


@dataclass(frozen=True, slots=True)
class OwnCarFigures:
    """A live car of the dealer.

    Attributes:
        days: on the market.
        price_share: the price as a share of the value; None without one.
    """

    car: OwnCar
    days: int
    price_share: float | None


@dataclass(frozen=True, slots=True)
class SoldFigures:
    """What was sold in the last ``SOLD_DAYS`` days.

    Attributes:
        days: on the market until the sale, the median with its interval.
        discount: share of the first price that the last one was below it, the median with its interval.
    """

    cars: int
    days: Estimate
    discount: Estimate


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """A dealer's stock.

    Attributes:
        ratings: of live cars by rating, ``not_valued`` among them.
        ages: live cars by the days on the market from which a group begins.
        too_dear, too_cheap: the worst first.
        oldest: live cars longest on the market.
    """

    live: int
    reserved: int
    ratings: Mapping[str, int]
    ages: Mapping[int, int]
    too_dear: Sequence[OwnCarFigures]
    too_cheap: Sequence[OwnCarFigures]
    oldest: Sequence[OwnCarFigures]
    sold: SoldFigures


@dataclass(frozen=True, slots=True)
class DescribeOwnStock:
    """Reads the cars of the company, or branch, that the caller acts for, and no others."""

    stock: OwnStock
    clock: Clock

    def __call__(self, caller: Caller) -> OwnFigures:
        """The figures.

        Raises:
            NotAllowedError: ``market.no_company``.
            UnavailableError: the database cannot be reached.
        """
        now = self.clock.now()
        cars = self.stock.cars(owner_of(caller), now - timedelta(days=SOLD_DAYS))
        live = [_figures(car, now) for car in cars if car.state is ListingState.LIVE]
        ratings = Counter(each.car.rating or NOT_VALUED for each in live)
        ages = Counter(max(begin for begin in AGES_DAYS if begin <= each.days) for each in live)
        return OwnFigures(
            len(live),
            sum(car.state is ListingState.RESERVED for car in cars),
            {rating: ratings[rating] for rating in (*RATINGS, NOT_VALUED)},
            {begin: ages[begin] for begin in AGES_DAYS},
            _worst(live, _TOO_DEAR, is_dear=True),
            _worst(live, _TOO_CHEAP, is_dear=False),
            sorted(live, key=lambda each: (each.car.live_at, each.car.listing_id))[:MOST_SHOWN],
            _sold([car for car in cars if car.state is ListingState.SOLD]),
        )


def _figures(car: OwnCar, now: datetime) -> OwnCarFigures:
    share = None if car.value is None else car.price.amount_minor / car.value.amount_minor
    return OwnCarFigures(car, max((now - car.live_at).days, 0), share)


def _worst(live: Sequence[OwnCarFigures], ratings: frozenset[str], *, is_dear: bool) -> list[OwnCarFigures]:
    rated = [(each.price_share, each) for each in live if each.car.rating in ratings]
    known = [(share, each) for share, each in rated if share is not None]
    known.sort(key=lambda pair: (-pair[0] if is_dear else pair[0], pair[1].car.listing_id))
    return [each for _, each in known[:MOST_SHOWN]]


def _sold(cars: Sequence[OwnCar]) -> SoldFigures:
    days = [(car.changed_at - car.live_at) / timedelta(days=1) for car in cars]
    discounts = [
        1 - car.price.amount_minor / car.first_price.amount_minor
        for car in cars
        if car.price.currency == car.first_price.currency
    ]
    return SoldFigures(len(cars), median_of(np.sort(np.array(days))), median_of(np.sort(np.array(discounts))))
