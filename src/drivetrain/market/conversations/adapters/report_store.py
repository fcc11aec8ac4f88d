"""Reports of conversations in PostgreSQL, decided together with what becomes of the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, insert, select, update

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.audit import AuditEntry, AuditTrail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.market.conversations.adapters.store import latest_messages
from drivetrain.market.conversations.adapters.tables import conversation_reports, conversations
from drivetrain.market.conversations.application.ports import ConversationReportPage
from drivetrain.market.conversations.domain.conversation import Message, Side
from drivetrain.market.conversations.domain.report import (
    ConversationReason,
    ConversationReport,
    ConversationReportState,
)

_COLUMNS = conversation_reports.c


class PostgresConversationReports:
    """The port ``ConversationReports``."""

    def __init__(self, engine: Engine, audit: AuditTrail) -> None:
        self._engine = engine
        self._audit = audit

    def add(self, report: ConversationReport) -> None:
        """Store a new report."""
        twice = ConflictError("You have reported this conversation.", code="market.already_reported")
        with transaction(self._engine, conflict=twice) as connection:
            connection.execute(insert(conversation_reports).values(_row(report)))

    def page(
        self, state: ConversationReportState | None, after: UUID | None, most: int
    ) -> ConversationReportPage:
        """Reports, oldest first: their ids begin with the instant they were made."""
        query = select(conversation_reports)
        if state is not None:
            query = query.where(_COLUMNS.state == state)
        if after is not None:
            query = query.where(_COLUMNS.report_id > after)
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_COLUMNS.report_id).limit(most + 1)).all()
        items = [_report(row) for row in rows[:most]]
        return ConversationReportPage(items, items[-1].report_id if len(rows) > most else None)

    def messages(self, report_id: UUID, most: int) -> Sequence[Message]:
        """The latest messages of the conversation."""
        query = select(_COLUMNS.conversation_id).where(_COLUMNS.report_id == report_id)
        with translating(), self._engine.connect() as connection:
            conversation_id = connection.scalar(query)
            if conversation_id is None:
                raise _unknown(report_id)
            return latest_messages(connection, conversation_id, None, most)

    def decide(
        self, report_id: UUID, decide: Callable[[ConversationReport], ConversationReport]
    ) -> ConversationReport:
        """Decide a report and end its conversation in one transaction, with a line in the audit trail."""
        its_row = _COLUMNS.report_id == report_id
        with transaction(self._engine) as connection:
            row = connection.execute(
                select(conversation_reports).where(its_row).with_for_update()
            ).one_or_none()
            if row is None:
                raise _unknown(report_id)
            report = decide(_report(row))
            connection.execute(update(conversation_reports).where(its_row).values(_row(report)))
            is_upheld = report.state is ConversationReportState.UPHELD
            if is_upheld:
                its_conversation = conversations.c.conversation_id == report.conversation_id
                connection.execute(
                    update(conversations).where(its_conversation).values(closed_at=report.decided_at)
                )
            action = "conversation_reports.uphold" if is_upheld else "conversation_reports.dismiss"
            entry = AuditEntry(report.decided_by or "", action, f"conversation {report.conversation_id}")
            self._audit.record(connection, entry)
        return report


def _row(report: ConversationReport) -> dict[str, Any]:
    return {
        "report_id": report.report_id,
        "conversation_id": report.conversation_id,
        "reporter": report.reporter,
        "side": report.side.value,
        "reason": report.reason.value,
        "remark": report.remark,
        "created_at": report.created_at,
        "state": report.state.value,
        "decided_by": report.decided_by,
        "decided_at": report.decided_at,
        "decision_remark": report.decision_remark,
    }


def _report(row: Row[Any]) -> ConversationReport:
    return ConversationReport(
        row.report_id,
        row.conversation_id,
        row.reporter,
        Side(row.side),
        ConversationReason(row.reason),
        row.remark,
        row.created_at,
        ConversationReportState(row.state),
        row.decided_at,
        row.decided_by,
        row.decision_remark,
    )


def _unknown(report_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no report {report_id}.", code="market.unknown_report")
