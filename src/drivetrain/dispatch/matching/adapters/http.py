"""The routes that match riders."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.adapters.http.predicting import request_context
from drivetrain.core.access import Caller
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.matching.adapters.metrics import MatchMetrics
from drivetrain.dispatch.matching.adapters.schemas import (
    FlatMatchAnswer,
    FlatMatchRequest,
    MatchAnswer,
    MatchRequest,
    flat_match_answer,
    match_answer,
    offer_answer,
)
from drivetrain.dispatch.matching.application.match_rider import MatchRider
from drivetrain.dispatch.matching.application.offer_ride import OfferRide
from drivetrain.dispatch.matching.domain.scopes import DISPATCH_MATCH

_matches = Needs(DISPATCH_MATCH.name)

_REQUEST = {
    "rider_id": "rider_1",
    "pickup": {"latitude": 40.73, "longitude": -73.99},
    "dropoff": {"latitude": 40.78, "longitude": -73.97},
    "vehicle": "sedan",
    "top_k": 1,
    "request_id": "0198c3a1-6f1e-7cc3-9d52-0f6f9a3c2b10",
    "hold": True,
}
_ANSWER: MatchAnswer = {
    "matches": [
        {
            "driver_id": "driver_7",
            "score": 0.669,
            "distance_m": 526,
            "eta_min": 3.94,
            "reasons": [
                {"field": "start", "value": 1.0, "effect": 2.21},
                {"field": "distance_m", "value": 526, "effect": 1.73},
                {"field": "position_age_s", "value": 9.6, "effect": 0.08},
            ],
        }
    ],
    "candidates": 100,
    "policy": {"name": "dispatch-pick-up", "version": "1"},
    "decision_id": "0198c3a1-6f1e-7cc3-9d52-0f6f9a3c2b11",
    "offer": {
        "offer_id": "0198c3a1-6f1e-7cc3-9d52-0f6f9a3c2b11",
        "driver_id": "driver_7",
        "fence": 4711,
        "expires_at": "2026-05-01T09:30:14.000000Z",
    },
}
_FLAT_REQUEST = {"rider_id": "r1", "rider_lat": 40.73, "rider_lon": -73.99, "top_k": 1}
_FLAT_ANSWER: FlatMatchAnswer = {"matches": [{"driver_id": "driver_7", "score": 0.669, "distance_km": 0.526}]}


def match_routes(
    match: MatchRider, offer: OfferRide, cities: tuple[City, ...], metrics: MatchMetrics
) -> APIRouter:
    """``POST /dispatch/matches`` and ``POST /match``."""
    router = APIRouter(tags=["dispatch"])
    start_min = match.policy.start_min

    @router.post("/dispatch/matches")
    @documented(
        answer(MatchAnswer, "The best drivers; the decision is in the ledger.", example=_ANSWER),
        body=body(MatchRequest, example=_REQUEST),
        problems=[409, 503],
    )
    async def match_rider(request: Request, caller: Caller = Depends(_matches)) -> Response:
        """Rank the idle drivers around a rider by expected wait; with `hold`, hold the best free one for the request."""
        asked, context = await read_model(request, MatchRequest), request_context(request, caller)
        ride = asked.ride(cities)
        if not asked.hold or ride.request_id is None:
            made = await match(ride, asked.top_k, context)
            metrics.matched(made, context)
            return json_answer(match_answer(made, start_min))
        made, offered = await offer(ride, ride.request_id, asked.top_k, context)
        metrics.matched(made, context)
        metrics.offered(is_held=offered is not None, lost=offer.lost)
        return json_answer({**match_answer(made, start_min), "offer": offer_answer(offered)})

    @router.post("/match")
    @documented(
        answer(FlatMatchAnswer, "The best drivers; the decision is in the ledger.", example=_FLAT_ANSWER),
        body=body(FlatMatchRequest, example=_FLAT_REQUEST),
        problems=[503],
    )
    async def match_rider_flat(request: Request, caller: Caller = Depends(_matches)) -> Response:
        """Match a rider in the flat shape that clients of public projects send and expect."""
        asked, context = await read_model(request, FlatMatchRequest), request_context(request, caller)
        made = await match(asked.ride(cities), asked.top_k, context)
        metrics.matched(made, context)
        return json_answer(flat_match_answer(made))

    return router
