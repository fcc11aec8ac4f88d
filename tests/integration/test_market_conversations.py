"""Conversations over HTTP on a real database: both sides, the support, blocks, reports, photos and retention."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy import Engine, text
from tests.support.audit import audit_trail
from tests.support.limits import MemoryRateLimiter
from tests.support.served import NamedCallers, RoutesBelow, caller_header, served_application, serving

from drivetrain.adapters.disk.objects import FolderObjects
from drivetrain.adapters.http.pictures import PictureUploads
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.access import Caller
from drivetrain.core.pictures import Picture
from drivetrain.core.time import SystemClock
from drivetrain.market.conversations.adapters.http import conversation_routes
from drivetrain.market.conversations.adapters.notices import Notices
from drivetrain.market.conversations.adapters.personal import ConversationsOfPeople
from drivetrain.market.conversations.adapters.photo_store import PostgresSharedPhotos
from drivetrain.market.conversations.adapters.presence import PostgresPresence
from drivetrain.market.conversations.adapters.report_store import PostgresConversationReports
from drivetrain.market.conversations.adapters.reports_http import conversation_report_routes
from drivetrain.market.conversations.adapters.store import PostgresConversations
from drivetrain.market.conversations.adapters.sweeping import delete_old, remove_orphans
from drivetrain.market.conversations.application.keep_conversations import KeepConversations
from drivetrain.market.conversations.application.report_conversations import ReportConversations
from drivetrain.market.conversations.application.write_messages import WriteMessages
from drivetrain.market.conversations.domain.first_answer import OtherCar
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import ListingState

FIRM, RIVAL = UUID(int=1), UUID(int=2)
DEALER_PERSON, ANNA_PERSON = UUID(int=10), UUID(int=11)
ANN = Caller("ann", "c", frozenset(), company=FIRM)
WRITES = "conversations:write"
ANNA, BORIS = (caller_header(WRITES, person=UUID(int=number)) for number in (11, 12))
DEALER = caller_header(WRITES, person=DEALER_PERSON, company=FIRM)
OTHER = caller_header(WRITES, person=UUID(int=13), company=RIVAL)
SUPPORT = caller_header(WRITES, "conversations:support", person=UUID(int=14))
SCRIPT = "<script>alert(1)</script>\n' OR 1=1 --"


class MemoryAnnouncements:
    """The port ``Announcements``: what was announced, to whom."""

    def __init__(self) -> None:
        self.written: list[tuple[str, tuple[str, ...], UUID | None, tuple[UUID, ...]]] = []

    def announce(
        self,
        connection: Any,
        message: str,
        roles: Sequence[str],
        arguments: Mapping[str, str],
        *,
        company: UUID | None = None,
        people: Sequence[UUID] = (),
    ) -> None:
        self.written.append((arguments["car"], tuple(roles), company, tuple(people)))


def as_it_is(data: bytes, widths: Sequence[int]) -> Sequence[Picture]:
    """The port ``EncodePicture`` for a picture that is small enough."""
    return [Picture(64, 48, data + bytes([number])) for number in range(len(widths))]


@pytest.fixture
def keep(engine: Engine) -> KeepListings:
    return KeepListings(PostgresListings(engine, PostgresEventLog(engine)), SystemClock())


@pytest.fixture
def announced() -> MemoryAnnouncements:
    return MemoryAnnouncements()


@pytest.fixture
def objects(tmp_path: Path) -> FolderObjects:
    return FolderObjects(tmp_path / "photos")


@pytest.fixture
def client(
    engine: Engine, keep: KeepListings, announced: MemoryAnnouncements, objects: FolderObjects
) -> Iterator[RoutesBelow]:
    clock, limiter = SystemClock(), MemoryRateLimiter()
    store, presence = PostgresConversations(engine, Notices(announced)), PostgresPresence(engine)
    similar = [OtherCar("x", "Mazda", "3", 2018, 13_000.0, "EUR")]
    write = WriteMessages(store, keep, presence, lambda _: similar, limiter, clock)
    kept = KeepConversations(store, PostgresSharedPhotos(engine, objects), presence, limiter, clock)
    reports = PostgresConversationReports(engine, audit_trail(clock))
    routers = [
        conversation_report_routes(ReportConversations(kept, reports, limiter, clock)),
        conversation_routes(write, kept, PictureUploads(as_it_is)),
    ]
    application = served_application(routers, NamedCallers())
    with serving(application) as (host, _), httpx.Client(base_url=host, timeout=60) as client:
        yield RoutesBelow(client, "/market/conversations")


def on_sale(keep: KeepListings) -> str:
    draft, _ = keep.create(LISTING.example(), ANN)
    keep.move(draft.listing_id, 1, ListingState.LIVE, ANN)
    return str(draft.listing_id)


def begun(
    client: RoutesBelow, listing: str | None, headers: dict[str, str] = ANNA, said: str = "Hello"
) -> str:
    body = {"text": said} if listing is None else {"listing_id": listing, "text": said}
    answer = client.post("", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["conversation_id"])


def said(client: RoutesBelow, conversation: str, headers: dict[str, str]) -> list[tuple[str, bool]]:
    items = client.get(f"/{conversation}/messages", headers=headers).json()["items"]
    return [(each["text"], each["is_own"]) for each in items]


def test_a_buyer_and_a_dealer_write_to_each_other(
    client: RoutesBelow, keep: KeepListings, announced: MemoryAnnouncements
) -> None:
    listing = on_sale(keep)
    first = client.post("", json={"listing_id": listing, "text": f"  {SCRIPT} "}, headers=ANNA).json()
    question, automatic = first["items"]
    assert (question["text"], question["automatic"], question["is_own"]) == (SCRIPT, None, True)
    assert (automatic["is_own"], automatic["side"]) == (False, "dealer")
    assert automatic["automatic"]["state"] == "live"
    assert [car["make"] for car in automatic["automatic"]["similar"]] == ["Mazda"]
    conversation = first["conversation_id"]
    assert begun(client, listing, said="Still there?") == conversation  # there is one of a buyer about a car
    assert len(announced.written) == 1  # the second message is not told of: the first was not read

    (shown,) = client.get("", headers=DEALER).json()["items"]
    assert (shown["conversation_id"], shown["side"], shown["unread"]) == (conversation, "dealer", 3)
    assert shown["car"]["listing_id"] == listing
    assert shown["last"]["text"] == "Still there?"
    assert "buyer_id" not in shown
    assert client.get("/unread", headers=DEALER).json() == {"conversations": 1}
    assert client.put(f"/{conversation}/read", json={"position": 3}, headers=DEALER).status_code == 204
    assert client.get(f"/{conversation}", headers=ANNA).json()["others_read"] == 3

    answer = client.post(f"/{conversation}/messages", json={"text": "Yes."}, headers=DEALER)
    assert answer.status_code == 201
    assert said(client, conversation, ANNA)[-1] == ("Yes.", False)
    assert said(client, conversation, DEALER)[-1] == ("Yes.", True)
    assert client.get(f"/{conversation}", headers=ANNA).json()["unread"] == 1
    begun(client, listing, said="Thank you")
    assert [(roles, company, people) for _, roles, company, people in announced.written] == [
        (("dealer", "company_admin"), FIRM, ()),
        ((), None, (ANNA_PERSON,)),
        (("dealer", "company_admin"), FIRM, ()),
    ]

    page = client.get(f"/{conversation}/messages?limit=2", headers=ANNA).json()
    assert [each["position"] for each in page["items"]] == [4, 5]
    earlier = client.get(f"/{conversation}/messages?before={page['before']}", headers=ANNA).json()
    assert ([each["position"] for each in earlier["items"]], earlier["before"]) == ([1, 2, 3], None)


def test_a_dealer_who_is_there_answers_without_help(client: RoutesBelow, keep: KeepListings) -> None:
    assert client.get("", headers=DEALER).json()["items"] == []  # the dealer looks
    body = {"listing_id": on_sale(keep), "text": "Hello"}
    assert len(client.post("", json=body, headers=ANNA).json()["items"]) == 1


def test_a_foreign_conversation_is_a_missing_one(client: RoutesBelow, keep: KeepListings) -> None:
    conversation = begun(client, on_sale(keep))
    share = {"content": b"x", "headers": {}}
    for headers in (BORIS, OTHER, SUPPORT):
        for answer in (
            client.get(f"/{conversation}", headers=headers),
            client.get(f"/{conversation}/messages", headers=headers),
            client.post(f"/{conversation}/messages", json={"text": "Hi"}, headers=headers),
            client.put(f"/{conversation}/read", json={"position": 1}, headers=headers),
            client.put(f"/{conversation}/block", headers=headers),
            client.delete(f"/{conversation}/block", headers=headers),
            client.post(f"/{conversation}/photos", content=share["content"], headers=headers),
            client.get(f"/{conversation}/photos/{'0' * 64}/320", headers=headers),
            client.post(f"/{conversation}/reports", json={"reason": "spam"}, headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "market.unknown_conversation")
        assert client.get("", headers=headers).json()["items"] == []


def test_what_cannot_be_written_is_refused(client: RoutesBelow, keep: KeepListings) -> None:
    conversation = begun(client, on_sale(keep))
    draft, _ = keep.create(LISTING.example(), ANN)
    key = caller_header(WRITES)
    for path, body, headers, status in (
        ("", {"listing_id": str(draft.listing_id), "text": "Hi"}, ANNA, 404),  # a buyer never sees a draft
        ("", {"listing_id": str(UUID(int=9)), "text": "Hi"}, ANNA, 404),
        ("", {"listing_id": on_sale(keep), "text": "Hi"}, DEALER, 409),
        ("", {"listing_id": "x", "text": "Hi"}, ANNA, 422),
        ("", {"text": "Hi"}, key, 403),
        ("", {"text": " "}, ANNA, 422),
        ("", {"text": "x" * 4_001}, ANNA, 422),
        ("", {"text": "\u202e"}, ANNA, 422),
        (f"/{conversation}/messages", {"text": ""}, ANNA, 422),
        (f"/{conversation}/messages", {"text": "Hi", "side": "dealer"}, ANNA, 422),
        (f"/{conversation}/messages", {"text": "Hi", "photos": ["0" * 64]}, ANNA, 422),
        (f"/{conversation}/messages", {"text": "Hi", "photos": ["' OR 1=1"]}, ANNA, 422),
        (f"/{conversation}/reports", {"reason": "dislike"}, ANNA, 422),
    ):
        answer = client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (
            body
        )
    for query, status in (
        ("?side=support", 403),
        ("?side=dealer", 403),
        ("?side=x", 422),
        ("?cursor=x", 422),
    ):
        assert client.get(query, headers=ANNA).status_code == status, query
    assert client.get(f"?cursor={'9' * 17}.{'0' * 32}", headers=ANNA).status_code in {200, 422}


def test_nobody_writes_to_or_from_somebody_who_is_blocked(client: RoutesBelow, keep: KeepListings) -> None:
    conversation, another = begun(client, on_sale(keep)), begun(client, on_sale(keep))
    assert client.put(f"/{conversation}/block", headers=DEALER).status_code == 204
    for path in (f"/{conversation}/messages", f"/{another}/messages"):
        for headers, code in ((ANNA, "market.blocked"), (DEALER, "market.blocked_by_you")):
            answer = client.post(path, json={"text": "Hi"}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, code)
    third = client.post("", json={"listing_id": on_sale(keep), "text": "Hi"}, headers=ANNA)
    assert (third.status_code, third.json()["code"]) == (403, "market.blocked")
    assert len(client.get("", headers=ANNA).json()["items"]) == 2  # the third was not begun
    shown = client.get(f"/{another}", headers=DEALER).json()
    assert (shown["is_blocked"], shown["is_blocked_by_you"]) == (True, True)
    assert client.get(f"/{another}", headers=ANNA).json()["is_blocked_by_you"] is False
    assert client.delete(f"/{another}/block", headers=ANNA).status_code == 204  # lifts only one's own
    assert client.post(f"/{another}/messages", json={"text": "Hi"}, headers=ANNA).status_code == 403
    assert client.delete(f"/{another}/block", headers=DEALER).status_code == 204
    assert client.post(f"/{conversation}/messages", json={"text": "Hi"}, headers=ANNA).status_code == 201


def test_a_photo_is_seen_by_the_other_side_when_a_message_shows_it(
    client: RoutesBelow, keep: KeepListings, engine: Engine, objects: FolderObjects
) -> None:
    conversation = begun(client, on_sale(keep))
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "PNG")
    sent = client.post(f"/{conversation}/photos", content=file.getvalue(), headers=ANNA)
    assert sent.status_code == 201
    photo = sent.json()["photo_id"]
    address = f"/{conversation}/photos/{photo}/320"
    assert client.get(address, headers=ANNA).status_code == 200
    assert client.get(address, headers=DEALER).status_code == 404
    messages = f"/{conversation}/messages"
    stolen = client.post(messages, json={"photos": [photo]}, headers=DEALER)
    assert (stolen.status_code, stolen.json()["code"]) == (422, "market.unknown_photo")
    shown = client.post(messages, json={"photos": [photo]}, headers=ANNA).json()["items"]
    assert shown[0]["photos"] == [photo]
    assert client.get(address, headers=DEALER).headers["x-content-type-options"] == "nosniff"
    again = client.post(messages, json={"photos": [photo]}, headers=ANNA)
    assert again.status_code == 422
    assert remove_orphans(engine, objects) == 0
    with engine.begin() as connection:
        ConversationsOfPeople().erase(connection, ANNA_PERSON)
    assert remove_orphans(engine, objects) == 2
    assert client.get(address, headers=DEALER).status_code == 404


def test_the_support_answers_whoever_writes_to_the_platform(
    client: RoutesBelow, announced: MemoryAnnouncements
) -> None:
    conversation = begun(client, None, DEALER)
    assert begun(client, None, DEALER) == conversation
    (shown,) = client.get("?side=support", headers=SUPPORT).json()["items"]
    assert (shown["side"], shown["car"], shown["unread"]) == ("support", None, 2)
    assert client.post(f"/{conversation}/messages", json={"text": "Yes?"}, headers=SUPPORT).status_code == 201
    (mine,) = client.get("?side=buyer", headers=DEALER).json()["items"]
    assert (mine["last"]["text"], mine["last"]["side"], mine["unread"]) == ("Yes?", "support", 1)
    assert client.put(f"/{conversation}/block", headers=DEALER).json()["code"] == "market.support_not_blocked"
    assert [written[1:] for written in announced.written] == [
        (("moderator",), None, ()),
        ((), None, (DEALER_PERSON,)),
    ]


def test_a_moderator_reads_a_reported_conversation_and_ends_it(
    client: RoutesBelow, keep: KeepListings, engine: Engine
) -> None:
    conversation = begun(client, on_sale(keep), said="Pay in advance")
    report = {"reason": "fraud", "remark": "Asks for money"}
    taken = client.post(f"/{conversation}/reports", json=report, headers=DEALER)
    assert taken.status_code == 201
    again = client.post(f"/{conversation}/reports", json=report, headers=DEALER)
    assert (again.status_code, again.json()["code"]) == (409, "market.already_reported")
    desk = client.at("/market/conversation-reports")
    assert desk.get("", headers=ANNA).status_code == 403
    (listed,) = desk.get("?state=open", headers=SUPPORT).json()["items"]
    assert (listed["report_id"], listed["side"]) == (taken.json()["report_id"], "dealer")
    messages = desk.get(f"/{listed['report_id']}/messages", headers=SUPPORT).json()["items"]
    assert messages[0]["text"] == "Pay in advance"
    decision = f"/{listed['report_id']}/decision"
    assert desk.post(decision, json={"decision": "upheld"}, headers=SUPPORT).json()["state"] == "upheld"
    assert desk.post(decision, json={"decision": "dismissed"}, headers=SUPPORT).status_code == 409
    ended = client.post(f"/{conversation}/messages", json={"text": "Hi"}, headers=ANNA)
    assert (ended.status_code, ended.json()["code"]) == (409, "market.conversation_closed")
    with engine.connect() as connection:
        lines = connection.execute(text("SELECT action, object FROM drivetrain.audit_lines")).all()
    assert [tuple(line) for line in lines] == [
        ("conversation_reports.uphold", f"conversation {conversation}")
    ]


def test_open_pages_of_both_sides_learn_of_a_message_and_nobody_elses(
    client: RoutesBelow, keep: KeepListings, engine: Engine
) -> None:
    def noted() -> set[tuple[str, UUID]]:
        with engine.begin() as connection:
            query = text("DELETE FROM drivetrain.changes RETURNING topic, owner_id")
            return {(row.topic, row.owner_id) for row in connection.execute(query)}

    conversation = begun(client, on_sale(keep))
    both = {("conversations", ANNA_PERSON), ("company_conversations", FIRM)}
    assert noted() == both
    client.put(f"/{conversation}/block", headers=DEALER)
    assert noted() == both
    client.post(f"/{conversation}/messages", json={"text": "Hi"}, headers=ANNA)  # refused
    assert noted() == set()
    begun(client, None, BORIS)
    assert noted() == {("conversations", UUID(int=12)), ("support_conversations", UUID(int=0))}


def test_messages_at_once_get_a_position_each(client: RoutesBelow, keep: KeepListings) -> None:
    listing = on_sale(keep)
    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(lambda number: begun(client, listing, said=str(number)), range(8)))
    assert len(ids) == 1
    items = client.get(f"/{ids.pop()}/messages", headers=ANNA).json()["items"]
    assert [each["position"] for each in items] == list(range(1, 10))  # eight, and the automatic one
    assert sum(each["automatic"] is not None for each in items) == 1


def test_who_writes_too_much_waits(client: RoutesBelow) -> None:
    statuses = [client.post("", json={"text": "Hi"}, headers=ANNA).status_code for _ in range(21)]
    assert statuses == [201] * 20 + [429]


def test_pages_of_conversations_hold_each_once(client: RoutesBelow, keep: KeepListings) -> None:
    made = [begun(client, on_sale(keep)) for _ in range(3)]
    first = client.get("?limit=2", headers=ANNA).json()
    second = client.get("", params={"cursor": first["next"]}, headers=ANNA).json()
    ids = [each["conversation_id"] for each in (*first["items"], *second["items"])]
    assert (ids, second["next"]) == (made[::-1], None)


def test_old_conversations_go_unless_a_report_of_them_is_open(
    client: RoutesBelow, keep: KeepListings, engine: Engine
) -> None:
    old, reported, new = (begun(client, on_sale(keep)) for _ in range(3))
    client.post(f"/{reported}/reports", json={"reason": "spam"}, headers=ANNA)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE drivetrain.conversations SET last_at = last_at - interval '400 days' "
                "WHERE conversation_id <> :new"
            ),
            {"new": UUID(new)},
        )
    assert delete_old(engine, SystemClock().now() - timedelta(days=365)) == 1
    left = {each["conversation_id"] for each in client.get("", headers=ANNA).json()["items"]}
    assert left == {reported, new}
    assert client.get(f"/{old}", headers=ANNA).status_code == 404


def test_conversations_are_exported_and_erased_with_their_person(
    client: RoutesBelow, keep: KeepListings, engine: Engine
) -> None:
    conversation = begun(client, on_sale(keep))
    client.post(f"/{conversation}/messages", json={"text": "Yes."}, headers=DEALER)
    client.put(f"/{conversation}/block", headers=DEALER)
    held = ConversationsOfPeople()
    with engine.begin() as connection:
        mine = held.exported(connection, ANNA_PERSON)
        assert [len(mine[name]) for name in ("conversations", "conversation_messages")] == [1, 3]
        assert len(mine["conversation_blocks"]) == 1
        theirs = held.exported(connection, DEALER_PERSON)
        assert [row["text"] for row in theirs["conversation_messages"]] == ["Yes."]
        held.erase(connection, DEALER_PERSON)
    assert len(said(client, conversation, ANNA)) == 3  # what was written for a dealer stays
    with engine.begin() as connection:
        held.erase(connection, ANNA_PERSON)
        assert not any(held.exported(connection, ANNA_PERSON).values())
    assert client.get(f"/{conversation}", headers=DEALER).status_code == 404
