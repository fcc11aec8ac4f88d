"""The routes that search live listings, find those most like another one, and compare a few of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import Caller
from drivetrain.market.listings.adapters.schemas import ListingAnswer, listing_as_dict
from drivetrain.market.listings.domain.money import MINOR_DIGITS
from drivetrain.market.listings.domain.scopes import LISTINGS_READ
from drivetrain.market.search.adapters.parameters import (
    described,
    described_limits,
    read_limits,
    read_search,
)
from drivetrain.market.search.application.compare_listings import MOST_COMPARED, CompareListings
from drivetrain.market.search.application.find_similar import FindSimilar, SimilarAnswer
from drivetrain.market.search.application.search_listings import FoundCar, SearchAnswer, SearchListings
from drivetrain.market.search.domain.comparison import ReasonCode
from drivetrain.market.search.domain.query import Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.reading import Interpretation

_CURRENCY = f"^({'|'.join(MINOR_DIGITS)})$"
_reads = Needs(LISTINGS_READ.name)


class BoundsAnswer(TypedDict):
    """Bounds, both inclusive; null for none."""

    min: float | None
    max: float | None


class ReadFilter(TypedDict):
    """A filter that a part of the text was read as: a word, or bounds of a number."""

    field: str
    text: str
    word: str | None
    bounds: BoundsAnswer | None
    is_corrected: bool
    is_implied: bool


class InterpretationAnswer(TypedDict):
    """What the text was read as; ``unread`` words mean nothing here and were left out."""

    filters: list[ReadFilter]
    currency: str | None
    unread: list[str]


class FacetAnswer(TypedDict):
    """How many cars there are with this word or number, the field's own filter left out."""

    value: str | int
    cars: int


class FoundCarAnswer(ListingAnswer):
    """A listing; ``price_in_currency`` is null without a rate, ``away_km`` without a place."""

    price_in_currency: float | None
    away_km: float | None


class AppliedFilters(TypedDict):
    """The filters of the answer, those of the text among them."""

    words: dict[str, list[str]]
    ranges: dict[str, BoundsAnswer]
    equipment: list[str]


class SearchPageAnswer(TypedDict):
    """A page of live listings.

    ``total`` is exact. ``rates_of`` is the day of the rates, null without any: only prices of one currency are compared
    then. ``without_place`` counts the cars that no radius reaches, null where no place was asked for. ``unknown_words``
    are filter words that no car has.
    """

    items: list[FoundCarAnswer]
    total: int
    next: str | None
    facets: dict[str, list[FacetAnswer]]
    filters: AppliedFilters
    currency: str
    rates_of: str | None
    interpretation: InterpretationAnswer
    unknown_words: list[str]
    without_place: int | None


class SimilarReasonAnswer(TypedDict):
    """What is said of a car beside the one that was asked about.

    ``amount`` has its ``unit``: a currency, `years`, `km` or `miles`; both are null where the code says it all. ``words``
    are of equipment. ``text`` says it in English.
    """

    code: ReasonCode
    amount: float | None
    unit: str | None
    words: list[str]
    text: str


class SimilarCarAnswer(FoundCarAnswer):
    """A live listing; ``difference`` is 0 for a car that is the same in all that is compared."""

    difference: float
    reasons: list[SimilarReasonAnswer]


class SimilarCarsAnswer(TypedDict):
    """The live listings most like another one, least different first.

    ``total`` counts the cars within the limits. ``filters`` are the limits, a usual budget among them where none was
    given. ``rates_of`` is the day of the rates, null without any: only cars of one currency are compared then.
    """

    items: list[SimilarCarAnswer]
    total: int
    filters: AppliedFilters
    currency: str
    rates_of: str | None


class ComparisonAnswer(TypedDict):
    """Listings side by side, in the order in which they were asked for.

    ``missing`` are ids of listings that are not there, or not for the caller. ``differing`` names the fields in which not
    all cars agree. ``best`` has, by field, the ids of the cars with the least price, distance and share of the value and the
    latest year, where the cars differ.
    """

    items: list[FoundCarAnswer]
    missing: list[str]
    differing: list[str]
    best: dict[str, list[str]]
    currency: str
    rates_of: str | None


def search_routes(search: SearchListings, currency: str) -> APIRouter:
    """The route ``/market/search``.

    Args:
        currency: of prices where neither the address nor its text names one.
    """
    router = APIRouter(prefix="/market/search", tags=["market"])

    @router.get("")
    @documented(
        answer(SearchPageAnswer, "A page with its count and facets."), parameters=described(), problems=[422]
    )
    def search_cars(request: Request, caller: Caller = Depends(_reads)) -> Response:
        """Search live listings by filters and by a text that becomes filters."""
        asked = read_search(request.query_params, currency, search.following.snapshot.places)
        page = search(asked.query, asked.text, with_facets=asked.with_facets, currency=asked.currency)
        return json_answer(_as_dict(page, caller, search))

    return router


def similar_routes(find: FindSimilar) -> APIRouter:
    """The route ``/market/listings/{listing_id}/similar``."""
    router = APIRouter(prefix="/market/listings", tags=["market"])

    @router.get("/{listing_id}/similar")
    @documented(
        answer(SimilarCarsAnswer, "The cars, least different first."),
        parameters=described_limits(),
        problems=[404, 422],
    )
    def find_similar_cars(listing_id: UUID, request: Request, caller: Caller = Depends(_reads)) -> Response:
        """Find the live cars most like a listing, within hard limits: by themselves 70 to 135 % of its price."""
        asked = read_limits(request.query_params, places=find.following.snapshot.places)
        similar = find(listing_id, asked.query, asked.currency, caller)
        return json_answer(_similar_as_dict(similar, caller, find.rates))

    return router


def compare_routes(compare: CompareListings) -> APIRouter:
    """The route ``/market/compare``."""
    router = APIRouter(prefix="/market/compare", tags=["market"])

    @router.get("")
    @documented(answer(ComparisonAnswer, "The listings side by side."), problems=[422])
    def compare_cars(
        listing: Annotated[
            list[UUID],
            Query(
                min_length=1, max_length=MOST_COMPARED, description="Ids; give the parameter once for each."
            ),
        ],
        currency: Annotated[
            str | None,
            Query(
                pattern=_CURRENCY, description="Of `price_in_currency`; that of the first listing without it."
            ),
        ] = None,
        caller: Caller = Depends(_reads),
    ) -> Response:
        """Compare up to five listings side by side; the address can be passed on as a link."""
        comparison = compare(listing, currency, caller)
        day = compare.rates.day
        return json_answer(
            {
                "items": [found_as_dict(car, caller) for car in comparison.cars],
                "missing": [str(each) for each in comparison.missing],
                "differing": list(comparison.differing),
                "best": {name: [str(each) for each in ids] for name, ids in comparison.best.items()},
                "currency": comparison.currency,
                "rates_of": None if day is None else day.isoformat(),
            }
        )

    return router


def _similar_as_dict(similar: SimilarAnswer, caller: Caller, rates: RateTable) -> dict[str, object]:
    return {
        "items": [
            {
                **found_as_dict(car.found, caller),
                "difference": round(car.difference, 4),
                "reasons": [
                    {
                        "code": reason.code,
                        "amount": reason.amount,
                        "unit": reason.unit,
                        "words": list(reason.words),
                        "text": reason.text,
                    }
                    for reason in car.reasons
                ],
            }
            for car in similar.cars
        ],
        "total": similar.total,
        **applied_filters(similar.query, rates),
    }


def found_as_dict(car: FoundCar, caller: Caller) -> dict[str, object]:
    """A car of a page as JSON fields."""
    return {
        **listing_as_dict(car.listing, caller),
        "price_in_currency": None if car.price is None else round(car.price, 2),
        "away_km": None if car.away_km is None else round(car.away_km, 1),
    }


def applied_filters(query: SearchQuery, rates: RateTable) -> dict[str, object]:
    """What limited a page, and in which currency: the same fields of every answer with cars."""
    return {
        "filters": {
            "words": {name: sorted(words) for name, words in query.words.items()},
            "ranges": {name: _bounds(bounds) for name, bounds in query.ranges.items()},
            "equipment": sorted(query.equipment),
        },
        "currency": query.currency,
        "rates_of": None if rates.day is None else rates.day.isoformat(),
    }


def _as_dict(page: SearchAnswer, caller: Caller, search: SearchListings) -> dict[str, object]:
    return {
        "items": [found_as_dict(car, caller) for car in page.cars],
        "total": page.total,
        "next": None if page.next is None else str(page.next),
        "facets": {name: [each._asdict() for each in counts] for name, counts in page.facets.items()},
        **applied_filters(page.query, search.rates),
        "interpretation": _interpretation(page.interpretation),
        "unknown_words": list(page.unknown_words),
        "without_place": page.without_place,
    }


def _interpretation(read: Interpretation) -> Mapping[str, object]:
    filters = [
        {
            "field": each.field,
            "text": each.text,
            "word": each.word,
            "bounds": None if each.bounds is None else _bounds(each.bounds),
            "is_corrected": each.is_corrected,
            "is_implied": each.is_implied,
        }
        for each in read.readings
    ]
    return {"filters": filters, "currency": read.currency, "unread": list(read.unread)}


def _bounds(bounds: Range) -> BoundsAnswer:
    return {"min": bounds.low, "max": bounds.high}
