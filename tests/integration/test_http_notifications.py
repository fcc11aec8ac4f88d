"""Notifications over HTTP: one's own alone, unread ones first, and as they appear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine
from tests.support.fakes import FixedClock
from tests.support.notifications import MemoryMailer, Notifying, add_person, add_token
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.accounts.notifications.adapters.http import mail_routes, notification_routes
from drivetrain.accounts.notifications.adapters.mail_list import MailList
from drivetrain.accounts.notifications.adapters.reading import PostgresNotifications
from drivetrain.adapters.http.edge import Edge

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
READS = "notifications:read"


@pytest.fixture
def notifying(engine: Engine) -> Notifying:
    return Notifying(engine, FixedClock(AT))


@pytest.fixture
def ann(notifying: Notifying) -> UUID:
    with notifying.engine.begin() as connection:
        return add_person(connection, notifying.clock)


@pytest.fixture
def bob(notifying: Notifying) -> UUID:
    with notifying.engine.begin() as connection:
        return add_person(connection, notifying.clock, email="bob@example.com", language="ar")


@pytest.fixture
def callers() -> NamedCallers:
    return NamedCallers()


def application(notifying: Notifying, callers: NamedCallers) -> Edge:
    reader = PostgresNotifications(notifying.engine, notifying.clock)
    routers = [
        notification_routes(reader),
        mail_routes(MailList(notifying.engine, "Cars")),
    ]
    return served_application(routers, callers)


@pytest.fixture
def client(notifying: Notifying, callers: NamedCallers) -> Iterator[httpx.Client]:
    with (
        serving(application(notifying, callers)) as (address, _),
        httpx.Client(base_url=address) as client,
    ):
        yield client


def promote(notifying: Notifying, person: UUID, *versions: str) -> None:
    for version in versions:
        notifying.write(
            "model_promoted",
            person,
            model="m",
            version=version,
            actor="bob",
            reason="r",
            at="2026-06-01T12:00:00Z",
        )


def versions(items: list[dict[str, Any]]) -> list[str]:
    return [item["data"]["version"] for item in items]


def test_a_person_sees_their_own_unread_ones_first(
    client: httpx.Client, notifying: Notifying, ann: UUID, bob: UUID
) -> None:
    promote(notifying, ann, "1", "2", "3", "4", "5")
    promote(notifying, bob, "6")
    header = caller_header(READS, person=ann)
    first = client.get("/notifications", headers=header).json()
    assert versions(first["items"]) == ["5", "4", "3", "2", "1"]
    assert (first["unread"], first["next"]) == (5, None)
    for item in first["items"][:2]:
        for _ in range(2):
            answer = client.post(f"/notifications/{item['id']}/read", headers=header)
            assert answer.status_code == 204
    listed, cursor = [], None
    for _ in range(3):
        page = client.get(
            "/notifications", params={"limit": 2, **({"cursor": cursor} if cursor else {})}, headers=header
        ).json()
        listed += page["items"]
        cursor = page["next"]
    assert versions(listed) == ["3", "2", "1", "5", "4"]
    assert (page["unread"], cursor) == (3, None)
    assert [item["read_at"] is None for item in listed] == [True, True, True, False, False]


def test_a_notification_is_in_the_language_and_zone_of_its_reader(
    client: httpx.Client, notifying: Notifying, ann: UUID, bob: UUID
) -> None:
    for person, word in ((ann, "champion"), (bob, "المعتمد")):
        promote(notifying, person, "1")
        (item,) = client.get("/notifications", headers=caller_header(READS, person=person)).json()["items"]
        assert word in item["title"]
        assert "2026-06-01 14:00 (Europe/Berlin)" in item["text"]
        assert (item["topic"], item["kind"], item["position"]) == ("models", "model_promoted", 1)


def test_a_foreign_notification_answers_like_a_missing_one(
    client: httpx.Client, notifying: Notifying, ann: UUID, bob: UUID
) -> None:
    promote(notifying, ann, "1")
    (item,) = client.get("/notifications", headers=caller_header(READS, person=ann)).json()["items"]
    header = caller_header(READS, person=bob)
    foreign = client.post(f"/notifications/{item['id']}/read", headers=header)
    missing = client.post(f"/notifications/{uuid4()}/read", headers=header)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["code"] == missing.json()["code"] == "notifications.not_found"
    assert client.get("/notifications", headers=caller_header(READS, person=ann)).json()["unread"] == 1


def test_reading_all_leaves_what_appeared_meanwhile(
    client: httpx.Client, notifying: Notifying, ann: UUID
) -> None:
    promote(notifying, ann, "1", "2", "3")
    header = caller_header(READS, person=ann)
    for _ in range(2):
        answer = client.post("/notifications/read", params={"up_to": 2}, headers=header)
    assert answer.json() == {"marked": 0}
    page = client.get("/notifications", headers=header).json()
    assert (versions(page["items"]), page["unread"]) == (["3", "2", "1"], 1)


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ({}, 401, "auth.missing"),
        (caller_header(person=UUID(int=1)), 403, "auth.scope_missing"),
        (caller_header(READS), 403, "notifications.no_person"),  # a key of the installation
    ],
)
@pytest.mark.parametrize("path", ["/notifications", "/notifications/preferences"])
def test_only_a_person_with_the_right_has_notifications(
    path: str, header: dict[str, str], status: int, code: str, client: httpx.Client
) -> None:
    answer = client.get(path, headers=header)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "params", "headers"),
    [
        ("/notifications", {"cursor": "x1"}, {}),
        ("/notifications", {"cursor": "u0"}, {}),
        ("/notifications", {"cursor": "u9999999999999999999"}, {}),
        ("/notifications", {"limit": "0"}, {}),
    ],
)
def test_wrong_parameters_are_named(
    path: str, params: dict[str, str], headers: dict[str, str], client: httpx.Client
) -> None:
    headers = {**headers, **caller_header(READS, person=UUID(int=1))}
    assert client.get(path, params=params, headers=headers).status_code == 422


def test_preferences_are_set_as_a_whole(client: httpx.Client, notifying: Notifying, ann: UUID) -> None:
    header = caller_header(READS, person=ann)
    unwanted = [{"topic": "tasks", "channel": "app"}, {"topic": "models", "channel": "mail"}]
    answer = client.put("/notifications/preferences", json={"unwanted": unwanted * 2}, headers=header)
    assert answer.json()["unwanted"] == unwanted[::-1]
    assert client.get("/notifications/preferences", headers=header).json() == answer.json()
    promote(notifying, ann, "1")
    assert notifying.queue.deferred == []
    client.put("/notifications/preferences", json={"unwanted": []}, headers=header).raise_for_status()
    promote(notifying, ann, "2")
    assert len(notifying.queue.deferred) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"unwanted": [{"topic": "models"}]},
        {"unwanted": [{"topic": "models", "channel": "pigeon"}]},
        {"unwanted": [], "person_id": "1"},
    ],
)
def test_preferences_that_mean_nothing_are_refused(body: object, client: httpx.Client, ann: UUID) -> None:
    header = caller_header(READS, person=ann)
    assert client.put("/notifications/preferences", json=body, headers=header).status_code == 422


def test_administrators_see_mails_and_never_a_link(
    client: httpx.Client, notifying: Notifying, ann: UUID, bob: UUID
) -> None:
    with notifying.engine.begin() as connection:
        token = add_token(connection, notifying.clock, ann)
    notifying.write("verify_email", ann, token_id=str(token))
    mailer = MemoryMailer()
    notifying.deliver_mail(mailer)(UUID(notifying.queue.deferred[0][1]["mail_id"]))
    promote(notifying, bob, "1")
    header = caller_header("mails:read")
    answer = client.get("/mails", headers=header)
    shown = [(item["recipient"], item["subject"], item["state"]) for item in answer.json()["items"]]
    assert shown[1] == ("ann@example.com", "Confirm your e-mail address", "sent")
    assert shown[0][0::2] == ("bob@example.com", "waiting")
    assert "المعتمد" in shown[0][1]
    text = mailer.messages[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.partition("https://")[2].split()[0] not in answer.text
    assert str(token) not in answer.text
    page = client.get("/mails", params={"limit": 1}, headers=header).json()
    rest = client.get("/mails", params={"limit": 1, "cursor": page["next"]}, headers=header).json()
    assert [item["recipient"] for item in page["items"] + rest["items"]] == [
        "bob@example.com",
        "ann@example.com",
    ]
    assert rest["next"] is None
    waiting = client.get("/mails", params={"state": "waiting"}, headers=header).json()["items"]
    assert [item["recipient"] for item in waiting] == ["bob@example.com"]
    assert client.get("/mails", headers=caller_header(READS, person=ann)).status_code == 403
