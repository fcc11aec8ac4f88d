"""Suggest a price per day for one listing, and account for it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from drivetrain.core.time import Clock
from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.deciding import decisions_of
from drivetrain.lifecycle.predictions import Asked, DecisionLog, ModelRef
from drivetrain.rental.application.ports import LivePriceModel
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
        model = self.models.current()
        estimates = model.estimate({name: (value,) for name, value in listing.items()})
        (suggestion,) = suggestions(estimates.price, estimates.low, estimates.high)
        explanation = model.explain(listing, estimates.features[0], suggestion.price_per_day) if explain else None
        (decision,) = decisions_of(
            PRODUCT,
            model.ref,
            [orjson.dumps(listing)],
            estimates.features,
            [suggestion.as_dict()],
            asked=asked,
            decided_at=self.clock.now(),
        )
        await self.log.append(decision)
        return PriceAnswer(suggestion, explanation, model.ref, decision.decision_id)
