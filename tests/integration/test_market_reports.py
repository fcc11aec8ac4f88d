"""Reports and expiry of listings, over HTTP and on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, text
from tests.support.audit import audit_trail
from tests.support.limits import MemoryRateLimiter
from tests.support.market import KeptAnnouncements
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.access import Caller
from drivetrain.core.time import SystemClock
from drivetrain.market.listings.adapters.notices import SellerNotices
from drivetrain.market.listings.adapters.report_store import PostgresReports
from drivetrain.market.listings.adapters.reports_http import report_routes
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.expire_listings import ExpireListings
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.application.moderate_reports import ModerateReports
from drivetrain.market.listings.application.report_listing import ReportListing
from drivetrain.market.listings.domain.listing import Listing, ListingState

DEALER = Caller("ann", "c", frozenset(), company=UUID(int=1))
ANNA, BORIS = (caller_header("listings:read", person=UUID(int=number)) for number in (11, 12))
MODERATOR = caller_header("listings:moderate", person=UUID(int=13))
MODERATOR_OF_A_FIRM = caller_header("listings:moderate", person=UUID(int=14), company=UUID(int=1))


@pytest.fixture
def keep(engine: Engine) -> KeepListings:
    return KeepListings(PostgresListings(engine, PostgresEventLog(engine)), SystemClock())


@pytest.fixture
def announcements() -> Any:
    return KeptAnnouncements()


@pytest.fixture
def client(engine: Engine, keep: KeepListings, announcements: Any) -> Iterator[httpx.Client]:
    clock = SystemClock()
    store, notices = PostgresListings(engine, PostgresEventLog(engine)), SellerNotices(announcements)
    reports = PostgresReports(engine, store, audit_trail(clock), notices)
    report = ReportListing(keep, reports, MemoryRateLimiter(), clock)
    application = served_application([report_routes(report, ModerateReports(reports, clock))], NamedCallers())
    with serving(application) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
        yield client


def on_sale(keep: KeepListings) -> Listing:
    draft, _ = keep.create(LISTING.example(), DEALER)
    return keep.move(draft.listing_id, 1, ListingState.LIVE, DEALER)


def test_a_reported_listing_is_taken_off_the_market_by_a_moderator(
    client: httpx.Client, keep: KeepListings, engine: Engine, announcements: Any
) -> None:
    listing = on_sale(keep)
    address = f"/market/listings/{listing.listing_id}/reports"
    body = {"reason": "fraud", "remark": "<script>alert(1)</script>"}
    taken = client.post(address, json=body, headers=ANNA)
    assert (taken.status_code, taken.json().keys()) == (
        *(201, {"report_id", "listing_id", "reason", "created_at"}),
    )
    again = client.post(address, json=body, headers=ANNA)
    assert (again.status_code, again.json()["code"]) == (409, "market.already_reported")
    assert client.post(address, json={"reason": "other"}, headers=BORIS).status_code == 201
    assert client.get("/market/reports", headers=ANNA).status_code == 403

    page = client.get("/market/reports?state=open&limit=1", headers=MODERATOR).json()
    (report,) = page["items"]
    assert (report["report_id"], report["remark"]) == (taken.json()["report_id"], body["remark"])
    rest = client.get("/market/reports", params={"cursor": page["next"]}, headers=MODERATOR).json()
    assert ([each["reason"] for each in rest["items"]], rest["next"]) == (["other"], None)

    decision = f"/market/reports/{report['report_id']}/decision"
    decided = client.post(decision, json={"decision": "upheld"}, headers=MODERATOR).json()
    assert (decided["state"], decided["decided_by"]) == ("upheld", f"person:{UUID(int=13)}")
    twice = client.post(decision, json={"decision": "dismissed"}, headers=MODERATOR)
    assert (twice.status_code, twice.json()["code"]) == (409, "market.report_decided")
    shown = keep.find(listing.listing_id, DEALER)
    assert (shown.state, shown.version, shown.blocked_at is None) == (ListingState.WITHDRAWN, 3, False)
    ((message, company, arguments),) = announcements.told
    assert (message, company) == ("listing_blocked", DEALER.company)
    assert arguments["car"] == "Volkswagen Golf 2018"
    with engine.connect() as connection:
        lines = connection.execute(text("SELECT action, object FROM drivetrain.audit_lines")).all()
    assert [tuple(line) for line in lines] == [("reports.uphold", f"listing {listing.listing_id}")]


def test_what_cannot_be_reported_or_decided_is_refused(client: httpx.Client) -> None:
    reports, decision = f"listings/{UUID(int=9)}/reports", f"reports/{UUID(int=9)}/decision"
    for path, body, headers, status in (
        (reports, {"reason": "fraud"}, ANNA, 404),  # no such listing
        (decision, {"decision": "upheld"}, MODERATOR, 404),  # no such report
        (reports, {"reason": "dislike"}, ANNA, 422),
        (reports, {"reason": "fraud", "remark": "x" * 1_001}, ANNA, 422),
        (reports, {"reason": "fraud", "remark": "\u202e"}, ANNA, 422),  # turns the direction of text
        (reports, {"reason": "fraud", "reporter": "boris"}, ANNA, 422),
        (decision, {"decision": "open"}, MODERATOR, 422),
        (decision, {"decision": "upheld"}, ANNA, 403),
        (decision, {"decision": "upheld"}, MODERATOR_OF_A_FIRM, 403),
    ):
        answer = client.post(f"/market/{path}", json=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
            body
        )


def test_a_listing_that_nobody_changes_expires_and_may_come_back(keep: KeepListings, engine: Engine) -> None:
    listing = on_sale(keep)
    store = PostgresListings(engine, PostgresEventLog(engine))
    assert ExpireListings(store, SystemClock(), timedelta(days=60))() == 0
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE drivetrain.listings SET changed_at = changed_at - interval '61 days'")
        )
    assert ExpireListings(store, SystemClock(), timedelta(days=60))() == 1
    expired = keep.find(listing.listing_id, DEALER)
    assert (expired.state, expired.version) == (ListingState.WITHDRAWN, 3)
    assert keep.move(listing.listing_id, 3, ListingState.LIVE, DEALER).state is ListingState.LIVE
