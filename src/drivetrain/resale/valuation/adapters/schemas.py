"""Why a car is worth what it is, as JSON."""

from __future__ import annotations

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import ReasonAnswer
from drivetrain.core.prices import PriceExplanation


class ValuationReasons(TypedDict):
    """Why: the average price and the effects add up to the value."""

    average_price: float
    reasons: list[ReasonAnswer]


def explained(explanation: PriceExplanation) -> dict[str, object]:
    """Why a car is worth what it is, as JSON fields."""
    return {
        "average_price": explanation.average_price,
        "reasons": [
            {"field": reason.name, "value": reason.value, "effect": reason.effect}
            for reason in explanation.reasons
        ],
        "comparables": [
            {**comparable.listing, "price": comparable.price} for comparable in explanation.comparables
        ],
    }
