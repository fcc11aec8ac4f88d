"""Reports of listings in PostgreSQL, decided together with what becomes of the listing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, RowMapping, insert, select, update

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.audit import AuditEntry, AuditTrail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.market.listings.adapters.notices import SellerNotices
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.adapters.tables import listing_reports
from drivetrain.market.listings.application.ports import ReportPage
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.listings.domain.report import Report, ReportReason, ReportState


class PostgresReports:
    """The port ``ReportStore``."""

    def __init__(
        self, engine: Engine, listings: PostgresListings, audit: AuditTrail, notices: SellerNotices
    ) -> None:
        self._engine = engine
        self._listings = listings
        self._audit = audit
        self._notices = notices

    def add(self, report: Report) -> None:
        """Store a new report."""
        twice = ConflictError("You have reported this listing.", code="market.already_reported")
        with transaction(self._engine, conflict=twice) as connection:
            connection.execute(insert(listing_reports).values(_row(report)))

    def page(self, state: ReportState | None, after: UUID | None, most: int) -> ReportPage:
        """Reports, oldest first: their ids begin with the instant they were made."""
        query = select(listing_reports)
        if state is not None:
            query = query.where(listing_reports.c.state == state)
        if after is not None:
            query = query.where(listing_reports.c.report_id > after)
        with translating(), self._engine.connect() as connection:
            oldest_first = query.order_by(listing_reports.c.report_id).limit(most + 1)
            rows = connection.execute(oldest_first).mappings().all()
        items = [_report(row) for row in rows[:most]]
        return ReportPage(items, items[-1].report_id if len(rows) > most else None)

    def decide(
        self,
        report_id: UUID,
        decide: Callable[[Report], Report],
        change: Callable[[Listing], Listing] | None,
    ) -> Report:
        """Decide a report and change its listing in one transaction; the audit trail and the seller are told."""
        its_row = listing_reports.c.report_id == report_id
        with transaction(self._engine) as connection:
            row = connection.execute(select(listing_reports).where(its_row).with_for_update()).mappings()
            stored = row.one_or_none()
            if stored is None:
                raise NotFoundError(f"There is no report {report_id}.", code="market.unknown_report")
            report = decide(_report(stored))
            connection.execute(update(listing_reports).where(its_row).values(_row(report)))
            if change is not None:
                listing = self._listings.change_in(connection, report.listing_id, change)
                if listing.blocked_at is not None:
                    self._notices.blocked(connection, listing)
            self._audit.record(connection, _entry(report))
        return report


def _entry(report: Report) -> AuditEntry:
    return AuditEntry(
        report.decided_by or "",
        f"reports.{'uphold' if report.state is ReportState.UPHELD else 'dismiss'}",
        f"listing {report.listing_id}",
        company=report.company,
        detail={"report": str(report.report_id), "reason": report.reason.value},
    )


def _row(report: Report) -> dict[str, Any]:
    return {
        "report_id": report.report_id,
        "listing_id": report.listing_id,
        "company_id": report.company,
        "reporter": report.reporter,
        "reason": report.reason.value,
        "remark": report.remark,
        "created_at": report.created_at,
        "state": report.state.value,
        "decided_by": report.decided_by,
        "decided_at": report.decided_at,
        "decision_remark": report.decision_remark,
    }


def _report(row: RowMapping) -> Report:
    return Report(
        row["report_id"],
        row["listing_id"],
        row["company_id"],
        row["reporter"],
        ReportReason(row["reason"]),
        row["remark"],
        row["created_at"],
        ReportState(row["state"]),
        row["decided_by"],
        row["decided_at"],
        row["decision_remark"],
    )
