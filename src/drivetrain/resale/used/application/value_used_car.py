"""Say what used cars are worth, and rate the asking price of those that name one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import FieldWarning, Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray, as_columns
from drivetrain.lifecycle.serving.answering import DecisionRule
from drivetrain.resale.used.application.ports import UsedCarValues
from drivetrain.resale.used.domain.deal import Deal
from drivetrain.resale.used.domain.value import FAMILIAR, UsedCarValue
from drivetrain.resale.used.model.contract import ASKING_PRICE, DOMAIN

UsedCarDecision = UsedCarValue | Deal
"""One rule gives both, so that a replay or a shadow of the model's decisions answers each as it was asked."""


def _value(model: UsedCarValues, cars: Columns) -> tuple[FloatArray, list[UsedCarDecision]]:
    estimates = model.estimate(cars)
    values = [*model.values(estimates)]
    for row, novelty in model.novelties(cars, estimates.features).items():
        values[row] = replace(values[row], novelty=novelty)
    asking_prices = cars.get(ASKING_PRICE) or [None] * len(values)
    decisions = [
        worth if price is None else Deal(worth, round(price, 2))
        for worth, price in zip(values, asking_prices, strict=True)
    ]
    return estimates.features, decisions


def _explain(
    model: UsedCarValues, car: Row, features: FloatArray, decision: UsedCarDecision
) -> PriceExplanation:
    return model.explain(car, features, _worth(decision).value)


_RARE_MAKE = FieldWarning(
    "make",
    f"{DOMAIN}.rare_make",
    "The training table has too few cars of this make to learn from; the range is that of an unknown make.",
)
_RARE_MODEL = FieldWarning(
    "model",
    f"{DOMAIN}.rare_model",
    "The training table has too few cars of this model and make to learn from; the range is that of an unknown model.",
)
_FAR_YEAR = FieldWarning(
    "year",
    f"{DOMAIN}.extrapolated_year",
    "The training table has this model, but none from within two years of this one; the value is extrapolated, and "
    "the range may not hold.",
)


def _warn(decision: UsedCarDecision) -> Sequence[FieldWarning]:
    novelty = _worth(decision).novelty
    if novelty is FAMILIAR:
        return ()
    warnings = ((novelty.make, _RARE_MAKE), (novelty.model, _RARE_MODEL), (novelty.year, _FAR_YEAR))
    return tuple(warning for is_new, warning in warnings if is_new)


def _worth(decision: UsedCarDecision) -> UsedCarValue:
    return decision.worth if isinstance(decision, Deal) else decision


VALUE_USED_CAR: DecisionRule[UsedCarValues, UsedCarDecision, PriceExplanation] = DecisionRule(
    "resale", _value, _explain, _warn
)


def value_of(model: UsedCarValues, car: Row) -> tuple[UsedCarValue, Sequence[FieldWarning]]:
    """What one checked car is worth, with what the model knows too little of."""
    _, (decision,) = VALUE_USED_CAR.decide(model, as_columns([car], list(car)))
    return _worth(decision), VALUE_USED_CAR.warn(decision)
