"""Say what one car is worth, and account for it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from drivetrain.core.time import Clock
from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.deciding import decisions_of
from drivetrain.lifecycle.features import FloatArray
from drivetrain.lifecycle.predictions import Asked, DecisionLog, ModelRef
from drivetrain.resale.application.ports import CarPrices, LiveCarPrices
from drivetrain.resale.domain.price import Valuation, ValuationExplanation, valuations
from drivetrain.resale.model.price.contract import CURRENCY

PRODUCT = "resale"


@dataclass(frozen=True, slots=True)
class CarAnswer:
    """A valuation with everything that accounts for it."""

    valuation: Valuation
    explanation: ValuationExplanation | None
    model: ModelRef
    decision_id: str


@dataclass(frozen=True, slots=True)
class ValueCar:
    """Answers one car; the answer is in the ledger before it leaves.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decision could not be made durable.
    """

    models: LiveCarPrices
    log: DecisionLog
    clock: Clock

    async def __call__(self, car: Row, asked: Asked, *, explain: bool) -> CarAnswer:
        """Value a checked car."""
        columns = {name: (value,) for name, value in car.items()}

        def decide(model: CarPrices) -> tuple[ModelRef, FloatArray, Valuation, ValuationExplanation | None]:
            """Everything that a version can get wrong, so that a trial that does is answered by the champion."""
            estimates = model.estimate(columns)
            (valuation,) = valuations(estimates.price, estimates.low, estimates.high, model.bands, CURRENCY)
            explanation = model.explain(car, estimates.features[0], valuation.price) if explain else None
            return model.ref, estimates.features, valuation, explanation

        ref, features, valuation, explanation = self.models.answer(asked.caller, decide)
        (decision,) = decisions_of(
            PRODUCT,
            ref,
            [orjson.dumps(car)],
            features,
            [valuation.as_dict()],
            asked=asked,
            decided_at=self.clock.now(),
        )
        await self.log.append(decision)
        return CarAnswer(valuation, explanation, ref, decision.decision_id)
