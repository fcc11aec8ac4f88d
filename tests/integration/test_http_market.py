"""Listings and search over HTTP on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from sqlalchemy import Engine, func, insert, text
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.accounts.companies.adapters.branches import PostgresBranches
from drivetrain.accounts.companies.adapters.tables import branches, companies
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.time import SystemClock
from drivetrain.market.insight.adapters.http import insight_routes
from drivetrain.market.insight.adapters.own_stock import PostgresOwnStock
from drivetrain.market.insight.application.describe_own_stock import DescribeOwnStock
from drivetrain.market.insight.application.describe_stock import DescribeStock
from drivetrain.market.listings.adapters.http import listing_routes
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.demo_stock import PUBLISHED, TakeDemoStock
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.events import LISTINGS
from drivetrain.market.listings.domain.listing import Owner
from drivetrain.market.search.adapters.http import compare_routes, search_routes, similar_routes
from drivetrain.market.search.adapters.live_cars import PostgresLiveCars
from drivetrain.market.search.adapters.map_http import map_routes
from drivetrain.market.search.application.compare_listings import CompareListings
from drivetrain.market.search.application.find_similar import FindSimilar
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.application.map_listings import MapListings
from drivetrain.market.search.application.search_listings import SearchListings
from drivetrain.market.search.domain.rates import RateTable

FIRM, RIVAL = UUID(int=1), UUID(int=2)
DEALER = caller_header("listings:read", "listings:write", company=FIRM)
OTHER = caller_header("listings:read", "listings:write", company=RIVAL)
BUYER = caller_header("listings:read")
CAR = {**LISTING.example(), "description": "<script>alert(1)</script>", "reference": "A-1"}


@pytest.fixture
def following(engine: Engine) -> FollowListings:
    following = FollowListings(PostgresLiveCars(engine), PostgresEventLog(engine), RateTable())
    following.look()
    return following


@pytest.fixture
def client(engine: Engine, following: FollowListings) -> Iterator[httpx.Client]:
    store = PostgresListings(engine, PostgresEventLog(engine))
    cars, keep = PostgresLiveCars(engine), KeepListings(store, SystemClock(), PostgresBranches(engine))
    routers = [
        listing_routes(keep),
        search_routes(SearchListings(following, cars, RateTable()), "EUR"),
        map_routes(MapListings(following), "EUR"),
        similar_routes(FindSimilar(following, cars, keep, RateTable())),
        compare_routes(CompareListings(keep, RateTable(), "EUR")),
        insight_routes(
            DescribeStock(following, SystemClock()),
            DescribeOwnStock(PostgresOwnStock(engine), SystemClock()),
            RateTable(),
            "EUR",
        ),
    ]
    with (
        serving(served_application(routers, NamedCallers())) as (address, _),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def made(client: httpx.Client, **fields: object) -> dict[str, Any]:
    answer = client.post("/market/listings", json={"listing": {**CAR, **fields}}, headers=DEALER)
    assert answer.status_code == 201, answer.text
    listing: dict[str, Any] = answer.json()
    return listing


def move(client: httpx.Client, listing: dict[str, Any], state: str) -> httpx.Response:
    body = {"version": listing["version"], "state": state}
    return client.post(f"/market/listings/{listing['listing_id']}/state", json=body, headers=DEALER)


def test_a_car_is_put_on_sale_found_repriced_and_sold(
    client: httpx.Client, following: FollowListings
) -> None:
    listing = made(client)
    address = f"/market/listings/{listing['listing_id']}"
    assert client.get(address, headers=BUYER).json()["code"] == "market.unknown_listing"
    listing = move(client, listing, "live").json()
    following.look()

    page = client.get("/market/search", params={"q": "vw glof diesel under 15k"}, headers=BUYER).json()
    (found,) = page["items"]
    assert (found["listing_id"], found["state"], page["total"]) == (listing["listing_id"], "live", 1)
    assert found["listing"]["description"] == CAR["description"], "the web app writes it as text"
    assert found["listing"]["reference"] is None
    assert page["interpretation"]["unread"] == []

    edited = {"version": 2, "listing": {**CAR, "price": 13_500}}
    assert client.put(address, json=edited, headers=DEALER).json()["version"] == 3
    following.look()
    cheap = client.get("/market/search", params={"price_max": 13_500}, headers=BUYER).json()
    assert [each["price_in_currency"] for each in cheap["items"]] == [13_500]
    shown = client.get(address, headers=DEALER).json()
    assert [each["price"] for each in shown["prices"]] == [14_990, 13_500]
    assert shown["listing"]["reference"] == "A-1"

    other = move(client, made(client, price=13_000, year=2019), "live").json()
    made(client, price=13_400)  # a draft
    following.look()
    similar = client.get(f"{address}/similar", params={"fuel": "diesel"}, headers=BUYER).json()
    (beside,) = similar["items"]
    assert (beside["listing_id"], similar["total"]) == (other["listing_id"], 1)
    assert [reason["text"] for reason in beside["reasons"]] == [
        *("500 EUR less", "same model", "same engine", "1 year newer"),
    ]
    assert beside["listing"]["reference"] is None
    refused = client.get(f"{address}/similar?sort=price", headers=BUYER)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/sort")
    stock = client.get("/market/insight/stock?make=volkswagen", headers=BUYER).json()
    assert (stock["total"], stock["price"]["quantiles"]["p50"], stock["currency"]) == (2, 13_250, "EUR")
    assert stock["price"]["median"] == {"value": 13_250, "low": None, "high": None}
    assert (stock["currencies"], stock["warnings"]) == ([{"currency": "EUR", "cars": 2}], [])
    stock = client.get("/market/insight/stock?currency=GBP", headers=BUYER).json()
    assert (stock["price"]["median"]["value"], stock["makes"][0]["median_price"]["value"]) == (None, None)
    assert [each["code"] for each in stock["warnings"]] == ["market.prices_not_compared"]
    assert "2 of 2 cars are priced in EUR" in stock["warnings"][0]["detail"]
    refused = client.get(f"/market/insight/stock?company={FIRM}", headers=BUYER)
    assert refused.status_code == 422, "figures of one company are its own matter"
    assert client.get("/market/insight/own", headers=DEALER).json()["live"] == 2
    assert client.get("/market/insight/own", headers=OTHER).json()["live"] == 0
    assert client.get("/market/insight/own", headers=BUYER).status_code == 403
    assert move(client, other, "withdrawn").json()["state"] == "withdrawn"

    assert move(client, shown, "sold").json()["state"] == "sold"
    gone = client.get("/market/search", headers=BUYER).json()
    assert gone["items"] == [], "the database says that it is sold before the index does"
    following.look()
    assert client.get("/market/search", headers=BUYER).json()["total"] == 0


def test_another_company_changes_nothing_and_learns_nothing(client: httpx.Client) -> None:
    draft, live = made(client), made(client)
    live = move(client, live, "live").json()
    for listing, is_seen in ((draft, False), (live, True)):
        address = f"/market/listings/{listing['listing_id']}"
        assert (client.get(address, headers=OTHER).status_code == httpx.codes.OK) is is_seen
        edit = client.put(address, json={"version": listing["version"], "listing": CAR}, headers=OTHER)
        missing = client.put(
            f"/market/listings/{UUID(int=7)}", json={"version": 1, "listing": CAR}, headers=OTHER
        )
        assert (edit.status_code, edit.json()["code"]) == (404, "market.unknown_listing")
        assert edit.json().keys() == missing.json().keys()
    assert client.get("/market/listings/own", headers=OTHER).json()["items"] == []
    own = client.get("/market/listings/own?limit=1", headers=DEALER).json()
    rest = client.get("/market/listings/own", params={"cursor": own["next"]}, headers=DEALER).json()
    ids = [each["listing_id"] for each in (*own["items"], *rest["items"])]
    assert ids == [live["listing_id"], draft["listing_id"]]


def test_listings_are_compared_by_link_and_a_draft_is_missing(client: httpx.Client) -> None:
    cheap, dear = (move(client, made(client, price=price), "live").json() for price in (9_000, 11_000))
    draft = made(client)
    ids = [each["listing_id"] for each in (dear, draft, cheap, dear)]
    side_by_side = client.get("/market/compare", params={"listing": ids}, headers=BUYER).json()
    assert [each["listing_id"] for each in side_by_side["items"]] == [ids[0], ids[2]]
    assert (side_by_side["missing"], side_by_side["differing"]) == ([ids[1]], ["price"])
    assert side_by_side["best"] == {"price": [cheap["listing_id"]]}
    assert [each["price"] for each in side_by_side["items"][0]["prices"]] == [11_000]
    for wrong in ({"listing": ids[:1] * 6}, {"listing": ["x"]}, {"listing": ids, "currency": "XXX"}, {}):
        answer = client.get("/market/compare", params=wrong, headers=BUYER)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_of_two_changes_of_one_version_one_wins(client: httpx.Client) -> None:
    listing = made(client)

    def edit(price: int) -> int:
        body = {"version": 1, "listing": {**CAR, "price": price}}
        return client.put(f"/market/listings/{listing['listing_id']}", json=body, headers=DEALER).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(edit, range(1_000, 1_008)))
    assert statuses == [200] + [409] * 7


def test_what_is_wrong_is_named_in_the_body(client: httpx.Client) -> None:
    answer = client.post(
        "/market/listings", json={"listing": {**CAR, "price": "cheap", "colour": "red"}}, headers=DEALER
    )
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/listing/price", "/listing/colour"}
    assert client.post("/market/listings", json={"listing": CAR}, headers=BUYER).status_code == 403
    keyless = caller_header("listings:write")
    assert (
        client.post("/market/listings", json={"listing": CAR}, headers=keyless).json()["code"]
        == "market.no_company"
    )


def test_every_change_has_its_event(client: httpx.Client, engine: Engine) -> None:
    listing = made(client)
    move(client, listing, "live")
    batch = PostgresEventLog(engine).read(LISTINGS, {}, most=100)
    events = [
        orjson.loads(body)
        for key, body in zip(batch.keys, batch.bodies, strict=True)
        if key == listing["listing_id"]
    ]
    assert [(each["former_state"], each["state"]) for each in events] == [(None, "draft"), ("draft", "live")]


def test_demonstration_stock_is_taken_once(engine: Engine, following: FollowListings) -> None:
    rows = [
        {"make": "bmw", "model": "X5", "year": "2018", "price": str(9_000 + n), "mileage": "10"}
        for n in range(50)
    ]
    take = TakeDemoStock(PostgresListings(engine, PostgresEventLog(engine)), SystemClock())
    reports = [take(PUBLISHED[0], rows, Owner(FIRM), is_synthetic=False) for _ in range(2)]
    assert [(report.added, report.known) for report in reports] == [(50, 0), (0, 50)]
    following.look()
    assert len(following.snapshot.index) == 50
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.listing_prices")) == 50


def test_cars_are_found_by_the_town_that_they_name_and_stand_on_a_map(
    client: httpx.Client, following: FollowListings
) -> None:
    spot = {"place": "Leeds", "country": "GB", "latitude": 53.8, "longitude": -1.55}
    listing = move(client, made(client, **spot), "live").json()
    nowhere = move(client, made(client, place=None, country=None, latitude=None, longitude=None), "live")
    assert nowhere.status_code == 200
    following.look()
    near = client.get("/market/search", params={"near": "leeds", "radius_km": 5}, headers=BUYER).json()
    assert [each["listing_id"] for each in near["items"]] == [listing["listing_id"]]
    cells = client.get("/market/search/cells", headers=BUYER).json()
    assert (cells["total"], cells["without_place"]) == (2, 1)
    (cell,) = cells["cells"]
    assert (cell["cars"], cell["listing_id"]) == (1, listing["listing_id"])
    unknown = client.get("/market/search/cells", params={"near": "Atlantis"}, headers=BUYER)
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "market.unknown_place")
    assert client.get("/market/search/cells?q=bmw", headers=BUYER).status_code == 422


def test_a_listing_is_made_for_a_branch_of_the_company(client: httpx.Client, engine: Engine) -> None:
    branch, of_a_rival = UUID(int=21), UUID(int=22)
    with engine.begin() as connection:
        for company, its_branch in ((FIRM, branch), (RIVAL, of_a_rival)):
            own = {"company_id": company, "name": "Harbor", "created_at": func.now()}
            connection.execute(insert(companies).values(**own, created_by="test"))
            connection.execute(insert(branches).values(**own, branch_id=its_branch))
    body = {"listing": CAR, "branch_id": str(branch)}
    made_there = client.post("/market/listings", json=body, headers=DEALER)
    assert (made_there.status_code, made_there.json()["branch_id"]) == (201, str(branch))
    refused = client.post("/market/listings", json={**body, "branch_id": str(of_a_rival)}, headers=DEALER)
    assert (refused.status_code, refused.json()["errors"][0]) == (
        422,
        {
            "code": "market.unknown_branch",
            "detail": "Your company has no such branch, or you act for another one.",
            "pointer": "/branch_id",
        },
    )
    nonsense = client.post("/market/listings", json={**body, "branch_id": "harbor"}, headers=DEALER)
    assert nonsense.status_code == 422
