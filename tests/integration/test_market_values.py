"""The values of listings follow their changes and the released version, on a real database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine
from starlette.datastructures import QueryParams
from tests.support.market import FixedCarValues
from tests.support.notifications import MemoryQueue

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.access import Caller
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import SystemClock
from drivetrain.market.insight.adapters.own_stock import PostgresOwnStock
from drivetrain.market.insight.application.describe_own_stock import DescribeOwnStock
from drivetrain.market.listings.adapters import tasks
from drivetrain.market.listings.adapters.schemas import listing_as_dict
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.listings.domain.tasks import VALUE_ALL_LISTINGS, VALUE_LISTINGS, VALUES_LOCK
from drivetrain.market.search.adapters.live_cars import PostgresLiveCars
from drivetrain.market.search.adapters.parameters import read_search
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.rates import RateTable

DEALER = Caller("ann", "c", frozenset(), company=UUID(int=1))
CAR = {**LISTING.example(), "currency": "GBP", "price": 8_000}


@dataclass
class Market:
    """Listings of one dealer; their values are asked for when a test says so."""

    engine: Engine
    values: FixedCarValues = field(default_factory=FixedCarValues)
    queue: MemoryQueue = field(default_factory=MemoryQueue)

    def __post_init__(self) -> None:
        log = PostgresEventLog(self.engine)
        self.cars = PostgresLiveCars(self.engine)
        self.keep = KeepListings(PostgresListings(self.engine, log, self.queue), SystemClock())
        self.following = FollowListings(self.cars, log, RateTable())
        self.following.look()

    def on_sale(self, **changes: object) -> Listing:
        draft, _ = self.keep.create({**CAR, **changes}, DEALER)
        return self.keep.move(draft.listing_id, 1, ListingState.LIVE, DEALER)

    def value(self, arguments: dict[str, Any] | None = None) -> Any:
        installation = SimpleNamespace(car_values=lambda _: self.values, clock=SystemClock())
        ports: Any = SimpleNamespace(
            installation=installation,
            database=SimpleNamespace(engine=self.engine),
            queue=self.queue,
            task_id="t",
            effect=self.effect,
        )
        return tasks.value_listings(ports, arguments or {}, SilentProgress())

    def effect(self, _: object = None) -> AbstractContextManager[Connection]:
        return transaction(self.engine)

    def shown(self, listing: Listing) -> Any:
        return listing_as_dict(self.keep.find(listing.listing_id, DEALER), DEALER)["valuation"]

    def why_not(self, listing: Listing) -> Any:
        return listing_as_dict(self.keep.find(listing.listing_id, DEALER), DEALER)["not_valued"]

    def ids(self, address: str) -> list[str]:
        self.following.look()
        query = read_search(QueryParams(address), "GBP").query
        return list(self.following.snapshot.index.search(query).ids)


@pytest.fixture
def market(engine: Engine) -> Market:
    return Market(engine)


def test_a_live_listing_is_valued_and_found_by_its_deal(market: Market) -> None:
    cheap, dear = market.on_sale(), market.on_sale(price=12_000)
    arguments = {"listing_ids": [str(dear.listing_id)]}
    assert market.queue.deferred[-1] == (VALUE_LISTINGS, arguments, None, VALUES_LOCK)
    assert len(market.queue.deferred) == 2, "drafts are valued by nobody"
    assert market.shown(cheap) is None
    assert market.why_not(cheap) == "market.value_pending"
    assert market.value(arguments) == {"listings": 2, "ratings": {"great": 1, "overpriced": 1}}
    shown = market.shown(cheap)
    assert (shown["value"], shown["rating"], shown["price_share"]) == (10_000, "great", 0.8)
    assert UUID(shown["decision_id"])
    ids = [cheap.listing_id.hex, dear.listing_id.hex]
    assert market.ids("deal=great") == ids[:1]
    assert market.ids("price_share_min=1.1") == ids[1:]
    assert market.ids("sort=deal") == ids
    page = {each: listing.valuation for each, listing in market.cars.shown(ids).items()}
    assert {each: valuation.rating for each, valuation in page.items() if valuation} == {
        ids[0]: "great",
        ids[1]: "overpriced",
    }
    assert market.value(arguments) is None, "nothing has changed since"


def test_another_price_is_rated_again_and_another_state_is_not(market: Market) -> None:
    listing = market.on_sale()
    market.value()
    reserved = market.keep.move(listing.listing_id, 2, ListingState.RESERVED, DEALER)
    assert market.shown(reserved)["rating"] == "great"
    market.keep.move(listing.listing_id, 3, ListingState.LIVE, DEALER)
    assert market.value() is None
    market.keep.edit(listing.listing_id, 4, {**CAR, "price": 10_500}, DEALER)
    assert market.shown(listing) is None, "a rating of another price would mislead"
    market.value()
    assert market.shown(listing)["rating"] == "fair"


def test_the_values_of_a_former_version_stand_until_all_new_ones_do(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, european = market.on_sale(), market.on_sale(currency="EUR")
    market.value()
    assert market.shown(european) is None
    assert market.why_not(european) == "resale.no_country"
    market.values.version, market.values.worth = "2", 7_000.0
    monkeypatch.setattr(tasks, "MOST_AT_ONCE", 0)
    assert market.value() is None
    assert market.queue.deferred[-1] == (VALUE_ALL_LISTINGS, {}, None, VALUES_LOCK)
    assert market.shown(listing)["version"] == "1"
    monkeypatch.undo()
    assert market.value() == {"listings": 1, "ratings": {"overpriced": 1}}, "nothing values the other one"
    assert (market.shown(listing)["version"], market.shown(listing)["value"]) == ("2", 7_000)


def test_a_dealer_has_the_figures_of_the_own_stock_and_of_no_other(market: Market) -> None:
    cheap = market.on_sale()
    market.on_sale(price=12_000)
    market.value()
    market.keep.edit(cheap.listing_id, 2, {**CAR, "price": 7_200}, DEALER)
    market.keep.move(cheap.listing_id, 3, ListingState.SOLD, DEALER)
    describe = DescribeOwnStock(PostgresOwnStock(market.engine), SystemClock())
    own, other = describe(DEALER), describe(replace(DEALER, company=UUID(int=2)))
    assert (own.live, own.ratings["overpriced"], own.too_dear[0].price_share) == (1, 1, 1.2)
    assert (own.sold.cars, own.sold.discount.value) == (1, pytest.approx(0.1))
    assert (other.live, other.sold.cars, other.too_dear) == (0, 0, [])
    assert describe(replace(DEALER, branch=UUID(int=3))).live == 0
