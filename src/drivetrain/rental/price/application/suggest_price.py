"""Suggest a price per day for listings: the model's figures in whole cents, with reasons on request."""

from __future__ import annotations

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.answering import DecisionRule, ExplainedDecision
from drivetrain.rental.price.application.ports import PriceModel
from drivetrain.rental.price.domain.price import PriceSuggestion, suggestions


def _suggest(model: PriceModel, listings: Columns) -> tuple[FloatArray, list[PriceSuggestion]]:
    estimates = model.estimate(listings)
    return estimates.features, suggestions(estimates.price, estimates.low, estimates.high)


def _explain(
    model: PriceModel, listing: Row, features: FloatArray, suggestion: PriceSuggestion
) -> PriceExplanation:
    return model.explain(listing, features, suggestion.price_per_day)


SUGGEST_PRICE: DecisionRule[PriceModel, PriceSuggestion, PriceExplanation] = DecisionRule(
    "rental", _suggest, _explain
)

PriceAnswer = ExplainedDecision[PriceSuggestion, PriceExplanation]
