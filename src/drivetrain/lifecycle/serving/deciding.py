"""Turning an answer into a decision for the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from drivetrain.core.ids import new_id
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
