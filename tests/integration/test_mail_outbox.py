"""Mails of the outbox: written with what causes them, sent once, and without a link in any row."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from tests.support.fakes import FixedClock
from tests.support.notifications import MemoryMailer, Notifying, add_person, add_token

from drivetrain.accounts.companies.adapters.tables import companies
from drivetrain.accounts.notifications.adapters.tables import (
    mails,
    notification_opt_outs,
    notifications,
)
from drivetrain.accounts.notifications.application.ports import MailState
from drivetrain.accounts.notifications.domain.retries import Backoff
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL
from drivetrain.accounts.people.adapters.tables import one_time_tokens, people
from drivetrain.core.access import subject_of
from drivetrain.core.errors import InvalidInputError, UnavailableError

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
BACKOFF = Backoff(timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1))
PROMOTED = {"model": "m", "version": "3", "actor": "bob", "reason": "better", "at": "2026-06-01T12:00:00Z"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT)


@pytest.fixture
def notifying(engine: Engine, clock: FixedClock) -> Notifying:
    return Notifying(engine, clock)


@pytest.fixture
def ann(notifying: Notifying) -> UUID:
    with notifying.engine.begin() as connection:
        return add_person(connection, notifying.clock)


def stored(notifying: Notifying) -> list[dict[str, object]]:
    with notifying.engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(mails).order_by(mails.c.mail_id))]


def token_for(notifying: Notifying, person: UUID) -> UUID:
    with notifying.engine.begin() as connection:
        return add_token(connection, notifying.clock, person)


def ids(notifying: Notifying) -> list[UUID]:
    return [
        UUID(arguments["mail_id"]) for name, arguments, *_ in notifying.queue.deferred if name == DELIVER_MAIL
    ]


def test_a_mail_is_sent_once_and_noted(notifying: Notifying, ann: UUID) -> None:
    notifying.write("model_promoted", ann, **PROMOTED)
    mailer = MemoryMailer()
    deliver = notifying.deliver_mail(mailer)
    (mail_id,) = ids(notifying)
    assert deliver(mail_id) is MailState.SENT
    assert deliver(mail_id) is None  # the task again, after its worker was killed
    (message,) = mailer.messages
    assert message["To"] == "ann@example.com"
    assert message["Message-ID"] == f"<{mail_id}@cars.example>"
    assert message["Subject"] == "m: version 3 is the champion"
    assert "2026-06-01 14:00 (Europe/Berlin)" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (row,) = stored(notifying)
    assert (row["state"], row["attempts"], row["ended_at"], row["next_attempt_at"]) == ("sent", 1, AT, None)


def test_whoever_promoted_stands_there_by_name_and_after_an_erasure_by_id(
    notifying: Notifying, ann: UUID
) -> None:
    with notifying.engine.begin() as connection:
        cleo = add_person(connection, notifying.clock, email="cleo@example.com")
    texts = []
    for _ in range(2):
        notifying.write("model_promoted", ann, **{**PROMOTED, "actor": subject_of(cleo)})
        mailer = MemoryMailer()
        notifying.deliver_mail(mailer)(ids(notifying)[-1])
        texts.append(mailer.messages[0].get_body(("plain",)).get_content())  # type: ignore[union-attr]
        with notifying.engine.begin() as connection:
            connection.execute(delete(people).where(people.c.person_id == cleo))
    assert "Cleo" in texts[0] and str(cleo) not in texts[0]
    assert "Cleo" not in texts[1] and str(cleo) in texts[1]
    assert "Cleo" not in json.dumps(stored(notifying), default=str)


def test_a_cause_that_is_undone_sends_nothing(notifying: Notifying, ann: UUID) -> None:
    with notifying.engine.connect() as connection:
        notifying.outbox.write(connection, "model_promoted", ann, PROMOTED)
        connection.rollback()
    assert stored(notifying) == []
    (mail_id,) = ids(notifying)
    assert notifying.deliver_mail(MemoryMailer())(mail_id) is None


@pytest.mark.parametrize(
    ("language", "subject"), [("de", "Wählen Sie ein neues Passwort"), ("ar", "اختر كلمة مرور جديدة")]
)
def test_the_mail_is_in_the_language_of_its_person(language: str, subject: str, notifying: Notifying) -> None:
    with notifying.engine.begin() as connection:
        person = add_person(connection, notifying.clock, language=language)
    notifying.write("reset_password", person, token_id=str(token_for(notifying, person)))
    mailer = MemoryMailer()
    notifying.deliver_mail(mailer)(ids(notifying)[0])
    assert mailer.messages[0]["Subject"] == subject
    assert mailer.messages[0]["Content-Language"] == language


def test_no_row_and_no_task_holds_the_link(notifying: Notifying, ann: UUID) -> None:
    notifying.write("verify_email", ann, token_id=str(token_for(notifying, ann)))
    mailer = MemoryMailer()
    notifying.deliver_mail(mailer)(ids(notifying)[0])
    written = mailer.messages[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    secret = written.partition("https://cars.example/links/")[2].split()[0]
    assert len(secret) == 64
    with notifying.engine.connect() as connection:
        tables = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'drivetrain'")
        ).all()
        for table in tables:
            content = connection.scalars(text(f'SELECT t::text FROM drivetrain."{table}" t')).all()
            assert not [row for row in content if secret in row or secret[22:] in row], table
    assert secret not in json.dumps([arguments for _, arguments, *_ in notifying.queue.deferred])


def test_a_link_that_is_no_longer_good_is_not_sent(
    notifying: Notifying, ann: UUID, clock: FixedClock
) -> None:
    used, expired = token_for(notifying, ann), token_for(notifying, ann)
    for token in (used, expired):
        notifying.write("verify_email", ann, token_id=str(token))
    with notifying.engine.begin() as connection:
        own = update(one_time_tokens).where(one_time_tokens.c.token_id == used)
        connection.execute(own.values(used_at=AT))
    mailer = MemoryMailer()
    deliver = notifying.deliver_mail(mailer)
    first, second = ids(notifying)
    assert deliver(first) is MailState.DROPPED
    clock.at += timedelta(minutes=30)
    assert deliver(second) is MailState.DROPPED
    assert mailer.messages == []


def test_a_server_that_is_away_is_tried_again_later_and_given_up_in_the_end(
    notifying: Notifying, ann: UUID, clock: FixedClock
) -> None:
    notifying.write("model_promoted", ann, **PROMOTED)
    mailer = MemoryMailer(error=UnavailableError("The mail server mail:25 cannot be reached."))
    deliver = notifying.deliver_mail(mailer, BACKOFF)
    (mail_id,) = ids(notifying)
    waits = []
    while deliver(mail_id) is MailState.WAITING:
        (row,) = stored(notifying)
        _, arguments, at, _ = notifying.queue.deferred[-1]
        assert arguments == {"mail_id": str(mail_id)}
        assert at == row["next_attempt_at"]
        assert row["why"] == "The mail server mail:25 cannot be reached."
        waits.append((at - clock.at).total_seconds())  # type: ignore[operator]
        assert notifying.mails.due(clock.at, 10) == []
        clock.at = at  # type: ignore[assignment]
        assert notifying.mails.due(clock.at, 10) == [mail_id]
    assert waits[:5] == [10, 20, 40, 60, 60]
    assert 3600 <= sum(waits) <= 3660
    assert stored(notifying)[0]["state"] == "refused"
    assert notifying.mails.due(clock.at + timedelta(days=9), 10) == []


def test_a_mail_that_is_refused_is_not_tried_again(notifying: Notifying, ann: UUID) -> None:
    notifying.write("model_promoted", ann, **PROMOTED)
    mailer = MemoryMailer(error=InvalidInputError("The mail server refuses the message (550)."))
    assert notifying.deliver_mail(mailer)(ids(notifying)[0]) is MailState.REFUSED
    (row,) = stored(notifying)
    assert row["why"] == "The mail server refuses the message (550)."
    assert len(notifying.queue.deferred) == 1


def test_a_mail_that_is_being_sent_is_not_sent_by_another(notifying: Notifying, ann: UUID) -> None:
    notifying.write("model_promoted", ann, **PROMOTED)
    (mail_id,) = ids(notifying)
    with notifying.mails.take(mail_id) as in_hand:
        assert in_hand is not None
        assert notifying.deliver_mail(MemoryMailer())(mail_id) is None
    assert stored(notifying)[0]["state"] == "waiting"


def test_somebody_who_was_deactivated_gets_no_mail(notifying: Notifying, ann: UUID) -> None:
    notifying.write("model_promoted", ann, **PROMOTED)
    with notifying.engine.begin() as connection:
        connection.execute(update(people).values(deactivated_at=AT))
    assert notifying.deliver_mail(MemoryMailer())(ids(notifying)[0]) is MailState.DROPPED


def test_with_a_person_everything_about_them_goes(notifying: Notifying, ann: UUID) -> None:
    notifying.write("model_promoted", ann, **PROMOTED)
    with notifying.engine.begin() as connection:
        connection.execute(delete(people))
        for table in (mails, notifications):
            assert connection.execute(select(table)).all() == []
    assert notifying.deliver_mail(MemoryMailer())(ids(notifying)[0]) is None


def test_preferences_are_followed_except_where_security_needs_the_mail(
    notifying: Notifying, ann: UUID
) -> None:
    with notifying.engine.begin() as connection:
        for topic in ("models", "account"):
            connection.execute(
                notification_opt_outs.insert().values(person_id=ann, topic=topic, channel="mail")
            )
        connection.execute(
            notification_opt_outs.insert().values(person_id=ann, topic="account", channel="app")
        )
    notifying.write("model_promoted", ann, **PROMOTED)
    notifying.write("password_changed", ann, at="2026-06-01T12:00:00Z")
    assert [row["kind"] for row in stored(notifying)] == ["password_changed"]
    with notifying.engine.connect() as connection:
        assert connection.scalars(select(notifications.c.kind)).all() == ["model_promoted"]


def test_an_announcement_reaches_those_who_hold_the_role(notifying: Notifying) -> None:
    company = UUID(int=7)
    firm = {"company_id": company, "name": "Firm", "created_at": notifying.clock.now(), "created_by": "test"}
    with notifying.engine.begin() as connection:
        connection.execute(insert(companies).values(firm))
        admin = add_person(connection, notifying.clock, email="admin@x.example", roles=["admin"])
        add_person(connection, notifying.clock, email="dealer@x.example", roles=["dealer"])
        own = add_person(
            connection,
            notifying.clock,
            email="own@x.example",
            roles=["company_admin", "dealer"],
            company=company,
        )
        notifying.outbox.announce(connection, "model_promoted", ["admin"], PROMOTED)
        notifying.outbox.announce(
            connection, "model_rolled_back", ["company_admin"], PROMOTED, company=company
        )
    found = [(row["person_id"], row["kind"]) for row in stored(notifying)]
    assert found == [(admin, "model_promoted"), (own, "model_rolled_back")]


def test_positions_of_a_person_have_neither_gaps_nor_repeats(notifying: Notifying, ann: UUID) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: notifying.write("model_promoted", ann, **PROMOTED), range(40)))
    with notifying.engine.connect() as connection:
        positions = connection.scalars(select(notifications.c.position).order_by(notifications.c.position))
        assert positions.all() == list(range(1, 41))


@pytest.mark.parametrize("arguments", [{}, {**PROMOTED, "link": "https://x.example/secret"}])
def test_arguments_that_are_not_those_of_the_message_are_refused(
    arguments: dict[str, str], notifying: Notifying, ann: UUID
) -> None:
    with pytest.raises(InvalidInputError):
        notifying.write("model_promoted", ann, **arguments)
    assert stored(notifying) == []


def test_old_mails_are_removed_and_waiting_ones_are_not(
    notifying: Notifying, ann: UUID, clock: FixedClock
) -> None:
    for _ in range(2):
        notifying.write("model_promoted", ann, **PROMOTED)
    notifying.deliver_mail(MemoryMailer())(ids(notifying)[0])
    assert notifying.mails.remove_ended(AT) == 0
    assert notifying.mails.remove_ended(AT + timedelta(seconds=1)) == 1
    assert [row["state"] for row in stored(notifying)] == ["waiting"]
