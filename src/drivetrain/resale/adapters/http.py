"""The HTTP routes of resale: what one car is worth, a list, a file."""

from __future__ import annotations

from fastapi import APIRouter

from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes
from drivetrain.resale.adapters.schemas import BATCH_EXAMPLE, PRICE_EXAMPLE, RENDERING, car_answer
from drivetrain.resale.application.value_car import CarAnswer, ValueCar
from drivetrain.resale.application.value_cars import ValueCars
from drivetrain.resale.model.price.contract import CAR_PRICE

_PRICES: Presentation[CarAnswer] = Presentation(
    prefix="/resale",
    one="price",
    many="prices",
    task="Say what a car of the 1985 table is worth, with its range and price band",
    single=car_answer,
    relative_width=lambda answer: answer.valuation.relative_width(),
    rendering=RENDERING,
    example=PRICE_EXAMPLE,
    batch_example=BATCH_EXAMPLE,
)


def price_routes(ports: ServingPorts, value_car: ValueCar, value_cars: ValueCars) -> APIRouter:
    """Routes under ``/resale``."""
    return prediction_routes(CAR_PRICE, ports, value_car, value_cars, _PRICES)
