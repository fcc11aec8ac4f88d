"""Writing and reading the trail in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, insert, select

from drivetrain.accounts.audit.adapters.tables import audit_lines
from drivetrain.accounts.audit.application.ports import AuditFilter
from drivetrain.accounts.audit.domain.chain import NO_LINES, AuditLine, ChainHead, next_line
from drivetrain.accounts.audit.domain.origin import network_of
from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.audit import CLIENT_HOST, AuditEntry, AuditResult
from drivetrain.core.time import Clock

CHAIN_KEY = "audit chain"
"""Purpose of the key that is derived for the chain."""

_LINES_AT_ONCE = 2_000
_RESULTS = frozenset(AuditResult)
_columns = audit_lines.c


class PostgresAuditTrail:
    """The port ``AuditTrail`` on table ``audit_lines``.

    Lines follow each other because each transaction takes the same lock before it looks for the last one, and
    keeps it until it ends.

    Args:
        derive_key: gives the key of the chain; called when the first line is written, since a process that only
            reads may have no secret.
    """

    def __init__(self, derive_key: Callable[[], bytes], clock: Clock) -> None:
        self._derive_key = derive_key
        self._clock = clock

    @cached_property
    def _key(self) -> bytes:
        return self._derive_key()

    def record(self, connection: Connection, entry: AuditEntry) -> None:
        """Write a line in the caller's transaction."""
        with translating():
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("audit trail", 0))))
            line = next_line(
                _head(connection),
                replace(entry, detail=dict(entry.detail)),
                recorded_at=self._clock.now(),
                origin=network_of(CLIENT_HOST.get()),
                key=self._key,
            )
            connection.execute(insert(audit_lines).values(_as_row(line)))


class PostgresAuditReader:
    """The port ``AuditReader``. Every method raises UnavailableError without the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self, wanted: AuditFilter, *, before: int | None, most: int) -> Sequence[AuditLine]:
        """Lines, newest first."""
        query = _filtered(wanted).order_by(_columns.position.desc()).limit(most)
        if before is not None:
            query = query.where(_columns.position < before)
        with transaction(self._engine) as connection:
            return [_line(row) for row in connection.execute(query)]

    def oldest_first(self) -> Iterator[AuditLine]:
        """All lines, in the order of their positions."""
        query = select(audit_lines).order_by(_columns.position)
        with transaction(self._engine) as connection:
            streamed = connection.execution_options(yield_per=_LINES_AT_ONCE).execute(query)
            for row in streamed:
                yield _line(row)

    def head(self) -> ChainHead:
        """The last line."""
        with transaction(self._engine) as connection:
            return _head(connection)


def _head(connection: Connection) -> ChainHead:
    last = select(_columns.position, _columns.mac).order_by(_columns.position.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    return NO_LINES if row is None else ChainHead(row.position, bytes(row.mac))


def _filtered(wanted: AuditFilter) -> Select[Any]:
    query = select(audit_lines)
    for name in ("actor", "object", "result", "company"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(_columns[name] == value)
    if wanted.action is not None and wanted.action.endswith("."):
        query = query.where(_columns.action.startswith(wanted.action, autoescape=True))
    elif wanted.action is not None:
        query = query.where(_columns.action == wanted.action)
    if wanted.begin is not None:
        query = query.where(_columns.recorded_at >= wanted.begin)
    if wanted.end is not None:
        query = query.where(_columns.recorded_at < wanted.end)
    return query


def _as_row(line: AuditLine) -> dict[str, object]:
    entry = line.entry
    return {
        "position": line.position,
        "recorded_at": line.recorded_at,
        "origin": line.origin,
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "result": str(entry.result),
        "company": entry.company,
        "detail": entry.detail,
        "mac": line.mac,
    }


def _line(row: Row[Any]) -> AuditLine:
    # any text may stand there after somebody changed the table by hand, which verifying has to be able to say
    result = AuditResult(row.result) if row.result in _RESULTS else row.result
    entry = AuditEntry(row.actor, row.action, row.object, result, row.company, row.detail)
    return AuditLine(row.position, row.recorded_at, row.origin, entry, bytes(row.mac))
