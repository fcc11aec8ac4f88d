"""Who sees a listing may report it, but not without end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.limits import MemoryRateLimiter
from tests.support.market import MemoryListings, MemoryReports, listed_car, listing_of

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotFoundError, TooManyRequestsError
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.application.report_listing import REPORTS_A_DAY, ReportListing
from drivetrain.market.listings.domain.listing import ListingState
from drivetrain.market.listings.domain.report import ReportReason

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ANNA, BORIS = (Caller(name, "c", frozenset()) for name in ("anna", "boris"))


@pytest.fixture
def report() -> ReportListing:
    store = MemoryListings()
    listings = [listing_of(listed_car(number)) for number in range(REPORTS_A_DAY.hits + 1)]
    store.add([*listings, replace(listing_of(listed_car(99)), state=ListingState.DRAFT)])
    clock = FixedClock(NOW)
    return ReportListing(KeepListings(store, clock), MemoryReports(store), MemoryRateLimiter(), clock)


def test_a_report_names_the_listing_its_company_and_the_reporter(report):
    taken = report(UUID(int=1), ReportReason.FRAUD, "Asks for a deposit.", ANNA)
    assert (taken.listing_id, taken.company, taken.reporter) == (UUID(int=1), UUID(int=1), "anna")
    assert report.reports.kept == {taken.report_id: taken}


def test_a_caller_reports_a_listing_once(report):
    report(UUID(int=1), ReportReason.FRAUD, None, ANNA)
    report(UUID(int=1), ReportReason.OTHER, None, BORIS)
    with pytest.raises(ConflictError) as refused:
        report(UUID(int=1), ReportReason.OTHER, None, ANNA)
    assert refused.value.code == "market.already_reported"


def test_what_the_caller_cannot_see_cannot_be_reported(report):
    with pytest.raises(NotFoundError):
        report(UUID(int=99), ReportReason.FRAUD, None, ANNA)


def test_there_are_only_so_many_reports_a_day(report):
    for number in range(REPORTS_A_DAY.hits):
        report(UUID(int=number), ReportReason.FRAUD, None, ANNA)
    with pytest.raises(TooManyRequestsError):
        report(UUID(int=REPORTS_A_DAY.hits), ReportReason.FRAUD, None, ANNA)
    report(UUID(int=REPORTS_A_DAY.hits), ReportReason.FRAUD, None, BORIS)
