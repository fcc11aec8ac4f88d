"""Say what used cars are worth, and rate the asking price of those that name one."""

from __future__ import annotations

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.answering import DecisionRule
from drivetrain.resale.used.application.ports import UsedCarValues
from drivetrain.resale.used.domain.deal import Deal
from drivetrain.resale.used.domain.value import UsedCarValue
from drivetrain.resale.used.model.contract import ASKING_PRICE

UsedCarDecision = UsedCarValue | Deal
"""One rule gives both, so that a replay or a shadow of the model's decisions answers each as it was asked."""


def _value(model: UsedCarValues, cars: Columns) -> tuple[FloatArray, list[UsedCarDecision]]:
    estimates = model.estimate(cars)
    values = model.values(estimates)
    asking_prices = cars.get(ASKING_PRICE) or [None] * len(values)
    decisions = [
        worth if price is None else Deal(worth, round(price, 2))
        for worth, price in zip(values, asking_prices, strict=True)
    ]
    return estimates.features, decisions


def _explain(
    model: UsedCarValues, car: Row, features: FloatArray, decision: UsedCarDecision
) -> PriceExplanation:
    worth = decision.worth if isinstance(decision, Deal) else decision
    return model.explain(car, features, worth.value)


VALUE_USED_CAR: DecisionRule[UsedCarValues, UsedCarDecision, PriceExplanation] = DecisionRule(
    "resale", _value, _explain
)
