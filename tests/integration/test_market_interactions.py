"""What people and visitors do with listings, over HTTP on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, text
from tests.support.limits import MemoryRateLimiter
from tests.support.market import listed_car, listing_of
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.time import SystemClock
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.domain.listing import ListingState
from drivetrain.market.product import CARD
from drivetrain.market.recommendations.adapters.interaction_store import PostgresInteractions
from drivetrain.market.recommendations.adapters.interactions_http import interaction_routes
from drivetrain.market.recommendations.application.keep_interactions import KeepInteractions

ANNA, BEN = (caller_header("interactions:write", person=UUID(int=number)) for number in (7, 8))
SHOP = caller_header("interactions:write")
VISITOR = {"id": "visit-0001", "consent": True}
SLATE = {"slate_id": str(UUID(int=5)), "position": 3, "policy": "1.0", "propensity": 0.25}
ON_SALE, SOLD, DRAFT = UUID(int=101), UUID(int=102), UUID(int=103)


@pytest.fixture
def store(engine: Engine) -> PostgresInteractions:
    states = {ON_SALE: ListingState.LIVE, SOLD: ListingState.SOLD, DRAFT: ListingState.DRAFT}
    listings = PostgresListings(engine, PostgresEventLog(engine))
    listings.add([replace(listing_of(listed_car(each.int)), state=state) for each, state in states.items()])
    return PostgresInteractions(engine)


@pytest.fixture
def client(store: PostgresInteractions) -> Iterator[httpx.Client]:
    keep = KeepInteractions(store, MemoryRateLimiter(), SystemClock())
    application = served_application([interaction_routes(keep)], NamedCallers())
    with serving(application) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
        yield client


def done(kind: str = "view", listing: UUID = ON_SALE, **fields: object) -> dict[str, object]:
    return {"id": str(uuid4()), "listing_id": str(listing), "kind": kind, **fields}


def send(
    client: httpx.Client, who: dict[str, str], *interactions: object, **fields: object
) -> httpx.Response:
    body = {"interactions": list(interactions), **fields}
    return client.post("/market/interactions", json=body, headers=who)


def opinions(client: httpx.Client, who: dict[str, str], **parameters: str) -> list[tuple[int, str]]:
    answer = client.get("/market/interactions/own", headers=who, params=parameters)
    assert answer.status_code == 200, answer.text
    return [(UUID(each["listing_id"]).int, each["kind"]) for each in answer.json()["items"]]


def test_a_person_likes_changes_their_mind_and_takes_it_back(client: httpx.Client) -> None:
    assert send(client, ANNA, done("like"), done("dislike", SOLD)).json()["taken"] == 2
    assert opinions(client, ANNA) == [(SOLD.int, "dislike"), (ON_SALE.int, "like")]
    assert opinions(client, ANNA, kind="like") == [(ON_SALE.int, "like")]
    send(client, ANNA, done("dislike"))
    assert opinions(client, ANNA, kind="like") == []
    answer = client.delete(f"/market/interactions/own/{ON_SALE}", headers=ANNA)
    assert answer.status_code == 204
    assert opinions(client, ANNA) == [(SOLD.int, "dislike")]


def test_pages_of_opinions_have_no_gaps(client: httpx.Client) -> None:
    send(client, ANNA, done("like"), done("like", SOLD))
    first = client.get("/market/interactions/own", headers=ANNA, params={"limit": 1}).json()
    parameters = {"limit": 1, "cursor": first["next"]}
    second = client.get("/market/interactions/own", headers=ANNA, params=parameters).json()
    assert [UUID(page["items"][0]["listing_id"]) for page in (first, second)] == [SOLD, ON_SALE]
    assert second["next"] is None


def test_what_is_sent_again_is_taken_once_and_drafts_are_unknown(client: httpx.Client) -> None:
    batch = [done(), done("view", DRAFT), done("view", UUID(int=999))]
    first = send(client, ANNA, *batch).json()
    assert first == {"taken": 1, "repeated": 0, "unknown_listings": [str(DRAFT), str(UUID(int=999))]}
    assert send(client, ANNA, *batch).json() == {**first, "taken": 0, "repeated": 1}


def test_nobody_reaches_what_another_did(client: httpx.Client) -> None:
    send(client, ANNA, done("like"))
    client.delete("/market/interactions/own", headers=BEN)
    client.delete(f"/market/interactions/own/{ON_SALE}", headers=BEN)
    assert (opinions(client, BEN), opinions(client, ANNA)) == ([], [(ON_SALE.int, "like")])


def test_a_key_speaks_for_a_visitor_who_has_agreed(client: httpx.Client, engine: Engine) -> None:
    assert send(client, SHOP, done("like"), visitor=VISITOR).status_code == 200
    assert opinions(client, SHOP, visitor="visit-0001") == [(ON_SALE.int, "like")]
    assert opinions(client, SHOP, visitor="visit-0002") == []
    gone = client.delete("/market/interactions/own", headers=SHOP, params={"visitor": "visit-0001"})
    assert gone.status_code == 204
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.interactions")) == 0


def test_an_impression_keeps_its_place_in_the_slate(client: httpx.Client, engine: Engine) -> None:
    assert send(client, ANNA, done("impression", slate=SLATE)).json()["taken"] == 1
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM drivetrain.interactions")).mappings().one()
    assert (row["slate_id"], row["position"], row["policy"]) == (UUID(int=5), 3, "1.0")
    assert row["propensity"] == 0.25


@pytest.mark.parametrize(
    ("who", "fields", "code"),
    [
        (ANNA, {"interactions": []}, None),  # nothing was done
        (ANNA, {"interactions": [done()] * 101}, None),  # too much at once
        (ANNA, {"interactions": [done("impression")]}, "market.no_slate"),
        (ANNA, {"interactions": [done("sale")]}, None),  # no such kind
        (ANNA, {"interactions": [done(listing_id="1' OR '1'='1")]}, None),
        (ANNA, {"interactions": [done(slate={**SLATE, "propensity": 0})]}, None),
        (ANNA, {"interactions": [done(slate={**SLATE, "propensity": 1.5})]}, None),
        (ANNA, {"interactions": [done(slate={**SLATE, "position": 0})]}, None),
        (ANNA, {"interactions": [done(slate={**SLATE, "policy": "a\x00b"})]}, "market.bad_policy"),
        (ANNA, {"interactions": [done(at="2020-01-01T00:00:00Z")]}, None),  # nobody dates their own
        (ANNA, {"interactions": [done()], "visitor": VISITOR}, "market.visitor_of_person"),
        (SHOP, {"interactions": [done()]}, "market.no_visitor"),
        (SHOP, {"interactions": [done()], "visitor": {**VISITOR, "consent": False}}, None),
        (SHOP, {"interactions": [done()], "visitor": {"id": "visit-0001"}}, None),  # nobody was asked
        (SHOP, {"interactions": [done()], "visitor": {"id": "a b", "consent": True}}, None),
    ],
)
def test_what_cannot_be_taken_is_refused_whole(client, engine, who, fields, code) -> None:
    answer = client.post("/market/interactions", json=fields, headers=who)
    assert answer.status_code == 422, answer.text
    assert code is None or answer.json()["code"] == code or answer.json()["errors"][0]["code"] == code
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.interactions")) == 0


def test_what_is_old_is_forgotten_but_what_people_like(
    client: httpx.Client, store: PostgresInteractions, engine: Engine
) -> None:
    send(client, ANNA, done("like"), done("view"), done("impression", slate=SLATE))
    send(client, SHOP, done("like"), visitor=VISITOR)
    assert store.sweep(SystemClock().now() - timedelta(days=1)) == 0
    assert store.sweep(SystemClock().now() + timedelta(days=1)) == 3
    with engine.connect() as connection:
        left = connection.execute(text("SELECT actor, kind FROM drivetrain.interactions")).all()
    assert left == [(f"person:{UUID(int=7)}", "like")]


def test_it_is_exported_and_erased_with_the_person(client: httpx.Client, engine: Engine) -> None:
    for who in (ANNA, BEN):
        send(client, who, done("like"), done("view"))
    assert CARD.personal_data is not None
    with engine.begin() as connection:
        exported = [part.exported(connection, UUID(int=7)) for part in CARD.personal_data()]
        (rows,) = (tables["interactions"] for tables in exported if "interactions" in tables)
        assert sorted(row["kind"] for row in rows) == ["like", "view"]
        for part in CARD.personal_data():
            part.erase(connection, UUID(int=7))
    assert (opinions(client, ANNA), opinions(client, BEN)) == ([], [(ON_SALE.int, "like")])
