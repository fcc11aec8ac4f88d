"""Say what many cars are worth in one pass: all of them recorded, or none."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

import orjson

from drivetrain.core.time import Clock
from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.deciding import decisions_of
from drivetrain.lifecycle.features import Columns, as_columns
from drivetrain.lifecycle.predictions import Asked, BatchDecisionLog, Decision
from drivetrain.resale.application.ports import CarPrices, LiveCarPrices
from drivetrain.resale.application.value_car import PRODUCT, CarAnswer
from drivetrain.resale.domain.price import valuations
from drivetrain.resale.model.price.contract import CURRENCY


def ledger_answers(model: CarPrices, rows: Columns) -> list[bytes]:
    """Answers as they stand in the ledger, for replays and shadows: nothing is recorded, nobody is told."""
    estimates = model.estimate(rows)
    valued = valuations(estimates.price, estimates.low, estimates.high, model.bands, CURRENCY)
    return [orjson.dumps(valuation.as_dict()) for valuation in valued]


@dataclass(frozen=True, slots=True)
class ValueCars:
    """Answers cars chunk by chunk with one version of the model.

    Memory holds one chunk. The decisions become durable when the iterator is exhausted, and not
    before: whoever consumes it must not send anything to the client until then.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decisions could not be made durable.
    """

    models: LiveCarPrices
    ledger: BatchDecisionLog
    clock: Clock

    def __call__(self, chunks: Iterable[Sequence[bytes]], asked: Asked) -> Generator[list[CarAnswer], None, None]:
        """Value checked cars.

        Args:
            chunks: canonical rows as JSON text, as the contract's checks wrote them.
        """
        model = self.models.current()
        with self.ledger.batch() as batch:
            for lines in chunks:
                answers, decisions = self._decide(model, lines, asked)
                batch.write(decisions)
                yield answers

    def _decide(self, model: CarPrices, lines: Sequence[bytes], asked: Asked) -> tuple[list[CarAnswer], list[Decision]]:
        cars: list[Row] = [orjson.loads(line) for line in lines]
        estimates = model.estimate(as_columns(cars, list(cars[0])))
        valued = valuations(estimates.price, estimates.low, estimates.high, model.bands, CURRENCY)
        decisions = decisions_of(
            PRODUCT,
            model.ref,
            lines,
            estimates.features,
            [valuation.as_dict() for valuation in valued],
            asked=asked,
            decided_at=self.clock.now(),
        )
        answers = [
            CarAnswer(valuation, None, model.ref, decision.decision_id)
            for valuation, decision in zip(valued, decisions, strict=True)
        ]
        return answers, decisions
