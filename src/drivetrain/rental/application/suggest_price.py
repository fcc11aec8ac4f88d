"""Suggest a price per day for one listing, and account for it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from drivetrain.core.time import Clock
from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.deciding import decisions_of
from drivetrain.lifecycle.features import FloatArray
from drivetrain.lifecycle.predictions import Asked, DecisionLog, ModelRef
from drivetrain.rental.application.ports import LivePriceModel, PriceModel
from drivetrain.rental.domain.price import PriceExplanation, PriceSuggestion, suggestions

PRODUCT = "rental"


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """A suggestion with everything that accounts for it."""

    suggestion: PriceSuggestion
    explanation: PriceExplanation | None
    model: ModelRef
    decision_id: str


@dataclass(frozen=True, slots=True)
class SuggestPrice:
    """Answers one listing; the answer is in the ledger before it leaves.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decision could not be made durable.
    """

    models: LivePriceModel
    log: DecisionLog
    clock: Clock

    async def __call__(self, listing: Row, asked: Asked, *, explain: bool) -> PriceAnswer:
        """Suggest a price for a checked listing."""
        columns = {name: (value,) for name, value in listing.items()}

        def decide(model: PriceModel) -> tuple[ModelRef, FloatArray, PriceSuggestion, PriceExplanation | None]:
            """Everything that a version can get wrong, so that a trial that does is answered by the champion."""
            estimates = model.estimate(columns)
            (suggestion,) = suggestions(estimates.price, estimates.low, estimates.high)
            explanation = model.explain(listing, estimates.features[0], suggestion.price_per_day) if explain else None
            return model.ref, estimates.features, suggestion, explanation

        ref, features, suggestion, explanation = self.models.answer(asked.caller, decide)
        (decision,) = decisions_of(
            PRODUCT,
            ref,
            [orjson.dumps(listing)],
            features,
            [suggestion.as_dict()],
            asked=asked,
            decided_at=self.clock.now(),
        )
        await self.log.append(decision)
        return PriceAnswer(suggestion, explanation, ref, decision.decision_id)
