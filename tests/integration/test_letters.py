"""One message to many people: each on the channels they want, and nobody who has left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, select, text, update
from tests.support.fakes import FixedClock
from tests.support.notifications import Notifying, add_person, add_subscription

from drivetrain.accounts.notifications.adapters.tables import (
    mails,
    notification_opt_outs,
    notifications,
    webhook_messages,
)
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL, DELIVER_WEBHOOKS, MAILS_AT_A_TIME
from drivetrain.accounts.people.adapters.tables import people
from drivetrain.core.announcements import Letter
from drivetrain.core.errors import InvalidInputError

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
MESSAGE = "saved_searches"


def arguments(cars: str = "1", new_cars: str = "A car") -> Mapping[str, str]:
    lists = dict.fromkeys(("cheaper_cars", "returned_cars", "good_deals"), "")
    return {"cars": cars, "searches": "Mine", "new_cars": new_cars, **lists}


@pytest.fixture
def notifying(engine: Engine) -> Notifying:
    return Notifying(engine, FixedClock(AT))


def person(notifying: Notifying, name: str) -> UUID:
    with notifying.engine.begin() as connection:
        return add_person(connection, notifying.clock, email=f"{name}@example.com")


def tell(notifying: Notifying, *letters: Letter) -> None:
    with notifying.engine.begin() as connection:
        notifying.outbox.tell(connection, MESSAGE, letters)


def told(notifying: Notifying, table: object) -> set[UUID]:
    with notifying.engine.connect() as connection:
        return set(connection.scalars(select(table.c.person_id)))  # type: ignore[attr-defined]


def test_people_are_told_on_the_channels_that_they_want(notifying: Notifying) -> None:
    ann, bob, eve, gone = (person(notifying, name) for name in ("ann", "bob", "eve", "gone"))
    with notifying.engine.begin() as connection:
        rows = [
            {"person_id": bob, "topic": "searches", "channel": "mail"},
            {"person_id": eve, "topic": "models", "channel": "app"},
        ]
        connection.execute(insert(notification_opt_outs), rows)
        connection.execute(update(people).where(people.c.person_id == gone).values(deactivated_at=AT))
    tell(notifying, *(Letter(each, arguments()) for each in (ann, bob, eve, gone, uuid4())))
    assert told(notifying, mails) == {ann, eve}
    assert told(notifying, notifications) == {ann, bob, eve}
    tell(notifying, Letter(ann, arguments("2")))
    with notifying.engine.connect() as connection:
        query = select(notifications.c.position, notifications.c.arguments["cars"].astext)
        rows_of_ann = connection.execute(query.where(notifications.c.person_id == ann)).all()
    assert sorted(map(tuple, rows_of_ann)) == [(1, "1"), (2, "2")]


def test_many_mails_have_a_task_for_as_many_as_one_sends(notifying: Notifying) -> None:
    everybody = [person(notifying, f"p{number}") for number in range(MAILS_AT_A_TIME + 1)]
    tell(notifying, *(Letter(each, arguments()) for each in everybody))
    assert [name for name, *_ in notifying.queue.deferred] == [DELIVER_MAIL] * 2
    assert len(told(notifying, mails)) == len(everybody)


def test_webhooks_of_a_person_are_written_in_their_order(notifying: Notifying) -> None:
    ann, bob = person(notifying, "ann"), person(notifying, "bob")
    with notifying.engine.begin() as connection:
        wants = {"topics": ["searches"]}
        own = add_subscription(connection, notifying.clock, "https://ann.example/x", person=ann, **wants)
        add_subscription(connection, notifying.clock, "https://other.example/x", person=ann)
        add_subscription(connection, notifying.clock, "https://all.example/x", **wants)
    for cars in ("1", "2"):
        tell(notifying, Letter(ann, arguments(cars)), Letter(bob, arguments(cars)))
    with notifying.engine.connect() as connection:
        rows = connection.execute(select(webhook_messages).order_by(webhook_messages.c.sequence)).all()
    assert [(row.subscription_id, row.sequence) for row in rows] == [(own, 1), (own, 2)]
    assert '"cars":"2"' in rows[1].body.replace(" ", "")
    assert [name for name, *_ in notifying.queue.deferred].count(DELIVER_WEBHOOKS) == 2


def test_texts_that_are_too_long_are_cut_and_other_arguments_refused(notifying: Notifying) -> None:
    ann = person(notifying, "ann")
    tell(notifying, Letter(ann, arguments(new_cars="x" * 10_000)))
    with notifying.engine.connect() as connection:
        assert (
            len(connection.scalar(text("SELECT arguments ->> 'new_cars' FROM drivetrain.mails")) or "")
            == 1_500
        )
    with pytest.raises(InvalidInputError):
        tell(notifying, Letter(ann, {"cars": "1"}))
    tell(notifying)
