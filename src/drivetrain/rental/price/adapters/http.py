"""The HTTP routes of rental prices: one listing, a list, a file; and what one would cost otherwise."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import Component, answer, body, documented
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes, read_row
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.prices import PriceExplanation
from drivetrain.rental.price.adapters.schemas import (
    BATCH_EXAMPLE,
    EXPLORATION_EXAMPLE,
    PRICE_EXAMPLE,
    PRICE_FIELDS,
    RENDERING,
    PriceExplorationAnswer,
    explained,
    exploration_answer,
)
from drivetrain.rental.price.application.explore_price import ExplorePrice
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.domain.price import PriceSuggestion
from drivetrain.rental.price.model.contract import MODEL_NAME, RENTAL_PRICE

_predicts = Needs(PlatformScope.PREDICT)

_PRICES: Presentation[PriceSuggestion, PriceExplanation] = Presentation(
    prefix="/rental",
    one="price",
    many="prices",
    operation="suggest_rental_price",
    task="Suggest a price per day",
    fields=PRICE_FIELDS,
    explained=explained,
    relative_width=PriceSuggestion.relative_width,
    rendering=RENDERING,
    example=PRICE_EXAMPLE,
    batch_example=BATCH_EXAMPLE,
)


def price_routes(ports: ServingPorts) -> APIRouter:
    """Routes under ``/rental``."""
    router = prediction_routes(MODEL_NAME, RENTAL_PRICE, ports, SUGGEST_PRICE, _PRICES)
    _add_exploration(router, ports)
    return router


def _add_exploration(router: APIRouter, ports: ServingPorts) -> None:
    """What is looked at, not acted on: no decision, so nothing goes into the ledger."""
    explore = ExplorePrice(ports.predictors[MODEL_NAME])

    @router.post("/price/what-if", name="explore_rental_price")
    @documented(
        answer(PriceExplorationAnswer, "The price and what changes it.", example=EXPLORATION_EXAMPLE),
        body=body(Component("RentalPriceRequest", RENTAL_PRICE.schema()), example=RENTAL_PRICE.example()),
    )
    async def explore_price(request: Request, caller: Caller = Depends(_predicts)) -> Response:
        """Give the price of the car at other mileages, and with each piece of equipment added or left out.

        Nothing is recorded: these prices are no decisions.
        """
        listing, warnings = await read_row(request, RENTAL_PRICE, ports, MODEL_NAME)
        explored = explore(listing, caller.subject)
        remarks = [warning.as_dict() for warning in (*warnings, *explored.warnings)]
        return json_answer({**exploration_answer(explored), "warnings": remarks})
