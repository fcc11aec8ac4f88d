"""Reviews over HTTP on a real database: contact, moderation, edits, answers, reports, and what they say together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, insert, text
from tests.support.audit import audit_trail
from tests.support.limits import MemoryRateLimiter
from tests.support.served import NamedCallers, RoutesBelow, caller_header, served_application, serving

from drivetrain.adapters.postgres.personal_rows import PersonalRows
from drivetrain.core.time import SystemClock
from drivetrain.market.conversations.adapters.contacts import ConversationContacts
from drivetrain.market.conversations.adapters.tables import conversations
from drivetrain.market.reviews.adapters.http import review_routes
from drivetrain.market.reviews.adapters.store import PostgresReviews
from drivetrain.market.reviews.adapters.tables import review_reports, review_versions, reviews
from drivetrain.market.reviews.application.moderate_reviews import ModerateReviews
from drivetrain.market.reviews.application.read_reviews import ReadReviews
from drivetrain.market.reviews.application.write_reviews import WriteReviews

FIRM, RIVAL, CAR, OTHER_CAR = (UUID(int=number) for number in (1, 2, 3, 4))
SCOPES = ("reviews:write", "listings:read")
DEALER = caller_header("listings:read", "listings:write", person=UUID(int=90), company=FIRM)
OTHER_DEALER = caller_header("listings:read", "listings:write", person=UUID(int=91), company=RIVAL)
MODERATOR = caller_header("reviews:moderate", "listings:read", person=UUID(int=92))
MODERATOR_OF_A_FIRM = caller_header("reviews:moderate", person=UUID(int=93), company=FIRM)
SCRIPT = "<script>alert(1)</script>\nSlow."


def buyer(number: int) -> dict[str, str]:
    return caller_header(*SCOPES, person=UUID(int=10 + number))


@pytest.fixture
def client(engine: Engine) -> Iterator[RoutesBelow]:
    clock, limiter = SystemClock(), MemoryRateLimiter()
    store = PostgresReviews(engine, audit_trail(clock))
    write = WriteReviews(store, ConversationContacts(engine), limiter, clock)
    router = review_routes(write, ReadReviews(store), ModerateReviews(store, limiter, clock))
    application = served_application([router], NamedCallers())
    with serving(application) as (host, _), httpx.Client(base_url=host, timeout=60) as client:
        yield RoutesBelow(client, "/market/reviews")


def had_contact(engine: Engine, *numbers: int, car: UUID = CAR) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [
        {
            "conversation_id": UUID(int=1_000 * car.int + number),
            "buyer_id": UUID(int=10 + number),
            "company_id": FIRM,
            "listing_id": car,
            "created_at": now,
            "last_at": now,
            "messages": 1,
            "buyer_read": 1,
            "answering_read": 0,
        }
        for number in numbers
    ]
    with engine.begin() as connection:
        connection.execute(insert(conversations), rows)


def written(client: RoutesBelow, number: int = 1, stars: int = 4, **about: object) -> dict[str, Any]:
    body = {**(about or {"company_id": str(FIRM)}), "stars": stars, "text": f" {SCRIPT} "}
    answer = client.post("", json=body, headers=buyer(number))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def decided(client: RoutesBelow, review: dict[str, Any], **ruling: object) -> httpx.Response:
    body = {"version": review["version"], "decision": "published", **ruling}
    return client.post(f"/{review['review_id']}/decision", json=body, headers=MODERATOR)


def shown(client: RoutesBelow, about: str = f"company={FIRM}") -> dict[str, Any]:
    return dict(client.get(f"?{about}", headers=buyer(9)).json())


def test_nobody_reviews_without_a_contact(client: RoutesBelow, engine: Engine) -> None:
    had_contact(engine, 1)
    for number, about, code in (
        (2, {"company_id": str(FIRM)}, "market.no_contact"),
        (2, {"listing_id": str(CAR)}, "market.no_contact"),
        (1, {"company_id": str(RIVAL)}, "market.no_contact"),
        (1, {"listing_id": str(OTHER_CAR)}, "market.no_contact"),
    ):
        answer = client.post("", json={**about, "stars": 1, "text": "Bad"}, headers=buyer(number))
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    own = caller_header(*SCOPES, person=UUID(int=11), company=FIRM)
    answer = client.post("", json={"company_id": str(FIRM), "stars": 5, "text": "Good"}, headers=own)
    assert (answer.status_code, answer.json()["code"]) == (403, "market.own_company")
    key = caller_header(*SCOPES)
    answer = client.post("", json={"company_id": str(FIRM), "stars": 5, "text": "Good"}, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "market.no_person")


def test_a_review_is_read_by_a_moderator_before_anybody_else(client: RoutesBelow, engine: Engine) -> None:
    had_contact(engine, 1)
    review = written(client)
    assert (review["state"], review["text"], review["is_own"]) == ("pending", SCRIPT, True)
    twice = client.post("", json={"company_id": str(FIRM), "stars": 1, "text": "Bad"}, headers=buyer(1))
    assert (twice.status_code, twice.json()["code"]) == (409, "market.already_reviewed")
    car = written(client, listing_id=str(CAR))  # of the car there may be one more
    assert car["company_id"] == str(FIRM)
    assert shown(client)["items"] == []

    queue = client.get("/queue?limit=1", headers=MODERATOR).json()
    assert [each["review_id"] for each in queue["items"]] == [review["review_id"]]
    rest = client.get("/queue", params={"cursor": queue["next"]}, headers=MODERATOR).json()
    assert ([each["review_id"] for each in rest["items"]], rest["next"]) == ([car["review_id"]], None)
    assert decided(client, review).json()["state"] == "published"
    assert (
        decided(client, car, decision="rejected", reason="off_topic", remark="Not the car").status_code == 200
    )

    (public,) = shown(client)["items"]
    assert (public["text"], public["is_own"], "state" in public) == (SCRIPT, False, False)
    assert shown(client, f"listing={CAR}")["items"] == []
    mine = client.get("/own", headers=buyer(1)).json()["items"]
    assert [(each["state"], each["rejection"], each["remark"]) for each in mine] == [
        *(("rejected", "off_topic", "Not the car"), ("published", None, None))
    ]
    assert client.get("/queue", headers=MODERATOR).json()["items"] == []
    with engine.connect() as connection:
        actions = connection.scalars(text("SELECT action FROM drivetrain.audit_lines ORDER BY 1")).all()
    assert actions == ["reviews.publish", "reviews.reject"]


def test_an_edit_is_read_again_by_a_moderator_who_sees_what_was_said_before(
    client: RoutesBelow, engine: Engine
) -> None:
    had_contact(engine, 1)
    review = written(client)
    address, body = f"/{review['review_id']}", {"version": 1, "stars": 1, "text": "Bad"}
    assert client.put(address, json=body, headers=buyer(2)).status_code == 404
    edited = client.put(address, json=body, headers=buyer(1)).json()
    assert (edited["state"], edited["version"]) == ("pending", 2)
    assert client.put(address, json=body, headers=buyer(1)).json()["code"] == "market.review_changed"
    assert decided(client, review).json()["code"] == "market.review_changed"  # read before the edit
    assert decided(client, edited).status_code == 200
    (public,) = shown(client)["items"]
    assert (public["stars"], public["is_edited"]) == (1, True)
    again = client.put(address, json={**body, "version": 2, "stars": 5}, headers=buyer(1)).json()
    assert shown(client)["items"] == []
    (queued,) = client.get("/queue", headers=MODERATOR).json()["items"]
    assert [each["stars"] for each in queued["versions"]] == [4, 1, 5]
    assert client.delete(address, headers=buyer(2)).status_code == 404
    assert client.delete(address, headers=buyer(1)).status_code == 204
    assert client.delete(address, headers=buyer(1)).status_code == 404
    assert again["review_id"] == review["review_id"]


def test_the_dealer_answers_once(client: RoutesBelow, engine: Engine) -> None:
    had_contact(engine, 1)
    review = written(client)
    address, body = f"/{review['review_id']}/answer", {"text": SCRIPT}
    early = client.post(address, json=body, headers=DEALER)
    assert (early.status_code, early.json()["code"]) == (409, "market.review_not_published")
    decided(client, review)
    foreign = client.post(address, json=body, headers=OTHER_DEALER)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "market.unknown_review")
    assert client.post(address, json=body, headers=buyer(1)).status_code == 403
    assert client.post(address, json=body, headers=DEALER).json()["answer"]["text"] == SCRIPT
    assert client.post(address, json=body, headers=DEALER).json()["code"] == "market.review_answered"
    assert shown(client)["items"][0]["answer"]["text"] == SCRIPT


def test_a_reported_review_comes_back_to_the_moderator(client: RoutesBelow, engine: Engine) -> None:
    had_contact(engine, 1)
    review = written(client)
    address = f"/{review['review_id']}/reports"
    report = {"reason": "not_genuine", "remark": "Never was here"}
    assert client.post(address, json=report, headers=DEALER).status_code == 404  # it is not published
    decided(client, review)
    assert client.post(address, json=report, headers=DEALER).status_code == 201
    assert client.post(address, json=report, headers=DEALER).json()["code"] == "market.already_reported"
    (queued,) = client.get("/queue", headers=MODERATOR).json()["items"]
    assert [(each["reason"], each["remark"]) for each in queued["reports"]] == [
        ("not_genuine", "Never was here")
    ]
    assert "reporter" not in queued["reports"][0]
    assert shown(client)["rating"]["reviews"] == 1
    decided(client, review, decision="rejected", reason="not_genuine")
    assert shown(client)["rating"]["reviews"] == 0
    assert client.get("/queue", headers=MODERATOR).json()["items"] == []


def test_there_is_no_mean_under_five_reviews(client: RoutesBelow, engine: Engine) -> None:
    had_contact(engine, *range(1, 6))
    for number in range(1, 6):
        rating = shown(client)["rating"]
        assert (rating["reviews"], rating["mean"], rating["fewest"]) == (number - 1, None, 5)
        decided(client, written(client, number, stars=5))
    rating = shown(client)["rating"]
    assert (rating["reviews"], rating["counts"], rating["mean"]) == (5, [0, 0, 0, 0, 5], 4.0)
    assert rating["low"] < rating["mean"] < rating["high"] <= 5
    page = client.get(f"?company={FIRM}&limit=3", headers=buyer(1)).json()
    rest = client.get(f"?company={FIRM}&cursor={page['next']}", headers=buyer(1)).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)


def test_what_cannot_be_reviewed_or_decided_is_refused(client: RoutesBelow, engine: Engine) -> None:
    had_contact(engine, 1)
    review = written(client)
    good = {"company_id": str(FIRM), "stars": 5, "text": "Good"}
    ruling = {"version": 1, "decision": "rejected"}
    for path, body, headers, status in (
        ("", {**good, "listing_id": str(CAR)}, buyer(1), 422),
        ("", {"stars": 5, "text": "Good"}, buyer(1), 422),
        ("", {**good, "stars": 0}, buyer(1), 422),
        ("", {**good, "stars": 6}, buyer(1), 422),
        ("", {**good, "stars": 4.5}, buyer(1), 422),
        ("", {**good, "text": "  "}, buyer(1), 422),
        ("", {**good, "text": "x" * 4_001}, buyer(1), 422),
        ("", {**good, "text": "\u202e"}, buyer(1), 422),
        ("", {**good, "state": "published"}, buyer(1), 422),
        (f"/{review['review_id']}/decision", ruling, MODERATOR, 422),  # without a reason
        (
            f"/{review['review_id']}/decision",
            {"version": 1, "decision": "published", "reason": "other"},
            MODERATOR,
            422,
        ),
        (f"/{review['review_id']}/decision", {**ruling, "reason": "other"}, MODERATOR_OF_A_FIRM, 403),
        (f"/{review['review_id']}/decision", {**ruling, "reason": "other"}, buyer(1), 403),
        (f"/{UUID(int=9)}/decision", {**ruling, "reason": "other"}, MODERATOR, 404),
    ):
        answer = client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
            body
        )
    for query in ("", f"?company={FIRM}&listing={CAR}", "?company=x"):
        assert client.get(query, headers=buyer(1)).status_code == 422, query


def test_reviews_are_exported_and_erased_with_their_author(client: RoutesBelow, engine: Engine) -> None:
    had_contact(engine, 1, 2)
    decided(client, written(client, 1))
    other = written(client, 2)
    held = PersonalRows((review_reports.c.reporter, review_versions.c.author_id, reviews.c.author_id))
    with engine.begin() as connection:
        exported = held.exported(connection, UUID(int=11))
        assert [row["text"] for row in exported["review_versions"]] == [SCRIPT]
        held.erase(connection, UUID(int=11))
    assert shown(client)["rating"]["reviews"] == 0
    queue = client.get("/queue", headers=MODERATOR).json()["items"]
    assert [each["review_id"] for each in queue] == [other["review_id"]]
