"""Why a car is worth what it is, as JSON."""

from __future__ import annotations

from typing import Any

from drivetrain.resale.valuation.domain.money import ValuationExplanation


def explained(explanation: ValuationExplanation) -> dict[str, Any]:
    """Why a car is worth what it is, as JSON fields."""
    return {
        "average_price": explanation.average_price,
        "reasons": [
            {"field": each.name, "value": each.value, "effect": each.effect} for each in explanation.reasons
        ],
        "comparables": [{**each.car, "price": each.price} for each in explanation.comparables],
    }
