"""Turning answers into decisions for the ledger, the same way for one row and a chunk of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from drivetrain.core.ids import new_id, new_ids
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef, RequestContext


def decision_of(
    product: str,
    model: ModelRef,
    line: bytes,
    features: Sequence[float],
    answer: Mapping[str, object],
    *,
    context: RequestContext,
    decided_at: datetime,
) -> Decision:
    """The decision for one row, with an id of its own.

    Args:
        line: the canonical row, JSON text in UTF-8.
        features: the numbers that the model saw.
        answer: what is answered, as plain values.
    """
    return Decision(
        decision_id=new_id(),
        decided_at=decided_at,
        product=product,
        model=model,
        input_json=line,
        features=features,
        answer_json=orjson.dumps(answer),
        latency_us=context.waited_us(),
        caller=context.caller,
        request_id=context.request_id,
    )


def decisions_of(
    product: str,
    model: ModelRef,
    inputs: Sequence[bytes],
    features: FloatArray,
    answers: Sequence[Mapping[str, object]],
    *,
    context: RequestContext,
    decided_at: datetime,
) -> list[Decision]:
    """One decision for each row, in order, each with an id of its own.

    Args:
        inputs: canonical rows, JSON text in UTF-8.
        features: what the model saw, shape (n_rows, n_features).
        answers: what is answered, as plain values.
    """
    latency_us = context.waited_us()
    return [
        Decision(
            decision_id=decision_id,
            decided_at=decided_at,
            product=product,
            model=model,
            input_json=line,
            features=features,
            answer_json=orjson.dumps(answer),
            latency_us=latency_us,
            caller=context.caller,
            request_id=context.request_id,
        )
        for decision_id, line, features, answer in zip(
            new_ids(len(inputs)), inputs, features.tolist(), answers, strict=True
        )
    ]
