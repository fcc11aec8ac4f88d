"""Answering logged rows with another version than the one that answered them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from drivetrain.lifecycle.learning.features import Columns, logged_columns

Redecide = Callable[[Any, Columns], Sequence[bytes]]
"""A loaded version and checked rows to answers as they stand in the ledger (JSON text)."""


def answers_or_none(redecide: Redecide, model: Any, inputs: Sequence[bytes]) -> Sequence[bytes | None]:
    """A version's answers to logged inputs; where one row breaks it, row by row, None for those that fail.

    Args:
        inputs: canonical rows, JSON text.
    """
    try:
        rows = [json.loads(line) for line in inputs]
        return redecide(model, logged_columns(rows))
    except Exception:  # noqa: BLE001 - the edge of a version: what it cannot answer is counted, and ends nothing else
        if len(inputs) == 1:
            return [None]
        return [answer for line in inputs for answer in answers_or_none(redecide, model, [line])]
