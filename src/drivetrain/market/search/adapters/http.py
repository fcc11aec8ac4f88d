"""The route that searches live listings."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import Caller
from drivetrain.market.listings.adapters.schemas import ListingAnswer, listing_as_dict
from drivetrain.market.listings.domain.scopes import LISTINGS_READ
from drivetrain.market.search.adapters.parameters import described, read_search
from drivetrain.market.search.application.search_listings import SearchAnswer, SearchListings
from drivetrain.market.search.domain.query import Range
from drivetrain.market.search.domain.reading import Interpretation

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
        asked = read_search(request.query_params, currency)
        page = search(asked.query, asked.text, with_facets=asked.with_facets, currency=asked.currency)
        return json_answer(_as_dict(page, caller, search))

    return router


def _as_dict(page: SearchAnswer, caller: Caller, search: SearchListings) -> dict[str, object]:
    day = search.rates.day
    query = page.query
    return {
        "items": [
            {
                **listing_as_dict(car.listing, caller),
                "price_in_currency": None if car.price is None else round(car.price, 2),
                "away_km": None if car.away_km is None else round(car.away_km, 1),
            }
            for car in page.cars
        ],
        "total": page.total,
        "next": None if page.next is None else str(page.next),
        "facets": {name: [each._asdict() for each in counts] for name, counts in page.facets.items()},
        "filters": {
            "words": {name: sorted(words) for name, words in query.words.items()},
            "ranges": {name: _bounds(bounds) for name, bounds in query.ranges.items()},
            "equipment": sorted(query.equipment),
        },
        "currency": query.currency,
        "rates_of": None if day is None else day.isoformat(),
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
