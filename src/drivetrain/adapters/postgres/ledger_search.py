"""Searching the ledger: a window of time is a range of the primary key, and blocks without what is wanted are passed by.

Decision ids are UUIDv7 and begin with the millisecond at which they were made, which is that of the decision or a
little later. A tree over callers or versions would cost every decision that is written; an index of blocks (BRIN with
Bloom filters) costs next to nothing, and leaves out the blocks of a window that hold no such caller or version.
PostgreSQL takes what is wanted for evenly spread and would read a whole window by the primary key for words of long
ago, so that it is told to go by blocks, slice by slice from the newest until the page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from psycopg import errors
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Uuid,
    column,
    exc,
    exists,
    func,
    select,
    true,
    values,
)

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.tables import decisions, outcomes
from drivetrain.core.errors import DeadlineExceededError
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, ListedDecision, SearchWindow
from drivetrain.lifecycle.serving.predictions import ModelRef

SEARCH_TIMEOUT_S = 3.0
NEWEST_READ = 2_000
"""Decisions that are looked at one by one first: what is common is among them, and its page is made in milliseconds."""
SLICES = 16
"""Parts of the rest of a window. Of one with what is wanted every such decision is read, for the newest of them."""

_BY_BLOCKS = select(
    func.set_config("enable_indexscan", "off", True), func.set_config("enable_seqscan", "off", True)
)
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


IdBound = UUID | ColumnElement[UUID]


@dataclass(frozen=True, slots=True)
class IdSpan:
    """Decision ids from ``begin`` on, below ``end``."""

    begin: UUID
    end: UUID

    def slices(self) -> list[tuple[UUID, UUID]]:
        """``SLICES`` parts of about one length in time, highest ids first."""
        low, length = self.begin.int, max(self.end.int - self.begin.int, 0)
        bounds = [UUID(int=low + length * part // SLICES) for part in range(SLICES + 1)]
        return list(reversed(list(pairwise(bounds))))


class PostgresDecisionSearch:
    """The port ``DecisionSearch``.

    Args:
        timeout_s: longest a search may take.
        newest_read: decisions of a window that are looked at one by one before the others are searched by blocks.
    """

    def __init__(
        self, engine: Engine, *, timeout_s: float = SEARCH_TIMEOUT_S, newest_read: int = NEWEST_READ
    ) -> None:
        self._engine = engine
        self._newest_read = newest_read
        # a plan for any word would be one for common words
        self._settings = select(
            func.set_config("statement_timeout", str(round(timeout_s * 1000)), True),
            func.set_config("plan_cache_mode", "force_custom_plan", True),
        )

    def newest(self, wanted: DecisionFilter, *, before: UUID | None, most: int) -> Sequence[ListedDecision]:
        """Decisions, newest first."""
        span = _span(wanted.window, before)
        with transaction(self._engine) as connection:
            connection.execute(self._settings)
            try:
                rows = self._rows(connection, wanted, span, most)
            except exc.DBAPIError as error:
                if isinstance(error.orig, errors.QueryCanceled):
                    raise _too_slow() from error
                raise
        return [_listed(row) for row in rows]

    def _rows(
        self, connection: Connection, wanted: DecisionFilter, span: IdSpan, most: int
    ) -> Sequence[Row[Any]]:
        """Among the newest decisions first, then by blocks among the others."""
        # the few that have outcomes are found by these
        is_by_blocks = bool(_words(wanted)) and wanted.has_outcome is not True
        newest_of_rest = connection.scalar(_after(self._newest_read, span)) if is_by_blocks else None
        if newest_of_rest is None:
            return connection.execute(_page(wanted, span.begin, span.end, most)).all()
        middle = UUID(int=newest_of_rest.int + 1)
        rows = connection.execute(_page(wanted, middle, span.end, most)).all()
        if len(rows) < most:
            connection.execute(_BY_BLOCKS)
            query = _page_by_slices(wanted, IdSpan(span.begin, middle), most - len(rows))
            rows = [*rows, *connection.execute(query)]
        return rows


def _words(wanted: DecisionFilter) -> dict[str, str]:
    """What the decisions must bear, by column."""
    words = {name: getattr(wanted, name) for name in ("product", "model", "version", "caller")}
    return {name: word for name, word in words.items() if word is not None}


def _span(window: SearchWindow, before: UUID | None) -> IdSpan:
    """The ids that decisions of a window can have, below the last one of the page before."""
    end = _first_id(window.until, _MADE_LATER)
    return IdSpan(_first_id(window.since, -_MADE_EARLIER), end if before is None else min(end, before))


def _after(count: int, span: IdSpan) -> Select[tuple[UUID]]:
    """The id after the newest ``count`` ones."""
    ids = select(_columns.decision_id).where(
        _columns.decision_id >= span.begin, _columns.decision_id < span.end
    )
    return ids.order_by(_columns.decision_id.desc()).offset(count).limit(1)


def _page(wanted: DecisionFilter, begin: IdBound, end: IdBound, most: int) -> Select[Any]:
    window = wanted.window
    query = _LISTED.where(
        _columns.decision_id >= begin,
        _columns.decision_id < end,
        _columns.decided_at >= window.since,
        _columns.decided_at < window.until,
    )
    for name, word in _words(wanted).items():
        query = query.where(_columns[name] == word)
    if wanted.has_outcome is not None:
        query = query.where(_has_outcome if wanted.has_outcome else ~_has_outcome)
    return query.order_by(_columns.decision_id.desc()).limit(most)


def _page_by_slices(wanted: DecisionFilter, span: IdSpan, most: int) -> Select[Any]:
    """One statement for all slices: the later ones are not read once the page is full."""
    slices = values(column("first_id", Uuid), column("end_id", Uuid), name="slices").data(span.slices())
    page = _page(wanted, slices.c.first_id, slices.c.end_id, most).lateral("page")
    return select(page).select_from(slices.join(page, true())).limit(most)


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
