"""An upheld report takes its listing off the market for good; a dismissed one changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.market import MemoryListings, MemoryReports, listed_car, listing_of

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError
from drivetrain.market.listings.application.moderate_reports import ModerateReports
from drivetrain.market.listings.domain.listing import ListingState, moved
from drivetrain.market.listings.domain.report import Report, ReportReason, ReportState

NOW = datetime(2026, 12, 1, tzinfo=UTC)
MODERATOR = Caller("mod", "c", frozenset())
REPORT = UUID(int=7)


@pytest.fixture
def store() -> MemoryListings:
    store = MemoryListings()
    store.add([listing_of(listed_car(1))])
    return store


@pytest.fixture
def moderate(store: MemoryListings) -> ModerateReports:
    reports = MemoryReports(store)
    reports.add(Report(REPORT, UUID(int=1), UUID(int=1), "anna", ReportReason.FRAUD, None, NOW))
    return ModerateReports(reports, FixedClock(NOW))


def test_an_upheld_report_withdraws_the_listing_for_good(moderate, store):
    assert moderate.decide(REPORT, ReportState.UPHELD, "A trick.", MODERATOR).decided_by == "mod"
    listing = store.kept[UUID(int=1)]
    assert (listing.state, listing.blocked_at, listing.changed_by) == (ListingState.WITHDRAWN, NOW, "mod")
    with pytest.raises(ConflictError) as refused:
        moved(listing, listing.version, ListingState.LIVE, at=NOW, by="dealer")
    assert refused.value.code == "market.listing_blocked"


def test_a_dismissed_report_changes_nothing(moderate, store):
    moderate.decide(REPORT, ReportState.DISMISSED, None, MODERATOR)
    assert store.kept[UUID(int=1)] == listing_of(listed_car(1))
    page = moderate.page(MODERATOR, state=ReportState.OPEN, after=None, most=10)
    assert page.items == []


def test_whoever_acts_for_a_company_decides_nothing(moderate):
    dealer = Caller("ann", "c", frozenset({"listings:moderate"}), company=UUID(int=1))
    with pytest.raises(NotAllowedError):
        moderate.decide(REPORT, ReportState.DISMISSED, None, dealer)
    with pytest.raises(NotAllowedError):
        moderate.page(dealer, state=None, after=None, most=10)
