"""Searching the ledger without an index of its own: a window of time is a range of the primary key.

Decision ids are UUIDv7 and begin with the millisecond at which they were made, which is that of the decision or a
little later. Every further index would cost each decision that is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import errors
from sqlalchemy import Engine, Row, Select, exc, exists, select, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.tables import decisions, outcomes
from drivetrain.core.errors import DeadlineExceededError
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, ListedDecision, SearchWindow
from drivetrain.lifecycle.serving.predictions import ModelRef

SEARCH_TIMEOUT_S = 3.0
_MADE_LATER = timedelta(minutes=10)
"""Ids of a long table are made chunk by chunk after the instant that its decisions bear."""
_MADE_EARLIER = timedelta(seconds=10)
"""A clock that is set back a little."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HIGHEST_MILLISECOND = (1 << 48) - 1
_columns = decisions.c
_has_outcome = exists().where(outcomes.c.decision_id == _columns.decision_id)
_LISTED = select(
    _columns.decision_id,
    _columns.decided_at,
    _columns.product,
    _columns.model,
    _columns.version,
    _columns.input,
    _columns.answer,
    _columns.latency_us,
    _columns.caller,
    _columns.request_id,
    _has_outcome.label("has_outcome"),
)


class PostgresDecisionSearch:
    """The port ``DecisionSearch``.

    Args:
        timeout_s: longest a search may take.
    """

    def __init__(self, engine: Engine, *, timeout_s: float = SEARCH_TIMEOUT_S) -> None:
        self._engine = engine
        self._limit = text(f"SET LOCAL statement_timeout = {round(timeout_s * 1000)}")

    def newest(self, wanted: DecisionFilter, *, before: UUID | None, most: int) -> Sequence[ListedDecision]:
        """Decisions, newest first."""
        query = _filtered(wanted).order_by(_columns.decision_id.desc()).limit(most)
        if before is not None:
            query = query.where(_columns.decision_id < before)
        with transaction(self._engine) as connection:
            connection.execute(self._limit)
            try:
                return [_listed(row) for row in connection.execute(query)]
            except exc.DBAPIError as error:
                if isinstance(error.orig, errors.QueryCanceled):
                    raise _too_slow() from error
                raise


def _filtered(wanted: DecisionFilter) -> Select[Any]:
    query = _LISTED.where(*_in_window(wanted.window))
    for name in ("product", "model", "version", "caller"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(_columns[name] == value)
    if wanted.has_outcome is not None:
        query = query.where(_has_outcome if wanted.has_outcome else ~_has_outcome)
    return query


def _in_window(window: SearchWindow) -> tuple[Any, ...]:
    return (
        _columns.decision_id >= _first_id(window.since, -_MADE_EARLIER),
        _columns.decision_id < _first_id(window.until, _MADE_LATER),
        _columns.decided_at >= window.since,
        _columns.decided_at < window.until,
    )


def _first_id(instant: datetime, shift: timedelta) -> UUID:
    """The lowest id that could be made at an instant, or at the bound of what an id can hold."""
    millisecond = (instant - _EPOCH + shift) // timedelta(milliseconds=1)
    return UUID(int=min(max(millisecond, 0), _HIGHEST_MILLISECOND) << 80)


def _listed(row: Row[Any]) -> ListedDecision:
    return ListedDecision(
        decision_id=str(row.decision_id),
        decided_at=row.decided_at,
        product=row.product,
        model=ModelRef(row.model, row.version),
        input=row.input,
        answer=row.answer,
        latency_us=row.latency_us,
        caller=row.caller,
        request_id=row.request_id,
        has_outcome=row.has_outcome,
    )


def _too_slow() -> DeadlineExceededError:
    return DeadlineExceededError(
        "The search takes too long: too few decisions of the window are wanted. Narrow the window, or name the model.",
        code="decisions.search_too_slow",
        retry_after_s=30,
    )
