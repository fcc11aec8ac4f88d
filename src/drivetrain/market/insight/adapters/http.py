"""The routes of insight."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.answers import WarningAnswer
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import Caller
from drivetrain.core.distribution import Distribution
from drivetrain.core.statistics import Estimate
from drivetrain.core.time import iso_utc
from drivetrain.market.insight.application.describe_own_stock import (
    DescribeOwnStock,
    OwnCarFigures,
    OwnFigures,
)
from drivetrain.market.insight.application.describe_stock import DescribeStock, Group, Stock
from drivetrain.market.listings.domain.listing import Demonstration
from drivetrain.market.listings.domain.scopes import LISTINGS_READ, LISTINGS_WRITE
from drivetrain.market.search.adapters.parameters import LIMITS, described_limits, read_limits
from drivetrain.market.search.domain.rates import RateTable

FILTERS = LIMITS - {"company", "limit"}
"""Of figures of the market: those of one company are its own matter."""

_reads = Needs(LISTINGS_READ.name)
_writes = Needs(LISTINGS_WRITE.name)


class MarketEstimateAnswer(TypedDict):
    """A figure with its 95 % interval; null where there are too few cars."""

    value: float | None
    low: float | None
    high: float | None


class MarketBinAnswer(TypedDict):
    """Cars from a number on to below the next; the first and last bin hold what lies beyond them, too."""

    low: float
    high: float
    cars: int


class MarketDistributionAnswer(TypedDict):
    """How a number is distributed; ``unknown`` counts the cars that do not have it. Quantiles `p10` to `p90`."""

    known: int
    unknown: int
    median: MarketEstimateAnswer
    quantiles: dict[str, float]
    bins: list[MarketBinAnswer]


class StockGroupAnswer(TypedDict):
    """Live cars that share a word or a year."""

    value: str | int
    cars: int
    median_price: MarketEstimateAnswer


class CurrencyCountAnswer(TypedDict):
    """How many live cars are priced in a currency."""

    currency: str
    cars: int


class StockAnswer(TypedDict):
    """What is on the market; prices in ``currency``, converted by the rates of ``rates_of`` where there are any.

    ``demonstration`` counts the cars that are demonstration stock, by kind; those of kind `synthetic` are made up.
    ``currencies`` are those of the cars, the most frequent first. ``warnings`` say where prices could not be compared, and
    figures of prices lack cars for it, or are null: `market.prices_not_compared`.
    """

    total: int
    makes: list[StockGroupAnswer]
    models: list[StockGroupAnswer]
    years: list[StockGroupAnswer]
    price: MarketDistributionAnswer
    odometer_km: MarketDistributionAnswer
    days_on_market: MarketDistributionAnswer
    demonstration: dict[Demonstration, int]
    currencies: list[CurrencyCountAnswer]
    warnings: list[WarningAnswer]
    currency: str
    rates_of: str | None


class OwnCarAnswer(TypedDict):
    """A live car of the dealer; ``price_share`` is the price as a share of the value, null without one."""

    listing_id: str
    make: str
    model: str
    year: int
    price: float
    currency: str
    rating: str | None
    price_share: float | None
    live_at: str
    days: int


class AgeGroupAnswer(TypedDict):
    """Live cars from so many days on the market on, up to the next group."""

    from_days: int
    cars: int


class SoldAnswer(TypedDict):
    """What was sold in the last 90 days: days until the sale, and by which share the price had fallen."""

    cars: int
    days: MarketEstimateAnswer
    discount: MarketEstimateAnswer


class OwnStockAnswer(TypedDict):
    """How the stock of the caller's company, or branch, stands; at most twenty cars a list, the worst first."""

    live: int
    reserved: int
    ratings: dict[str, int]
    ages: list[AgeGroupAnswer]
    too_dear: list[OwnCarAnswer]
    too_cheap: list[OwnCarAnswer]
    oldest: list[OwnCarAnswer]
    sold: SoldAnswer


def insight_routes(stock: DescribeStock, own: DescribeOwnStock, rates: RateTable, currency: str) -> APIRouter:
    """Routes under ``/market/insight``.

    Args:
        currency: of prices where the address names none.
    """
    router = APIRouter(prefix="/market/insight", tags=["market"])

    @router.get("/stock")
    @documented(answer(StockAnswer, "The figures."), parameters=described_limits(FILTERS), problems=[422])
    def describe_stock(request: Request, _: Caller = Depends(_reads)) -> Response:
        """Describe the live cars that pass some filters: counts, prices, distances and days on the market."""
        figures = stock(
            read_limits(request.query_params, FILTERS, currency, stock.following.snapshot.places).query
        )
        return json_answer(
            {
                "total": figures.total,
                "makes": _groups(figures.makes),
                "models": _groups(figures.models),
                "years": _groups(figures.years),
                "price": _distribution(figures.price),
                "odometer_km": _distribution(figures.odometer_km),
                "days_on_market": _distribution(figures.days_on_market),
                "demonstration": dict(figures.demonstration),
                "currencies": [{"currency": word, "cars": cars} for word, cars in figures.currencies],
                "warnings": _price_warnings(figures, rates),
                "currency": figures.query.currency,
                "rates_of": None if rates.day is None else rates.day.isoformat(),
            }
        )

    @router.get("/own")
    @documented(answer(OwnStockAnswer, "The figures."))
    def describe_own_stock(caller: Caller = Depends(_writes)) -> Response:
        """Describe the caller's own stock: deals, ages, what is too dear or too cheap, and what was sold."""
        return json_answer(_own(own(caller)))

    return router


def _price_warnings(figures: Stock, rates: RateTable) -> list[WarningAnswer]:
    """Why figures of prices leave cars out."""
    asked = figures.query.currency
    others = [word for word, _ in figures.currencies if rates.converted(1.0, word, asked) is None]
    if not others:
        return []
    detail = (
        f"{figures.price.unknown:,} of {figures.total:,} cars are priced in {', '.join(others)}, and no rate compares that "
        f"with {asked}: figures of prices are those of the other {figures.price.known:,}. Ask with `currency={others[0]}`, or "
        "have DRIVETRAIN_MARKET_RATES set."
    )
    return [{"field": "price", "code": "market.prices_not_compared", "detail": detail}]


def _groups(groups: Sequence[Group]) -> list[StockGroupAnswer]:
    return [
        {"value": each.value, "cars": each.cars, "median_price": _estimate(each.median_price, 2)}
        for each in groups
    ]


def _estimate(estimate: Estimate, digits: int) -> MarketEstimateAnswer:
    value, low, high = (
        None if math.isnan(number) else round(number, digits)
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return {"value": value, "low": low, "high": high}


def _distribution(distribution: Distribution) -> MarketDistributionAnswer:
    return {
        "known": distribution.known,
        "unknown": distribution.unknown,
        "median": _estimate(distribution.median, 2),
        "quantiles": {name: round(value, 2) for name, value in distribution.quantiles.items()},
        "bins": [{"low": each.low, "high": each.high, "cars": each.cases} for each in distribution.bins],
    }


def _own(figures: OwnFigures) -> OwnStockAnswer:
    return {
        "live": figures.live,
        "reserved": figures.reserved,
        "ratings": dict(figures.ratings),
        "ages": [{"from_days": begin, "cars": cars} for begin, cars in figures.ages.items()],
        "too_dear": _own_cars(figures.too_dear),
        "too_cheap": _own_cars(figures.too_cheap),
        "oldest": _own_cars(figures.oldest),
        "sold": {
            "cars": figures.sold.cars,
            "days": _estimate(figures.sold.days, 1),
            "discount": _estimate(figures.sold.discount, 4),
        },
    }


def _own_cars(cars: Sequence[OwnCarFigures]) -> list[OwnCarAnswer]:
    return [
        {
            "listing_id": str(each.car.listing_id),
            "make": each.car.make,
            "model": each.car.model,
            "year": each.car.year,
            "price": each.car.price.amount,
            "currency": each.car.price.currency,
            "rating": each.car.rating,
            "price_share": None if each.price_share is None else round(each.price_share, 4),
            "live_at": iso_utc(each.car.live_at),
            "days": each.days,
        }
        for each in cars
    ]
