"""The HTTP routes of rental prices: one listing, a list, a file."""

from __future__ import annotations

from fastapi import APIRouter

from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes
from drivetrain.lifecycle.contracts import Contract
from drivetrain.rental.adapters.schemas import BATCH_EXAMPLE, PRICE_EXAMPLE, RENDERING, price_answer
from drivetrain.rental.application.suggest_price import PriceAnswer, SuggestPrice
from drivetrain.rental.application.suggest_prices import SuggestPrices

_PRICES: Presentation[PriceAnswer] = Presentation(
    prefix="/rental",
    one="price",
    many="prices",
    task="Suggest a price per day",
    single=price_answer,
    relative_width=lambda answer: answer.suggestion.relative_width(),
    rendering=RENDERING,
    example=PRICE_EXAMPLE,
    batch_example=BATCH_EXAMPLE,
)


def price_routes(contract: Contract, ports: ServingPorts, suggest: SuggestPrice, suggest_many: SuggestPrices) -> APIRouter:
    """Routes under ``/rental``."""
    return prediction_routes(contract, ports, suggest, suggest_many, _PRICES)
