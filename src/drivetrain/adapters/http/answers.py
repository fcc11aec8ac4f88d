"""Parts that the answers of several routes share, as the documentation describes them."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from drivetrain.core.errors import FieldErrorRecord
from drivetrain.core.health import State


class SetUpProgress(TypedDict):
    """What a platform does before it serves; ``done`` of ``total`` where they are counted."""

    stage: str
    done: NotRequired[int]
    total: NotRequired[int]


class Problem(TypedDict):
    """Why a request was not answered (RFC 9457). Program against ``code``: it is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: NotRequired[list[FieldErrorRecord]]
    progress: NotRequired[SetUpProgress]


class ModelVersionRef(TypedDict):
    """The version that answered."""

    name: str
    version: str


class RangeAnswer(TypedDict):
    """Where the true value lies in ``coverage`` of all cases."""

    low: float
    high: float
    coverage: float


class WarningAnswer(TypedDict):
    """Something unusual that was accepted."""

    field: str
    code: str
    detail: str


class ReasonAnswer(TypedDict):
    """What one field does to the answer, in the answer's unit, against the average."""

    field: str
    value: str | float | bool | None
    effect: float


class RowFailure(TypedDict):
    """A row that was not answered, under ``mode=partial``; rows are counted from 1."""

    row: int
    errors: list[FieldErrorRecord]


class RowCounts(TypedDict):
    """How many rows were answered, and how many were not."""

    ok: int
    failed: int


class DependencyAnswer(TypedDict):
    """One dependency as it was last seen; ``why`` is empty when all is well."""

    name: str
    state: State
    why: str


WindowAnswer = TypedDict("WindowAnswer", {"from": str, "to": str})
"""A window of time; its end is excluded."""
