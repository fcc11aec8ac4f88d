"""From a checked row to an accountable answer, the same way for every model: one row, or chunks of a table."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import orjson

from drivetrain.core.ids import new_ids
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.contracts import FieldWarning, Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray, as_columns
from drivetrain.lifecycle.serving.deciding import decision_of
from drivetrain.lifecycle.serving.predictions import (
    BatchDecisionLog,
    DecidedRows,
    DecisionWriter,
    LiveModel,
    ModelRef,
    RequestContext,
)


class LoadedModel(Protocol):
    """One loaded version of a model."""

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...


class Value(Protocol):
    """What a product decides for one row."""

    def as_dict(self) -> Mapping[str, object]:
        """The value as it stands in answers and in the ledger."""
        ...


M = TypeVar("M", bound=LoadedModel)
V = TypeVar("V", bound=Value)
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class ExplainedDecision(Generic[V, E]):
    """A value with everything that explains it.

    Attributes:
        explanation: None where it was not asked for.
        answer_json: the value as the ledger has it, JSON text in UTF-8.
        warnings: what the model knows too little of; what is unusual about the row stands elsewhere.
    """

    value: V
    explanation: E | None
    model: ModelRef
    decision_id: str
    answer_json: bytes
    warnings: Sequence[FieldWarning] = ()


def nothing_to_warn_of(_: object) -> Sequence[FieldWarning]:
    """For models that know all their inputs alike."""
    return ()


@dataclass(frozen=True, slots=True)
class DecisionRule(Generic[M, V, E]):
    """What a product makes of a model's figures.

    Attributes:
        product: under which the ledger keeps the decisions.
        decide: a loaded version and checked rows to what the model saw, shape (n_rows, n_features), and one
            value a row.
        explain: why one row has its value; takes the row, its features, shape (n_features,), and the value as
            answered.
        warn: what the version that gave a value knows too little of.
        decide_one: as ``decide`` for one row, to the bit, where a model has a faster way; the numbers that it saw and the
            value.
    """

    product: str
    decide: Callable[[M, Columns], tuple[FloatArray, Sequence[V]]]
    explain: Callable[[M, Row, FloatArray, V], E]
    warn: Callable[[V], Sequence[FieldWarning]] = nothing_to_warn_of
    decide_one: Callable[[M, Row], tuple[Sequence[float], V]] | None = None

    def one(self, model: M, row: Row) -> tuple[Sequence[float], V]:
        """What the model saw of one row, and its value."""
        if self.decide_one is not None:
            return self.decide_one(model, row)
        features, (value,) = self.decide(model, {name: (cell,) for name, cell in row.items()})
        return features[0].tolist(), value

    def ledger_answers(self, model: M, rows: Columns) -> list[bytes]:
        """Answers as they stand in the ledger, for replays and shadows: nothing is recorded, nobody is told."""
        _, values = self.decide(model, rows)
        return [orjson.dumps(value.as_dict()) for value in values]


@dataclass(frozen=True, slots=True)
class AnswerRow(Generic[M, V, E]):
    """Answers one row; the answer is in the ledger before it leaves.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decision could not be made durable.
    """

    rule: DecisionRule[M, V, E]
    models: LiveModel[M]
    decisions: DecisionWriter
    clock: Clock

    async def __call__(self, row: Row, context: RequestContext, *, explain: bool) -> ExplainedDecision[V, E]:
        """Answer a checked row, with its reasons where they are wanted."""
        rule = self.rule

        def decide(model: M) -> tuple[ModelRef, Sequence[float], V, E | None]:
            """Everything that a version can get wrong, so that a trial that does is answered by the champion."""
            features, value = rule.one(model, row)
            explanation = rule.explain(model, row, np.asarray(features), value) if explain else None
            return model.ref, features, value, explanation

        ref, features, value, explanation = self.models.answer(context.caller, decide)
        decision = decision_of(
            rule.product,
            ref,
            orjson.dumps(row),
            features,
            value.as_dict(),
            context=context,
            decided_at=self.clock.now(),
        )
        await self.decisions.append(decision)
        return ExplainedDecision(
            value, explanation, ref, decision.decision_id, decision.answer_json, rule.warn(value)
        )


@dataclass(frozen=True, slots=True)
class AnswerRows(Generic[M, V, E]):
    """Answers rows chunk by chunk with one version: all of them recorded, or none.

    Memory holds one chunk. The decisions become durable when the iterator is exhausted, and not
    before: whoever consumes it must not send anything to the client until then.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decisions could not be made durable.
    """

    rule: DecisionRule[M, V, E]
    models: LiveModel[M]
    ledger: BatchDecisionLog
    clock: Clock

    def __call__(
        self, chunks: Iterable[Sequence[bytes]], context: RequestContext
    ) -> Generator[list[ExplainedDecision[V, E]], None, None]:
        """Answer checked rows.

        Args:
            chunks: canonical rows as JSON text, as the contract's checks wrote them.
        """
        model = self.models.current()
        with self.ledger.batch() as batch:
            for lines in chunks:
                rows: list[dict[str, object]] = orjson.loads(b"[%b]" % b",".join(lines))
                features, values = self.rule.decide(model, as_columns(rows, list(rows[0])))
                decided = DecidedRows(
                    decision_ids=new_ids(len(lines)),
                    decided_at=self.clock.now(),
                    product=self.rule.product,
                    model=model.ref,
                    inputs=lines,
                    features=features,
                    answers=[orjson.dumps(value.as_dict()) for value in values],
                    latency_us=context.waited_us(),
                    caller=context.caller,
                    request_id=context.request_id,
                )
                batch.write(decided)
                yield [
                    ExplainedDecision(value, None, model.ref, decision_id, answer, self.rule.warn(value))
                    for value, decision_id, answer in zip(
                        values, decided.decision_ids, decided.answers, strict=True
                    )
                ]
