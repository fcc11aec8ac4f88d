"""From a cause to the mail that is written, the notification in the application, and the webhook: all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from tests.support.audit import audit_trail
from tests.support.fakes import FixedClock
from tests.support.hook_receiver import HookReceiver, hook_receiver
from tests.support.notifications import Notifying, add_person, add_subscription

from drivetrain.accounts.notifications.adapters.mailers import open_mailer
from drivetrain.accounts.notifications.adapters.sender import HttpWebhookSender
from drivetrain.accounts.notifications.adapters.settings import SmtpSettings
from drivetrain.accounts.notifications.adapters.tables import notifications
from drivetrain.accounts.notifications.domain.tasks import DELIVER_MAIL
from drivetrain.accounts.product import CARD
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.task_attempts import PostgresAttempts
from drivetrain.adapters.postgres.task_queue import PostgresTaskQueue
from drivetrain.bootstrap.task_failures import AnnounceFailure
from drivetrain.core.access import subject_of
from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.lifecycle.kit.task_records import Attempt, TaskFailure
from drivetrain.lifecycle.kit.tasks import Task
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, ReleaseRequest

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
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
        return add_subscription(connection, notifying.clock, receiver.url, topics=["models", "tasks"])


def joined(notifying: Notifying, email: str, *roles: str) -> UUID:
    with notifying.engine.begin() as connection:
        return add_person(connection, notifying.clock, email=email, roles=roles)


def written_mails(notifying: Notifying, home: Path) -> dict[str, EmailMessage]:
    """Send all that waits into files; the messages by recipient."""
    deliver = notifying.deliver_mail(open_mailer(SmtpSettings(), home))
    for name, arguments, *_ in notifying.queue.deferred:
        if name == DELIVER_MAIL:
            deliver(UUID(arguments["mail_id"]))
    parser = BytesParser(_class=EmailMessage, policy=policy.default)
    messages = [parser.parsebytes(file.read_bytes()) for file in (home / "outbox").glob("*.eml")]
    assert len({str(message["To"]) for message in messages}) == len(messages)
    return {str(message["To"]): message for message in messages}


def words(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def in_app(notifying: Notifying) -> list[tuple[UUID, str]]:
    columns = notifications.c
    query = select(columns.person_id, columns.kind).order_by(columns.person_id)
    with notifying.engine.connect() as connection:
        return [(row.person_id, row.kind) for row in connection.execute(query)]


def catalog_of(notifying: Notifying) -> PostgresModelCatalog:
    clock = notifying.clock
    catalog = PostgresModelCatalog(notifying.engine, clock, audit_trail(clock), notifying.outbox)
    for number in (1, 2):
        plain = {"metrics": {}, "report": {}, "dataset": {}}
        catalog.add_version(
            ModelVersion("m", str(number), AT, "somewhere", "0" * 64, is_synthetic=False, run_id="", **plain)
        )
    return catalog


def promote(catalog: PostgresModelCatalog, version: str, reason: str = "better") -> None:
    request = ReleaseRequest("m", Alias.CHAMPION, version, action="promote", actor="ann", reason=reason)
    catalog.release(request)


def test_a_promotion_reaches_operators_and_administrators_once(
    notifying: Notifying, receiver: HookReceiver, subscription: UUID, tmp_path: Path
) -> None:
    both = joined(notifying, "both@x.example", "operator", "admin")
    operator = joined(notifying, "op@x.example", "operator")
    joined(notifying, "buyer@x.example", "buyer")
    promote(catalog_of(notifying), "1", reason="better " * 200)  # longer than a message takes
    mails = written_mails(notifying, tmp_path)
    assert set(mails) == {"both@x.example", "op@x.example"}
    assert mails["op@x.example"]["Subject"] == "m: version 1 is the champion"
    assert in_app(notifying) == [(person, "model_promoted") for person in sorted([both, operator])]
    notifying.deliver_webhooks(SENDER)(subscription)
    (hook,) = receiver.accepted
    assert hook.event["type"] == "model_promoted"
    assert hook.event["data"]["reason"].endswith("…")


def test_a_rollback_is_told_and_a_trial_is_not(notifying: Notifying, tmp_path: Path) -> None:
    joined(notifying, "op@x.example", "operator")
    catalog = catalog_of(notifying)
    promote(catalog, "1")
    promote(catalog, "2")
    notifying.queue.deferred.clear()
    catalog.roll_back("m", actor="ann", reason="wrong prices")
    catalog.release(
        ReleaseRequest("m", Alias.CHALLENGER, "2", action="load", actor="ann", reason="again", share=0.1)
    )
    (message,) = written_mails(notifying, tmp_path).values()
    assert message["Subject"] == "m: rolled back to version 1"
    assert "wrong prices" in words(message)


class LostTrail:
    """The port ``AuditTrail`` at the moment the database goes away."""

    def record(self, connection: object, entry: AuditEntry) -> None:
        """Fail."""
        raise UnavailableError("The database is away.")


def test_a_promotion_that_is_undone_tells_nobody(notifying: Notifying) -> None:
    joined(notifying, "op@x.example", "operator")
    catalog_of(notifying)
    catalog = PostgresModelCatalog(notifying.engine, notifying.clock, LostTrail(), notifying.outbox)
    with pytest.raises(UnavailableError):
        promote(catalog, "1")
    assert in_app(notifying) == []
    assert catalog.history("m") == []


def test_a_refused_promotion_tells_nobody(notifying: Notifying) -> None:
    joined(notifying, "op@x.example", "operator")
    catalog = catalog_of(notifying)
    promote(catalog, "1")
    with pytest.raises(ConflictError):
        promote(catalog, "1")
    assert len(in_app(notifying)) == 1


QUEUE = PostgresTaskQueue({"tables.add": "jobs", DELIVER_MAIL: "default"})
FAILURE = TaskFailure("table.refused", "The file has no usable row.")


def begun(notifying: Notifying, attempts: PostgresAttempts, name: str, actor: str) -> Attempt:
    with transaction(notifying.engine) as connection:
        task_id = QUEUE.defer(connection, name, {}, actor=actor)
        query = text("SELECT job_id FROM drivetrain.tasks WHERE task_id = :id")
        job_id = connection.execute(query, {"id": task_id}).scalar_one()
    attempt = attempts.begin(task_id, job_id, "host:1")
    assert attempt is not None
    return attempt


def attempts_of(notifying: Notifying) -> PostgresAttempts:
    tasks = {task.name: task for task in (*CARD.tasks, Task("tables.add", "Add.", lambda *_: None))}
    notice = AnnounceFailure(tasks, notifying.outbox, notifying.clock)
    return PostgresAttempts(notifying.engine, notice)


def test_a_failed_task_is_told_to_who_asked_and_to_operators(
    notifying: Notifying, receiver: HookReceiver, subscription: UUID, tmp_path: Path
) -> None:
    asker = joined(notifying, "ann@x.example", "analyst")
    joined(notifying, "op@x.example", "operator")
    attempts = attempts_of(notifying)
    attempt = begun(notifying, attempts, "tables.add", subject_of(asker))
    attempts.fail(attempt, FAILURE)
    attempts.fail(attempt, FAILURE)  # noted already: changes nothing, and tells nobody again
    mails = written_mails(notifying, tmp_path)
    assert set(mails) == {"ann@x.example", "op@x.example"}
    assert mails["ann@x.example"]["Subject"] == "tables.add failed"
    assert FAILURE.detail in words(mails["ann@x.example"])
    assert [kind for _, kind in in_app(notifying)] == ["task_failed"] * 2
    notifying.deliver_webhooks(SENDER)(subscription)
    assert [hook.event["data"]["task_id"] for hook in receiver.accepted] == [attempt.task_id]


@pytest.mark.parametrize("actor", ["command line", "person:nobody", subject_of(UUID(int=9))])
def test_a_task_of_nobody_who_is_here_fails_all_the_same(actor: str, notifying: Notifying) -> None:
    operator = joined(notifying, "op@x.example", "operator")
    attempts = attempts_of(notifying)
    attempts.fail(begun(notifying, attempts, "tables.add", actor), FAILURE)
    assert in_app(notifying) == [(operator, "task_failed")]


def test_a_failed_delivery_causes_no_further_delivery(notifying: Notifying) -> None:
    """Else a mail server that refuses everything would be sent ever more."""
    joined(notifying, "op@x.example", "operator")
    attempts = attempts_of(notifying)
    attempts.fail(begun(notifying, attempts, DELIVER_MAIL, "platform"), FAILURE)
    assert in_app(notifying) == []
    assert notifying.queue.deferred == []
