"""Webhooks of subscriptions: in their order, signed, each accepted once, and held while the receiver is away."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update
from tests.support.fakes import FixedClock
from tests.support.hook_receiver import Hook, HookReceiver, hook_receiver
from tests.support.notifications import SEAL, SECRET, Notifying, add_person, add_subscription

from drivetrain.accounts.notifications.adapters.sender import HttpWebhookSender
from drivetrain.accounts.notifications.adapters.tables import (
    mails,
    notifications,
    webhook_messages,
    webhook_subscriptions,
)
from drivetrain.accounts.notifications.domain.retries import Backoff
from drivetrain.accounts.notifications.domain.tasks import DELIVER_WEBHOOKS

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
BACKOFF = Backoff(timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1))
SENDER = HttpWebhookSender(allow_loopback=True, total_s=5.0)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def notifying(engine: Engine, clock: FixedClock) -> Notifying:
    return Notifying(engine, clock)


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with hook_receiver() as receiver:
        yield receiver


@pytest.fixture
def subscription(notifying: Notifying, receiver: HookReceiver) -> UUID:
    """Of the installation itself."""
    with notifying.engine.begin() as connection:
        return add_subscription(connection, notifying.clock, receiver.url, topics=["models"])


def promote(notifying: Notifying, *versions: str, company: UUID | None = None) -> None:
    for version in versions:
        arguments = {
            "model": "m",
            "version": version,
            "actor": "bob",
            "reason": "r",
            "at": "2026-06-01T12:00:00Z",
        }
        with notifying.engine.begin() as connection:
            notifying.outbox.announce(connection, "model_promoted", ["admin"], arguments, company=company)


def state(notifying: Notifying, subscription: UUID) -> dict[str, object]:
    with notifying.engine.connect() as connection:
        columns = webhook_subscriptions.c
        row = connection.execute(
            select(webhook_subscriptions).where(columns.subscription_id == subscription)
        ).one()
        return dict(row._mapping)


def versions_of(hooks: list[Hook]) -> list[str]:
    return [hook.event["data"]["version"] for hook in hooks]


def is_signed(hook: Hook, secret: bytes) -> bool:
    content = f"{hook.headers['webhook-id']}.{hook.headers['webhook-timestamp']}.".encode() + hook.body
    expected = base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
    return f"v1,{expected}" in hook.headers["webhook-signature"].split(" ")


def test_messages_arrive_in_their_order_signed_and_once(
    notifying: Notifying, subscription: UUID, receiver: HookReceiver
) -> None:
    promote(notifying, "1", "2", "3")
    deliver = notifying.deliver_webhooks(SENDER)
    assert deliver(subscription) == (3, False)
    assert deliver(subscription) == (0, False)
    assert versions_of(receiver.hooks) == ["1", "2", "3"]
    assert [hook.event["sequence"] for hook in receiver.hooks] == [1, 2, 3]
    assert len({hook.headers["webhook-id"] for hook in receiver.hooks}) == 3
    assert all(is_signed(hook, SECRET) for hook in receiver.hooks)
    assert [name for name, *_ in notifying.queue.deferred] == [DELIVER_WEBHOOKS] * 3
    assert {lock for *_, lock in notifying.queue.deferred} == {f"webhooks {subscription}"}


def test_a_message_that_fails_holds_those_behind_it(
    notifying: Notifying, subscription: UUID, receiver: HookReceiver, clock: FixedClock
) -> None:
    promote(notifying, "1", "2")
    receiver.status = 503
    deliver = notifying.deliver_webhooks(SENDER, BACKOFF)
    waits = []
    for _ in range(5):
        assert deliver(subscription) == (0, False)
        assert deliver(subscription) == (0, False)  # not yet: no second request
        *_, (name, arguments, at, _) = notifying.queue.deferred
        assert (name, arguments) == (DELIVER_WEBHOOKS, {"subscription_id": str(subscription)})
        waits.append((at - clock.at).total_seconds())  # type: ignore[operator]
        assert notifying.webhooks.due(clock.at, 10) == []
        clock.at = at  # type: ignore[assignment]
        assert notifying.webhooks.due(clock.at, 10) == [subscription]
    assert waits == [10, 20, 40, 60, 60]
    assert versions_of(receiver.hooks) == ["1"] * 5
    assert len({(hook.headers["webhook-id"], hook.body) for hook in receiver.hooks}) == 1
    assert state(notifying, subscription)["why"] == "The receiver answered 503."
    receiver.status = 200
    promote(notifying, "3")
    assert deliver(subscription) == (3, False)
    assert versions_of(receiver.accepted) == ["1", "2", "3"]
    after = state(notifying, subscription)
    assert (after["failures"], after["failing_since"], after["why"]) == (0, None, "")


def test_a_receiver_that_stays_away_is_disabled_and_its_people_are_told(
    notifying: Notifying, subscription: UUID, receiver: HookReceiver, clock: FixedClock
) -> None:
    with notifying.engine.begin() as connection:
        admin = add_person(connection, clock, email="admin@x.example", roles=["admin"])
        add_person(connection, clock, email="dealer@x.example", roles=["dealer"])
    promote(notifying, "1", "2")
    receiver.status = 500
    deliver = notifying.deliver_webhooks(SENDER, BACKOFF)
    deliver(subscription)
    clock.at += timedelta(minutes=59)
    deliver(subscription)
    assert state(notifying, subscription)["state"] == "enabled"
    clock.at += timedelta(minutes=1)
    deliver(subscription)
    assert state(notifying, subscription)["state"] == "disabled"
    requests = len(receiver.hooks)
    clock.at += timedelta(days=1)
    assert deliver(subscription) == (0, False)
    assert len(receiver.hooks) == requests
    with notifying.engine.connect() as connection:
        (mail,) = connection.execute(select(mails).where(mails.c.kind == "webhook_disabled"))
        (told,) = connection.execute(select(notifications).where(notifications.c.kind == "webhook_disabled"))
    assert mail.person_id == told.person_id == admin
    assert mail.arguments == {
        "host": "127.0.0.1",
        "since": "2026-06-01T12:00:00.000000Z",
        "reason": "The receiver answered 500.",
    }


def test_what_waits_is_kept_and_goes_out_in_order_when_it_is_enabled_again(
    notifying: Notifying, subscription: UUID, receiver: HookReceiver
) -> None:
    promote(notifying, "1", "2")
    receiver.status = 410  # wants no more
    notifying.deliver_webhooks(SENDER)(subscription)
    assert state(notifying, subscription)["state"] == "disabled"
    promote(notifying, "3")  # while it is disabled nothing is written
    receiver.status = 200
    with notifying.engine.begin() as connection:
        connection.execute(
            update(webhook_subscriptions).values(state="enabled", failures=0, failing_since=None)
        )
    promote(notifying, "4")
    assert notifying.deliver_webhooks(SENDER)(subscription) == (3, False)
    assert versions_of(receiver.accepted) == ["1", "2", "4"]
    assert [hook.event["sequence"] for hook in receiver.accepted] == [1, 2, 3]


def test_while_a_receiver_answers_slowly_messages_are_written(
    notifying: Notifying, subscription: UUID
) -> None:
    """Whoever promotes a model must not wait for a stranger's server."""
    promote(notifying, "1")
    with notifying.webhooks.take(subscription, AT) as in_hand:
        assert in_hand is not None
        promote(notifying, "2")
        with notifying.webhooks.take(subscription, AT) as other:
            assert other is None


def test_both_secrets_sign_while_one_is_replaced(
    notifying: Notifying, subscription: UUID, receiver: HookReceiver, clock: FixedClock
) -> None:
    new = b"n" * 32
    with notifying.engine.begin() as connection:
        connection.execute(
            update(webhook_subscriptions).values(
                sealed_secret=SEAL.close(new, subscription.bytes),
                sealed_former_secret=SEAL.close(SECRET, subscription.bytes),
                former_secret_until=AT + timedelta(hours=24),
            )
        )
    promote(notifying, "1")
    notifying.deliver_webhooks(SENDER)(subscription)
    clock.at += timedelta(hours=24)
    promote(notifying, "2")
    notifying.deliver_webhooks(SENDER)(subscription)
    signed = [(is_signed(hook, new), is_signed(hook, SECRET)) for hook in receiver.hooks]
    assert signed == [(True, True), (True, False)]


def test_each_owner_gets_what_is_theirs(
    notifying: Notifying, receiver: HookReceiver, clock: FixedClock
) -> None:
    ours, theirs = UUID(int=1), UUID(int=2)
    with notifying.engine.begin() as connection:
        ann = add_person(connection, clock)
        owners = {
            "installation": add_subscription(connection, clock, receiver.url),
            "ours": add_subscription(connection, clock, receiver.url, company=ours),
            "theirs": add_subscription(connection, clock, receiver.url, company=theirs),
            "ann": add_subscription(connection, clock, receiver.url, person=ann),
            "other topic": add_subscription(connection, clock, receiver.url, company=ours, topics=["tasks"]),
        }
    promote(notifying, "all")
    promote(notifying, "ours", company=ours)
    notifying.write("password_changed", ann, at="2026-06-01T12:00:00Z")
    with notifying.engine.begin() as connection:
        notifying.outbox.write(
            connection, "verify_email", ann, {"token_id": str(UUID(int=3))}
        )  # never by webhook
        written = connection.execute(
            select(webhook_messages.c.subscription_id, webhook_messages.c.kind)
        ).all()
    names = {subscription: name for name, subscription in owners.items()}
    assert sorted((names[row.subscription_id], row.kind) for row in written) == [
        ("ann", "password_changed"),
        ("installation", "model_promoted"),
        ("ours", "model_promoted"),
    ]


def test_a_dump_holds_no_secret(notifying: Notifying, subscription: UUID) -> None:
    assert SECRET not in bytes(state(notifying, subscription)["sealed_secret"])  # type: ignore[call-overload]


def test_a_message_once_accepted_is_removed_after_its_time(
    notifying: Notifying, subscription: UUID, receiver: HookReceiver
) -> None:
    promote(notifying, "1")
    notifying.deliver_webhooks(SENDER)(subscription)
    promote(notifying, "2")
    assert notifying.webhooks.remove_delivered(AT) == 0
    assert notifying.webhooks.remove_delivered(AT + timedelta(seconds=1)) == 1
    assert notifying.deliver_webhooks(SENDER)(subscription) == (1, False)
    assert [hook.event["sequence"] for hook in receiver.hooks] == [1, 2]
