"""The route that recommends live cars."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import Caller
from drivetrain.market.listings.domain.scopes import LISTINGS_READ
from drivetrain.market.recommendations.adapters.interactions_http import Visitor
from drivetrain.market.recommendations.application.recommend_cars import (
    RecommendCars,
    RecommendedCar,
)
from drivetrain.market.recommendations.domain.interaction import Actor, actor_of
from drivetrain.market.recommendations.domain.reasons import RecommendationReason
from drivetrain.market.search.adapters.http import (
    AppliedFilters,
    FoundCarAnswer,
    applied_filters,
    found_as_dict,
)
from drivetrain.market.search.adapters.parameters import LIMITS, described_limits, read_limits

_reads = Needs(LISTINGS_READ.name)
_NAMES = LIMITS | {"visitor"}


class RecommendationReasonAnswer(TypedDict):
    """Why a car stands there; ``listing_id`` and ``name`` are of a car that the buyer saw, null where none is meant.

    ``text`` says it in English.
    """

    code: RecommendationReason
    listing_id: str | None
    name: str | None
    text: str


class RecommendedCarAnswer(FoundCarAnswer):
    """A live listing in its place; ``propensity`` is 1 where it was not drawn by chance."""

    position: int
    propensity: float
    reasons: list[RecommendationReasonAnswer]


class RecommendationsAnswer(TypedDict):
    """A slate of live listings for one person or visitor, best first.

    ``total`` counts the cars within the limits that are not disliked. ``is_personal`` is false where nothing is known of
    the buyer: the slate then goes by what others look at. ``slate_id``, ``policy`` and each car's ``position`` and
    ``propensity`` belong to the impressions that are sent back.
    """

    slate_id: str
    policy: str
    is_personal: bool
    items: list[RecommendedCarAnswer]
    total: int
    filters: AppliedFilters
    currency: str
    rates_of: str | None


def recommendation_routes(recommend: RecommendCars, currency: str) -> APIRouter:
    """The route ``/market/recommendations``.

    Args:
        currency: of prices where the address names none.
    """
    router = APIRouter(prefix="/market/recommendations", tags=["market"])

    @router.get("")
    @documented(answer(RecommendationsAnswer, "The slate."), parameters=described_limits(), problems=[422])
    def recommend_cars(
        request: Request, visitor: Visitor = None, caller: Caller = Depends(_reads)
    ) -> Response:
        """Recommend live cars to who is signed in, or to a visitor for whom a key asks, under hard limits."""
        asked = read_limits(request.query_params, _NAMES, currency)
        slate = recommend(_buyer(caller, visitor), asked.query)
        return json_answer(
            {
                "slate_id": str(slate.slate),
                "policy": slate.policy,
                "is_personal": slate.is_personal,
                "items": [_as_dict(car, caller) for car in slate.cars],
                "total": slate.total,
                **applied_filters(slate.query, recommend.rates),
            }
        )

    return router


def _buyer(caller: Caller, visitor: str | None) -> Actor | None:
    """Who it is for; None for a key that names no visitor: nothing is known of whom it asks for."""
    return None if caller.person is None and visitor is None else actor_of(caller, visitor)


def _as_dict(car: RecommendedCar, caller: Caller) -> dict[str, object]:
    return {
        **found_as_dict(car.found, caller),
        "position": car.position,
        "propensity": car.propensity,
        "reasons": [
            {
                "code": reason.code,
                "listing_id": reason.car and _with_hyphens(reason.car.listing_id),
                "name": reason.car and f"{reason.car.make} {reason.car.model}",
                "text": reason.text,
            }
            for reason in car.reasons
        ],
    }


def _with_hyphens(listing_id: str) -> str:
    return str(UUID(listing_id))
