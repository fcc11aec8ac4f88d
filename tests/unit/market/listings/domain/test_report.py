"""A report is decided once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from drivetrain.core.errors import ConflictError
from drivetrain.market.listings.domain.report import Report, ReportReason, ReportState, decided

NOW = datetime(2026, 12, 1, tzinfo=UTC)
REPORT = Report(UUID(int=1), UUID(int=2), UUID(int=3), "anna", ReportReason.FRAUD, None, NOW)


def test_a_decision_says_who_made_it_and_why():
    report = decided(REPORT, ReportState.UPHELD, "Another car.", at=NOW, by="mod")
    assert (report.state, report.decided_by, report.decided_at, report.decision_remark) == (
        *(ReportState.UPHELD, "mod", NOW, "Another car."),
    )


def test_a_decided_report_is_not_decided_again():
    report = decided(REPORT, ReportState.DISMISSED, None, at=NOW, by="mod")
    with pytest.raises(ConflictError) as refused:
        decided(report, ReportState.UPHELD, None, at=NOW, by="mod")
    assert refused.value.code == "market.report_decided"
