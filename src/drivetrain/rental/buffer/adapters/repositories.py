"""Analyses and policies of the rental buffer in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Engine, Row, Select, case, func, insert, null, select, update

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.audit import AuditEntry, AuditTrail, Detail
from drivetrain.core.errors import ConflictError, DrivetrainError, NotFoundError
from drivetrain.core.time import iso_utc
from drivetrain.rental.buffer.adapters.tables import analyses, policies
from drivetrain.rental.buffer.application.ports import (
    AnalysisRequest,
    AnalysisStatus,
    StoredAnalysis,
    StoredPolicy,
)
from drivetrain.rental.buffer.application.records import AnalysisRecord, failure_record
from drivetrain.rental.buffer.domain.policy import BufferPolicy
from drivetrain.rental.buffer.domain.rule import BufferRule

_REQUEST = ("analysis_id", "created_at", "created_by", "source", "sha256", "is_synthetic", "is_standing")
_STATE = ("stage", "done", "total", "heartbeat_at", "finished_at", "error", "record")


class PostgresAnalysisStore:
    """The port ``AnalysisStore`` on table ``buffer_analyses``.

    Every method raises UnavailableError without the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self,
        request: AnalysisRequest,
        *,
        method: int,
        total: int,
        also: Callable[[Any], None] = lambda _: None,
    ) -> None:
        """Store a new request, queued, and do something else in the same transaction."""
        row = {name: getattr(request, name) for name in _REQUEST}
        state = {"method": method, "status": "queued", "stage": "", "done": 0, "total": total}
        with transaction(self._engine) as connection:
            connection.execute(insert(analyses).values(**row, **state, heartbeat_at=request.created_at))
            also(connection)

    def get(self, analysis_id: str) -> StoredAnalysis:
        """One analysis.

        Raises:
            NotFoundError: there is none of this id.
        """
        with transaction(self._engine) as connection:
            row = connection.execute(
                _stored().where(analyses.c.analysis_id == _known_form(analysis_id))
            ).one_or_none()
        if row is None:
            raise _not_found()
        return _analysis(row)

    def newest_standing(self, sha256: str, *, method: int) -> StoredAnalysis | None:
        """The newest analysis of a table of the installation, finished or not; of two, the one that is done."""
        columns = analyses.c
        done_first = case((columns.status == "done", 0), else_=1)
        of_table = _stored().where(columns.sha256 == sha256, columns.method == method, columns.is_standing)
        with transaction(self._engine) as connection:
            row = connection.execute(
                of_table.order_by(done_first, columns.created_at.desc()).limit(1)
            ).one_or_none()
        return None if row is None else _analysis(row)

    def working(self, analysis_id: str) -> bytes:
        """The arrays of a finished analysis.

        Raises:
            NotFoundError: there is no finished analysis of this id.
        """
        with transaction(self._engine) as connection:
            packed = connection.scalar(
                select(analyses.c.working).where(analyses.c.analysis_id == _known_form(analysis_id))
            )
        if packed is None:
            raise _not_found()
        return bytes(packed)

    def advance(self, analysis_id: str, *, stage: str, done: int, instant: datetime) -> None:
        """Note that an analysis is running, and how far it is; what ended it before is over."""
        state = {"status": "running", "error": null(), "finished_at": None}
        self._change(analysis_id, **state, stage=stage, done=done, heartbeat_at=instant)

    def finish(self, analysis_id: str, record: AnalysisRecord, working: bytes, finished_at: datetime) -> None:
        """Store the result."""
        state = {
            "status": "done",
            "stage": "",
            "done": analyses.c.total,
            "heartbeat_at": finished_at,
            "finished_at": finished_at,
        }
        is_synthetic = record["table"]["is_synthetic"]  # an upload's mark is seen only when it is read
        self._change(analysis_id, **state, is_synthetic=is_synthetic, record=record, working=working)

    def fail(self, analysis_id: str, error: DrivetrainError, failed_at: datetime) -> None:
        """Store why there is no result."""
        self._change(
            analysis_id,
            status="failed",
            heartbeat_at=failed_at,
            finished_at=failed_at,
            error=failure_record(error),
        )

    @contextmanager
    def alone(self, sha256: str) -> Iterator[bool]:
        """True for as long as the block runs where no other process is inside such a block for the same table."""
        number = func.hashtextextended(f"buffer analysis {sha256}", 0)
        with translating(), self._engine.connect() as connection:
            is_alone = bool(connection.scalar(select(func.pg_try_advisory_lock(number))))
            try:
                yield is_alone
            finally:
                if is_alone:
                    connection.execute(select(func.pg_advisory_unlock(number)))

    def _change(self, analysis_id: str, **values: Any) -> None:
        with transaction(self._engine) as connection:
            connection.execute(update(analyses).where(analyses.c.analysis_id == analysis_id).values(**values))


class PostgresPolicyStore:
    """The port ``PolicyStore`` on table ``buffer_policies``.

    Every method raises UnavailableError without the database.
    """

    def __init__(self, engine: Engine, audit: AuditTrail) -> None:
        self._engine = engine
        self._audit = audit

    def add(self, stored: StoredPolicy) -> None:
        """Store a new version.

        Raises:
            ConflictError: the version exists.
        """
        policy = stored.policy
        conflict = ConflictError(
            f"Version {policy.version} was saved by somebody else meanwhile; look at it, then decide again.",
            code="rental.policy_changed",
        )
        row = {
            "version": policy.version,
            "connect_min": policy.rule.connect_min,
            "mobile_min": policy.rule.mobile_min,
            "shift_up_to_min": policy.shift_up_to_min,
            "reason": policy.reason,
            "author": policy.author,
            "effective_from": policy.effective_from,
            "created_at": stored.created_at,
            "analysis_id": stored.analysis_id,
        }
        with transaction(self._engine, conflict=conflict) as connection:
            connection.execute(insert(policies).values(row))
            self._audit.record(connection, _audit_entry(policy))

    def all(self) -> Sequence[StoredPolicy]:
        """Every version, newest first."""
        with transaction(self._engine) as connection:
            return [
                _policy(row)
                for row in connection.execute(select(policies).order_by(policies.c.version.desc()))
            ]


def _stored() -> Select[Any]:
    """Everything of an analysis but its arrays."""
    return select(*(analyses.c[name] for name in (*_REQUEST, "status", *_STATE)))


def _analysis(row: Row[Any]) -> StoredAnalysis:
    plain = dict(row._mapping)
    request = AnalysisRequest(**{name: plain.pop(name) for name in _REQUEST})
    record = cast("AnalysisRecord | None", plain.pop("record"))
    return StoredAnalysis(request=request, status=AnalysisStatus(plain.pop("status")), record=record, **plain)


def _audit_entry(policy: BufferPolicy) -> AuditEntry:
    detail: Detail = {
        "connect_min": policy.rule.connect_min,
        "mobile_min": policy.rule.mobile_min,
        "shift_up_to_min": policy.shift_up_to_min,
        "effective_from": iso_utc(policy.effective_from),
        "reason": policy.reason,
    }
    version = f"rental buffer policy {policy.version}"
    return AuditEntry(policy.author, "policies.set", version, detail=detail)


def _policy(row: Row[Any]) -> StoredPolicy:
    policy = BufferPolicy(
        version=row.version,
        rule=BufferRule(row.connect_min, row.mobile_min),
        reason=row.reason,
        author=row.author,
        effective_from=row.effective_from,
        shift_up_to_min=row.shift_up_to_min,
    )
    return StoredPolicy(policy, row.created_at, row.analysis_id)


def _known_form(analysis_id: str) -> str:
    try:
        return str(UUID(analysis_id))
    except ValueError:
        raise _not_found() from None


def _not_found() -> NotFoundError:
    return NotFoundError("There is no analysis of this id.", code="rental.analysis_not_found")
