"""Say what one car is worth, and account for it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from drivetrain.core.time import Clock
from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.deciding import decisions_of
from drivetrain.lifecycle.predictions import Asked, DecisionLog, ModelRef
from drivetrain.resale.application.ports import LiveCarPrices
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
        model = self.models.current()
        estimates = model.estimate({name: (value,) for name, value in car.items()})
        (valuation,) = valuations(estimates.price, estimates.low, estimates.high, model.bands, CURRENCY)
        explanation = model.explain(car, estimates.features[0], valuation.price) if explain else None
        (decision,) = decisions_of(
            PRODUCT,
            model.ref,
            [orjson.dumps(car)],
            estimates.features,
            [valuation.as_dict()],
            asked=asked,
            decided_at=self.clock.now(),
        )
        await self.log.append(decision)
        return CarAnswer(valuation, explanation, model.ref, decision.decision_id)
