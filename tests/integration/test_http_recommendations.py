"""Recommendations over HTTP: what is done with listings changes what is recommended, and what was learned is taken in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
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
from drivetrain.market.recommendations.adapters.fits import PostgresFits, keep_fit
from drivetrain.market.recommendations.adapters.http import recommendation_routes
from drivetrain.market.recommendations.adapters.interaction_store import PostgresInteractions
from drivetrain.market.recommendations.adapters.interactions_http import interaction_routes
from drivetrain.market.recommendations.adapters.profiles import PostgresProfiles
from drivetrain.market.recommendations.application.fit_recommendations import FitRecommendations
from drivetrain.market.recommendations.application.follow_fit import FollowFit
from drivetrain.market.recommendations.application.keep_interactions import KeepInteractions
from drivetrain.market.recommendations.application.recommend_cars import RecommendCars
from drivetrain.market.recommendations.domain.fit import FEWEST_BUYERS
from drivetrain.market.search.adapters.live_cars import PostgresLiveCars
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.rates import RateTable

SCOPES = ("listings:read", "interactions:write")
ANNA, BEN = (caller_header(*SCOPES, person=UUID(int=number)) for number in (7, 8))
SHOP = caller_header(*SCOPES)
CARS = [
    listed_car(number, f"Make{number % 5}", f"Model{number % 17}", price=2_000.0 * (number % 20 + 1))
    for number in range(1, 101)
]


@pytest.fixture
def fit(engine: Engine) -> FollowFit:
    log = PostgresEventLog(engine)
    PostgresListings(engine, log).add([listing_of(car) for car in CARS])
    following = FollowListings(PostgresLiveCars(engine), log, RateTable())
    following.look()
    return FollowFit(PostgresFits(engine), following)


@pytest.fixture
def client(engine: Engine, fit: FollowFit) -> Iterator[httpx.Client]:
    cars, clock = PostgresLiveCars(engine), SystemClock()
    draw = random.Random(1)
    recommend = RecommendCars(fit, PostgresProfiles(engine), cars, RateTable(), clock, draw)
    keep = KeepInteractions(PostgresInteractions(engine), MemoryRateLimiter(), clock)
    routers = [recommendation_routes(recommend, "EUR"), interaction_routes(keep)]
    with (
        serving(served_application(routers, NamedCallers())) as (address, _),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def slate(client: httpx.Client, who: dict[str, str], **parameters: object) -> dict[str, Any]:
    answer = client.get("/market/recommendations", headers=who, params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def numbers(body: dict[str, Any]) -> list[int]:
    return [UUID(each["listing_id"]).int for each in body["items"]]


def do(client: httpx.Client, who: dict[str, str], kind: str, *listings: int, **fields: object) -> None:
    interactions = [
        {"id": str(uuid4()), "listing_id": str(UUID(int=each)), "kind": kind} for each in listings
    ]
    body = {"interactions": interactions, **fields}
    answer = client.post("/market/interactions", json=body, headers=who)
    assert answer.json().get("taken") == len(listings), answer.text


def test_a_buyer_likes_a_car_and_is_shown_others_like_it(client: httpx.Client) -> None:
    assert slate(client, ANNA)["is_personal"] is False
    do(client, ANNA, "like", 3)
    body = slate(client, ANNA)
    first = body["items"][0]
    assert body["is_personal"]
    assert 3 not in numbers(body)
    assert first["reasons"][0] == {
        "code": "like_liked",
        "listing_id": str(UUID(int=3)),
        "name": "Make3 Model3",
        "text": "Like the Make3 Model3 that you like",
    }
    assert [each["position"] for each in body["items"]] == list(range(1, 21))
    assert {each["propensity"] for each in body["items"]} == {1.0} | {
        each["propensity"] for each in body["items"] if each["reasons"][0]["code"] == "trying"
    }
    assert slate(client, BEN)["is_personal"] is False, "what Anna did is nobody else's"


def test_a_disliked_car_is_gone_until_that_is_taken_back(client: httpx.Client) -> None:
    do(client, ANNA, "like", 4)
    disliked = numbers(slate(client, ANNA, limit=50))[:10]
    do(client, ANNA, "dislike", *disliked)
    body = slate(client, ANNA, limit=100)
    assert not set(disliked) & set(numbers(body))
    assert body["total"] == 90
    client.delete(f"/market/interactions/own/{UUID(int=disliked[0])}", headers=ANNA)
    assert disliked[0] in numbers(slate(client, ANNA, limit=100))


def test_a_visitor_has_a_slate_of_their_own(client: httpx.Client) -> None:
    do(client, SHOP, "view", 5, visitor={"id": "visit-0001", "consent": True})
    assert slate(client, SHOP, visitor="visit-0001")["is_personal"]
    assert not slate(client, SHOP, visitor="visit-0002")["is_personal"]
    assert not slate(client, SHOP)["is_personal"]


def test_filters_are_limits_and_what_is_unknown_is_refused(client: httpx.Client) -> None:
    do(client, ANNA, "like", 3)
    body = slate(client, ANNA, make="Make1", price_max=10_000)
    assert body["filters"]["words"] == {"make": ["Make1"]}
    assert body["items"]
    assert all(
        each["listing"]["make"] == "Make1" and each["listing"]["price"] <= 10_000 for each in body["items"]
    )
    for parameters in ({"sort": "price"}, {"q": "bmw"}, {"limit": 101}, {"visitor": "a b"}, {"near": "x"}):
        answer = client.get("/market/recommendations", headers=SHOP, params=parameters)
        assert answer.status_code == 422, parameters
    refused = client.get("/market/recommendations", headers=ANNA, params={"visitor": "visit-0001"})
    assert refused.json()["code"] == "market.visitor_of_person"


def test_what_was_learned_is_kept_and_served_with_its_version(
    client: httpx.Client, engine: Engine, fit: FollowFit
) -> None:
    clock, fits = SystemClock(), PostgresFits(engine)
    learn = FitRecommendations(fits, clock)
    assert learn() is None
    for number in range(2 * FEWEST_BUYERS):
        visitor = {"id": f"visit-{number:04d}", "consent": True}
        do(
            client,
            SHOP,
            "view",
            *(number % 2 + 2 * (number * each % 40) + 1 for each in (1, 3)),
            visitor=visitor,
        )
    do(client, SHOP, "contact", 2, 2, 2, visitor={"id": "visit-9999", "consent": True})
    for version in range(1, 8):
        learned = learn()
        assert learned is not None
        with engine.begin() as connection:
            keep_fit(connection, learned, clock.now())
        assert (learned.version, set(learned.levels)) == (version, {"banded", "model"})
    with engine.connect() as connection:
        kept = connection.scalars(text("SELECT version FROM drivetrain.recommendation_fits ORDER BY version"))
        assert list(kept) == [3, 4, 5, 6, 7]
    assert slate(client, ANNA)["policy"] == "1.0"
    fit.look()
    body = slate(client, ANNA)
    assert body["policy"] == "1.7"
    assert "popular" in {each["reasons"][0]["code"] for each in body["items"]}
    looks, cars = fits.looks(clock.now().replace(year=2000))
    contacts = looks.amounts[looks.cars == [car.listing_id for car in cars].index(f"{2:032x}")]
    assert contacts.max() == 5.0, "one buyer counts for five views at most"
