"""Public links to listings over HTTP on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, select
from tests.support.fakes import FixedClock
from tests.support.limits import MemoryRateLimiter
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.access import Caller
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.shares.adapters.http import share_routes, shared_page_routes
from drivetrain.market.shares.adapters.store import PostgresShares
from drivetrain.market.shares.adapters.tables import listing_shares
from drivetrain.market.shares.application import keep_shares, open_share
from drivetrain.market.shares.application.keep_shares import KeepShares
from drivetrain.market.shares.application.open_share import OpenShare

DEALER = Caller("dealer", "c", frozenset(), company=UUID(int=1))
CAR = {**LISTING.example(), "vin": "WVWZZZ1KZAW000001", "reference": "A-77"}
ANN, BOB = (caller_header("listings:share", person=UUID(int=number)) for number in (1, 2))


@dataclass
class Sharing:
    """A market with one dealer, and its public links."""

    engine: Engine
    clock: FixedClock
    client: httpx.Client
    keep: KeepListings

    def on_sale(self) -> Listing:
        draft, _ = self.keep.create(CAR, DEALER)
        return self.keep.move(draft.listing_id, 1, ListingState.LIVE, DEALER)

    def share(self, listing: Listing, caller: dict[str, str] = ANN, days: int = 30) -> httpx.Response:
        path = f"/market/listings/{listing.listing_id}/shares"
        return self.client.post(path, json={"days": days}, headers=caller)

    def opened(self) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(listing_shares.c.opened)) or 0


@pytest.fixture
def sharing(engine: Engine) -> Iterator[Sharing]:
    clock = FixedClock(datetime(2026, 12, 2, 12, tzinfo=UTC))
    keep = KeepListings(PostgresListings(engine, PostgresEventLog(engine)), clock)
    store = PostgresShares(engine)
    routers = [
        share_routes(KeepShares(store, keep, clock)),
        shared_page_routes(OpenShare(store, MemoryRateLimiter(), clock)),
    ]
    with (
        serving(served_application(routers, NamedCallers())) as (address, _),
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield Sharing(engine, clock, client, keep)


def test_a_link_shows_a_live_listing_to_anybody_and_is_counted(sharing: Sharing) -> None:
    listing = sharing.on_sale()
    made = sharing.share(listing)
    assert made.status_code == 201, made.text
    path = made.json()["path"]
    with sharing.engine.connect() as connection:
        row = connection.execute(select(listing_shares)).one()
    assert path.rpartition("/")[2].encode() not in row.digest
    for _ in range(2):
        page = sharing.client.get(path, headers={"Accept-Language": "de"})
        assert page.status_code == 200 and "Im Markt ansehen" in page.text
    assert str(CAR["vin"]) not in page.text and str(CAR["reference"]) not in page.text
    listed = sharing.client.get(f"/market/listings/{listing.listing_id}/shares", headers=ANN).json()["items"]
    assert [(each["opened"], "path" in each) for each in listed] == [(2, False)]


def test_a_link_shows_nothing_of_a_listing_that_is_not_on_offer(sharing: Sharing) -> None:
    listing = sharing.on_sale()
    path = sharing.share(listing, days=1).json()["path"]
    reserved = sharing.keep.move(listing.listing_id, 2, ListingState.RESERVED, DEALER)
    gone = sharing.client.get(path)
    assert (gone.status_code, gone.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "No longer on offer" in gone.text and listing.car.model not in gone.text
    assert sharing.client.get(f"/shared/{'a' * 32}").text == gone.text, (
        "nobody can tell the one from the other"
    )
    assert sharing.client.get("/shared/x").text == gone.text
    assert sharing.opened() == 0
    sharing.keep.move(listing.listing_id, reserved.version, ListingState.LIVE, DEALER)
    assert sharing.client.get(path).status_code == 200
    sharing.clock.advance(days=1)
    assert sharing.client.get(path).text == gone.text
    assert PostgresShares(sharing.engine).remove_expired(sharing.clock.now()) == 1


def test_a_link_is_revoked_by_its_person_alone(sharing: Sharing) -> None:
    made = sharing.share(sharing.on_sale()).json()
    one = f"/market/shares/{made['share_id']}"
    refused = sharing.client.delete(one, headers=BOB)
    assert (refused.status_code, refused.json()["code"]) == (404, "market.unknown_share")
    assert (
        sharing.client.get(f"/market/listings/{made['listing_id']}/shares", headers=BOB).json()["items"] == []
    )
    assert sharing.client.delete(one, headers=ANN).status_code == 204
    assert sharing.client.get(made["path"]).status_code == 404


def test_only_a_person_shares_and_only_what_is_on_sale(
    sharing: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = sharing.on_sale()
    key = sharing.share(listing, caller_header("listings:share"))
    assert (key.status_code, key.json()["code"]) == (403, "market.no_person")
    assert sharing.share(listing, caller_header("listings:read", person=UUID(int=1))).status_code == 403
    draft, _ = sharing.keep.create(CAR, DEALER)
    assert sharing.share(draft).json()["code"] == "market.unknown_listing"
    own = caller_header("listings:share", person=UUID(int=1), company=UUID(int=1))
    assert sharing.share(draft, own).json()["code"] == "market.not_on_sale"
    for days in (0, 181):
        assert sharing.share(listing, days=days).status_code == 422
    monkeypatch.setattr(keep_shares, "MOST_SHARES", 1)
    assert sharing.share(listing).status_code == 201
    assert sharing.share(listing).json()["code"] == "market.too_many_shares"
    assert sharing.share(listing, BOB).status_code == 201


def test_counting_is_bounded(sharing: Sharing, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sharing.share(sharing.on_sale()).json()["path"]
    rule = open_share.COUNTED
    monkeypatch.setattr(open_share, "COUNTED", type(rule)(rule.name, 3, rule.window_s))
    assert [sharing.client.get(path).status_code for _ in range(5)] == [200] * 5
    assert sharing.opened() == 3
