"""Suggest prices for many listings in one pass: all of them recorded, or none."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

import orjson

from drivetrain.core.time import Clock
from drivetrain.lifecycle.contracts import Row
from drivetrain.lifecycle.deciding import decisions_of
from drivetrain.lifecycle.features import Columns, as_columns
from drivetrain.lifecycle.predictions import Asked, BatchDecisionLog, Decision
from drivetrain.rental.application.ports import LivePriceModel, PriceModel
from drivetrain.rental.application.suggest_price import PRODUCT, PriceAnswer
from drivetrain.rental.domain.price import suggestions


def ledger_answers(model: PriceModel, rows: Columns) -> list[bytes]:
    """Answers as they stand in the ledger, for replays and shadows: nothing is recorded, nobody is told."""
    estimates = model.estimate(rows)
    return [orjson.dumps(each.as_dict()) for each in suggestions(estimates.price, estimates.low, estimates.high)]


@dataclass(frozen=True, slots=True)
class SuggestPrices:
    """Answers listings chunk by chunk with one version of the model.

    Memory holds one chunk. The decisions become durable when the iterator is exhausted, and not
    before: whoever consumes it must not send anything to the client until then.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decisions could not be made durable.
    """

    models: LivePriceModel
    ledger: BatchDecisionLog
    clock: Clock

    def __call__(self, chunks: Iterable[Sequence[bytes]], asked: Asked) -> Generator[list[PriceAnswer], None, None]:
        """Suggest prices for checked listings.

        Args:
            chunks: canonical rows as JSON text, as the contract's checks wrote them.
        """
        model = self.models.current()
        with self.ledger.batch() as batch:
            for lines in chunks:
                answers, decisions = self._decide(model, lines, asked)
                batch.write(decisions)
                yield answers

    def _decide(self, model: PriceModel, lines: Sequence[bytes], asked: Asked) -> tuple[list[PriceAnswer], list[Decision]]:
        listings: list[Row] = [orjson.loads(line) for line in lines]
        estimates = model.estimate(as_columns(listings, list(listings[0])))
        suggested = suggestions(estimates.price, estimates.low, estimates.high)
        decisions = decisions_of(
            PRODUCT,
            model.ref,
            lines,
            estimates.features,
            [suggestion.as_dict() for suggestion in suggested],
            asked=asked,
            decided_at=self.clock.now(),
        )
        answers = [
            PriceAnswer(suggestion, None, model.ref, decision.decision_id)
            for suggestion, decision in zip(suggested, decisions, strict=True)
        ]
        return answers, decisions
