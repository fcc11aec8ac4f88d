"""Suggest a price per day for listings: the model's figures in whole cents, with reasons on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import FieldWarning, Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.answering import DecisionRule, ExplainedDecision
from drivetrain.rental.price.application.ports import PriceModel
from drivetrain.rental.price.domain.price import PriceSuggestion, suggestion, suggestions


def _suggest(model: PriceModel, listings: Columns) -> tuple[FloatArray, list[PriceSuggestion]]:
    estimates = model.estimate(listings)
    values = suggestions(estimates.price, estimates.low, estimates.high)
    for row in model.rare_makes(listings, estimates.features):
        values[row] = replace(values[row], is_rare_make=True)
    return estimates.features, values


def _suggest_one(model: PriceModel, listing: Row) -> tuple[Sequence[float], PriceSuggestion]:
    one = model.estimate_one(listing)
    return one.features, suggestion(one.price, one.low, one.high, is_rare_make=one.is_rare_make)


def _explain(
    model: PriceModel, listing: Row, features: FloatArray, suggestion: PriceSuggestion
) -> PriceExplanation:
    return model.explain(listing, features, suggestion.price_per_day)


_RARE_MAKE = FieldWarning(
    "model_key",
    "rental.rare_model_key",
    "The training table has too few cars of this make to learn from; the range is that of an unknown make.",
)


def _warn(suggestion: PriceSuggestion) -> Sequence[FieldWarning]:
    return (_RARE_MAKE,) if suggestion.is_rare_make else ()


SUGGEST_PRICE: DecisionRule[PriceModel, PriceSuggestion, PriceExplanation] = DecisionRule(
    "rental", _suggest, _explain, _warn, _suggest_one
)

PriceAnswer = ExplainedDecision[PriceSuggestion, PriceExplanation]
