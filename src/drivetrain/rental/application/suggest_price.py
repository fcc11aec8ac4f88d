"""Suggest a price per day for one listing, and account for it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.predictions import Asked, Decision, DecisionLog, ModelRef
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
        features = estimates.features[0]
        explanation = model.explain(listing, features, suggestion.price_per_day) if explain else None
        decision_id = new_id()
        await self.log.append(
            Decision(
                decision_id=decision_id,
                decided_at=self.clock.now(),
                product=PRODUCT,
                model=model.ref,
                input_json=orjson.dumps(listing),
                features=features.tolist(),
                answer_json=orjson.dumps(suggestion.as_dict()),
                latency_us=asked.waited_us(),
                caller=asked.caller,
                request_id=asked.request_id,
            )
        )
        return PriceAnswer(suggestion, explanation, model.ref, decision_id)
