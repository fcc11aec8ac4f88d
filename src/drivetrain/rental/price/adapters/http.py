"""The HTTP routes of rental prices: one listing, a list, a file."""

from __future__ import annotations

from fastapi import APIRouter

from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes
from drivetrain.core.prices import PriceExplanation
from drivetrain.rental.price.adapters.schemas import (
    BATCH_EXAMPLE,
    PRICE_EXAMPLE,
    PRICE_FIELDS,
    RENDERING,
    explained,
)
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.domain.price import PriceSuggestion
from drivetrain.rental.price.model.contract import MODEL_NAME, RENTAL_PRICE

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
    return prediction_routes(MODEL_NAME, RENTAL_PRICE, ports, SUGGEST_PRICE, _PRICES)
