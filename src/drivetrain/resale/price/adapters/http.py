"""The HTTP routes of resale: what one car is worth, a list, a file."""

from __future__ import annotations

from fastapi import APIRouter

from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes
from drivetrain.core.prices import PriceExplanation
from drivetrain.resale.price.adapters.schemas import BATCH_EXAMPLE, PRICE_EXAMPLE, PRICE_FIELDS, RENDERING
from drivetrain.resale.price.application.value_car import VALUE_CAR
from drivetrain.resale.price.model.contract import CAR_PRICE, MODEL_NAME
from drivetrain.resale.valuation.adapters.schemas import explained
from drivetrain.resale.valuation.domain.money import Valuation

_PRICES: Presentation[Valuation, PriceExplanation] = Presentation(
    prefix="/resale",
    one="price",
    many="prices",
    operation="estimate_car_price",
    task="Say what a car of the 1985 table is worth, with its range and price band",
    fields=PRICE_FIELDS,
    explained=explained,
    relative_width=Valuation.relative_width,
    rendering=RENDERING,
    example=PRICE_EXAMPLE,
    batch_example=BATCH_EXAMPLE,
)


def price_routes(ports: ServingPorts) -> APIRouter:
    """Routes under ``/resale``."""
    return prediction_routes(MODEL_NAME, CAR_PRICE, ports, VALUE_CAR, _PRICES)
