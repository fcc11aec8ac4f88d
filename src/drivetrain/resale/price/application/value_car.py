"""Say what cars of the 1985 table are worth: the model's figures in whole cents with their band, with reasons on request."""

from __future__ import annotations

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.answering import DecisionRule, ExplainedDecision
from drivetrain.resale.price.application.ports import CarPrices
from drivetrain.resale.price.model.contract import CURRENCY
from drivetrain.resale.valuation.domain.money import Valuation, valuations


def _value(model: CarPrices, cars: Columns) -> tuple[FloatArray, list[Valuation]]:
    estimates = model.estimate(cars)
    return estimates.features, valuations(
        estimates.price, estimates.low, estimates.high, model.bands, CURRENCY
    )


def _explain(model: CarPrices, car: Row, features: FloatArray, valuation: Valuation) -> PriceExplanation:
    return model.explain(car, features, valuation.price)


VALUE_CAR: DecisionRule[CarPrices, Valuation, PriceExplanation] = DecisionRule("resale", _value, _explain)

CarAnswer = ExplainedDecision[Valuation, PriceExplanation]
