"""Webhooks over HTTP: who may subscribe what, secrets that are shown once, and foreign ones that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, select, text
from tests.support.fakes import FixedClock
from tests.support.hook_receiver import HookReceiver, hook_receiver
from tests.support.notifications import SEAL, Notifying, add_person
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.accounts.notifications.adapters.sender import HttpWebhookSender
from drivetrain.accounts.notifications.adapters.subscriptions import MOST_PER_OWNER, PostgresSubscriptions
from drivetrain.accounts.notifications.adapters.tables import webhook_subscriptions
from drivetrain.accounts.notifications.adapters.webhook_http import webhook_routes
from drivetrain.accounts.notifications.domain.signatures import read_secret, signed_headers
from drivetrain.core.audit import AuditEntry

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
MANAGES = "webhooks:manage"
OURS, THEIRS = UUID(int=1), UUID(int=2)
URL = "https://hooks.example/in"
SENDER = HttpWebhookSender(allow_loopback=True, total_s=5.0)


class MemoryTrail:
    """The port ``AuditTrail``: remembers the lines."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def record(self, connection: object, entry: AuditEntry) -> None:
        """Remember."""
        self.entries.append(entry)


@pytest.fixture
def trail() -> MemoryTrail:
    return MemoryTrail()


@pytest.fixture
def notifying(engine: Engine) -> Notifying:
    return Notifying(engine, FixedClock(AT))


@pytest.fixture
def client(notifying: Notifying, trail: MemoryTrail) -> Iterator[httpx.Client]:
    subscriptions = PostgresSubscriptions(notifying.engine, notifying.queue, SEAL, trail, notifying.clock)
    routers = [webhook_routes(subscriptions, allow_loopback=True)]
    with (
        serving(served_application(routers, NamedCallers())) as (address, _),
        httpx.Client(base_url=address) as client,
    ):
        yield client


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with hook_receiver() as receiver:
        yield receiver


@pytest.fixture
def ann(notifying: Notifying) -> UUID:
    with notifying.engine.begin() as connection:
        return add_person(connection, notifying.clock)


def subscribe(
    client: httpx.Client, header: dict[str, str], *, url: str = URL, owner: str = "company", **others: object
) -> dict[str, Any]:
    body = {"url": url, "topics": ["models"], "owner": owner, **others}
    answer = client.post("/webhooks", json=body, headers=header)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_secret_is_shown_once_and_signs(
    client: httpx.Client, notifying: Notifying, receiver: HookReceiver, trail: MemoryTrail
) -> None:
    header = caller_header(MANAGES, company=OURS)
    made = subscribe(client, header, url=receiver.url)
    path = f"/webhooks/{made['id']}"
    shown = [client.get("/webhooks", headers=header), client.get(path, headers=header)]
    assert all("secret" not in answer.text.replace("former_secret_until", "") for answer in shown)
    assert client.post(f"{path}/test", headers=header).json()["waiting"] == 1
    assert notifying.deliver_webhooks(SENDER)(UUID(made["id"])) == (1, False)
    (hook,) = receiver.hooks
    assert hook.event == {
        "type": "test",
        "sequence": 1,
        "timestamp": "2026-06-01T12:00:00.000000Z",
        "data": {"at": "2026-06-01T12:00:00.000000Z"},
    }
    expected = signed_headers(hook.headers["webhook-id"], AT, hook.body, [read_secret(made["secret"])])
    assert hook.headers["webhook-signature"] == expected["webhook-signature"]
    (message,) = client.get(f"{path}/messages", headers=header).json()["items"]
    assert (message["sequence"], message["attempts"], message["delivered_at"] is not None) == (1, 1, True)
    assert made["secret"] not in str(trail.entries)
    with notifying.engine.connect() as connection:
        rows = connection.scalars(text("SELECT t::text FROM drivetrain.webhook_subscriptions t")).all()
    assert made["secret"].removeprefix("whsec_") not in str(rows)
    assert read_secret(made["secret"]).hex() not in str(rows)


def test_a_new_secret_takes_over_while_the_former_one_still_signs(
    client: httpx.Client, notifying: Notifying, receiver: HookReceiver
) -> None:
    header = caller_header(MANAGES, company=OURS)
    made = subscribe(client, header, url=receiver.url)
    replaced = client.post(f"/webhooks/{made['id']}/secret", headers=header).json()
    assert replaced["secret"] != made["secret"]
    assert replaced["former_secret_until"] == "2026-06-02T12:00:00.000000Z"
    client.post(f"/webhooks/{made['id']}/test", headers=header)
    notifying.deliver_webhooks(SENDER)(UUID(made["id"]))
    (hook,) = receiver.hooks
    both = [read_secret(replaced["secret"]), read_secret(made["secret"])]
    expected = signed_headers(hook.headers["webhook-id"], AT, hook.body, both)
    assert hook.headers["webhook-signature"] == expected["webhook-signature"]


@pytest.mark.parametrize(
    "other",
    [
        caller_header(MANAGES, company=THEIRS),
        caller_header(MANAGES),
        caller_header(MANAGES, person=UUID(int=9), company=OURS, branch=UUID(int=3)),
    ],
)
def test_a_foreign_webhook_answers_like_a_missing_one(other: dict[str, str], client: httpx.Client) -> None:
    made = subscribe(client, caller_header(MANAGES, company=OURS))
    assert client.get("/webhooks", headers=other).json()["items"] == []
    for webhook_id in (made["id"], str(uuid4())):
        path = f"/webhooks/{webhook_id}"
        answers = [
            client.get(path, headers=other),
            client.patch(path, json={"state": "disabled"}, headers=other),
            client.delete(path, headers=other),
            client.post(f"{path}/secret", headers=other),
            client.post(f"{path}/test", headers=other),
            client.get(f"{path}/messages", headers=other),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.json()["code"] for answer in answers} == {"notifications.webhook_not_found"}
    assert (
        client.get(f"/webhooks/{made['id']}", headers=caller_header(MANAGES, company=OURS)).json()["state"]
        == "enabled"
    )


@pytest.mark.parametrize(
    ("owner", "header", "status"),
    [
        ("company", caller_header(MANAGES, company=OURS), 201),
        ("platform", caller_header(MANAGES), 201),
        ("me", caller_header(MANAGES, company=OURS), 403),  # a key
        ("platform", caller_header(MANAGES, company=OURS), 403),
        ("company", caller_header(MANAGES), 403),
        ("company", caller_header(MANAGES, company=OURS, branch=UUID(int=3)), 403),
        ("company", caller_header("models:read", company=OURS), 403),
        ("company", {}, 401),
    ],
)
def test_nobody_subscribes_for_another(
    owner: str, header: dict[str, str], status: int, client: httpx.Client
) -> None:
    body = {"url": URL, "topics": ["models"], "owner": owner}
    assert client.post("/webhooks", json=body, headers=header).status_code == status


def test_a_person_has_webhooks_of_their_own(client: httpx.Client, ann: UUID) -> None:
    header = caller_header(MANAGES, person=ann, company=OURS)
    mine, ours = subscribe(client, header, owner="me"), subscribe(client, header)
    listed = client.get("/webhooks", headers=header).json()["items"]
    assert [(item["id"], item["owner"]) for item in listed] == [(ours["id"], "company"), (mine["id"], "me")]
    of_others = client.get("/webhooks", headers=caller_header(MANAGES, company=OURS)).json()["items"]
    assert [item["id"] for item in of_others] == [ours["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://hooks.example/", "topics": ["models"], "owner": "company"},
        {"url": "https://10.0.0.1/", "topics": ["models"], "owner": "company"},
        {"url": URL, "topics": [], "owner": "company"},
        {"url": URL, "topics": ["secrets"], "owner": "company"},
        {"url": URL, "topics": ["models"], "owner": "everybody"},
        {"url": URL, "topics": ["models"]},
        # every other column of the table
        {"url": URL, "topics": ["models"], "owner": "company", "company_id": str(THEIRS)},
        {"url": URL, "topics": ["models"], "owner": "company", "person_id": str(THEIRS)},
        {"url": URL, "topics": ["models"], "owner": "company", "subscription_id": str(THEIRS)},
        {"url": URL, "topics": ["models"], "owner": "company", "sealed_secret": "x"},
        {"url": URL, "topics": ["models"], "owner": "company", "secret": "x"},
        {"url": URL, "topics": ["models"], "owner": "company", "created_by": "x"},
        {"url": URL, "topics": ["models"], "owner": "company", "last_sequence": 7},
        {"url": URL, "topics": ["models"], "owner": "company", "failures": 0},
    ],
)
def test_what_cannot_be_subscribed_is_refused(
    body: dict[str, object], client: httpx.Client, notifying: Notifying
) -> None:
    answer = client.post("/webhooks", json=body, headers=caller_header(MANAGES, company=OURS))
    assert answer.status_code == 422
    with notifying.engine.connect() as connection:
        assert connection.execute(select(webhook_subscriptions)).all() == []


def test_a_webhook_is_changed_disabled_and_removed(
    client: httpx.Client, notifying: Notifying, trail: MemoryTrail
) -> None:
    header = caller_header(MANAGES, company=OURS)
    path = f"/webhooks/{subscribe(client, header)['id']}"
    changed = client.patch(
        path, json={"url": "https://other.example", "topics": ["tasks", "models"]}, headers=header
    )
    assert (changed.json()["url"], changed.json()["topics"]) == (
        "https://other.example/",
        ["models", "tasks"],
    )
    client.post(f"{path}/test", headers=header).raise_for_status()
    unchanged = client.patch(path, json={}, headers=header)
    assert (unchanged.status_code, unchanged.json()["topics"]) == (200, changed.json()["topics"])
    assert client.patch(path, json={"state": "disabled"}, headers=header).json()["state"] == "disabled"
    refused = client.post(f"{path}/test", headers=header)
    assert (refused.status_code, refused.json()["code"]) == (409, "notifications.webhook_disabled")
    deferred = len(notifying.queue.deferred)
    assert client.patch(path, json={"state": "enabled"}, headers=header).json()["waiting"] == 1
    assert len(notifying.queue.deferred) == deferred + 1
    assert notifying.queue.deferred[-1][2:] == (
        None,
        None,
    )  # at once, not behind a retry that waits for its time
    for url in ("http://other.example", "https://127.0.0.1.nip.io@10.0.0.1/"):
        assert client.patch(path, json={"url": url}, headers=header).status_code == 422
    assert client.delete(path, headers=header).status_code == 204
    assert client.delete(path, headers=header).status_code == 404
    assert [entry.action for entry in trail.entries] == [
        "webhooks.create",
        *["webhooks.change"] * 3,
        "webhooks.remove",
    ]
    assert {(entry.actor, entry.company) for entry in trail.entries} == {("key", OURS)}


def test_an_owner_has_so_many_and_no_more(client: httpx.Client) -> None:
    header = caller_header(MANAGES, company=OURS)
    for _ in range(MOST_PER_OWNER):
        subscribe(client, header)
    answer = client.post(
        "/webhooks", json={"url": URL, "topics": ["models"], "owner": "company"}, headers=header
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "notifications.too_many_webhooks")
    subscribe(client, caller_header(MANAGES, company=THEIRS))


def test_messages_are_listed_by_pages(client: httpx.Client) -> None:
    header = caller_header(MANAGES, company=OURS)
    path = f"/webhooks/{subscribe(client, header)['id']}"
    for _ in range(5):
        client.post(f"{path}/test", headers=header).raise_for_status()
    listed, cursor = [], None
    for _ in range(3):
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"{path}/messages", params=params, headers=header).json()
        listed += [item["sequence"] for item in page["items"]]
        cursor = page["next"]
    assert (listed, cursor) == ([5, 4, 3, 2, 1], None)
