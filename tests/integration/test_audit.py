"""The trail in PostgreSQL: who writes it, in whose transaction, in which order, and who notices a change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import psycopg
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, text
from structlog.testing import capture_logs
from tests.support.audit import CHAIN_KEY, audit_trail
from tests.support.fakes import FixedClock
from typer.testing import CliRunner, Result

from drivetrain.accounts.audit.adapters.commands import app
from drivetrain.accounts.audit.adapters.head_notes import HeadNotes
from drivetrain.accounts.audit.adapters.trail import PostgresAuditReader
from drivetrain.accounts.audit.application.ports import AuditFilter
from drivetrain.accounts.audit.application.verify_audit import Damage, DamageKind, VerifyAudit
from drivetrain.accounts.audit.domain.chain import AuditLine, parse_head
from drivetrain.accounts.keys.adapters.store import PostgresKeyStore
from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.core.access import KeyRecord
from drivetrain.core.audit import CLIENT_HOST, AuditEntry, AuditResult
from drivetrain.core.errors import ConflictError
from drivetrain.rental.buffer.adapters.repositories import PostgresPolicyStore
from drivetrain.rental.buffer.application.ports import StoredPolicy
from drivetrain.rental.buffer.domain.policy import BufferPolicy
from drivetrain.rental.buffer.domain.rule import BufferRule

AT = datetime(2026, 1, 1, tzinfo=UTC)
CLOCK = FixedClock(AT)
ALL = AuditFilter()
Write = Callable[..., None]


@pytest.fixture
def reader(engine: Engine) -> PostgresAuditReader:
    return PostgresAuditReader(engine)


@pytest.fixture
def write(engine: Engine) -> Write:
    trail = audit_trail(CLOCK)

    def write_lines(*entries: AuditEntry) -> None:
        for entry in entries:
            with transaction(engine) as connection:
                trail.record(connection, entry)

    return write_lines


def entry(number: int = 0, **parts: object) -> AuditEntry:
    return AuditEntry(**{"actor": "somebody", "action": "keys.create", "object": f"key {number}", **parts})  # type: ignore[arg-type]


def newest(reader: PostgresAuditReader, wanted: AuditFilter = ALL) -> list[AuditLine]:
    return list(reader.newest(wanted, before=None, most=1_000))


def test_a_line_is_read_as_it_was_written(reader: PostgresAuditReader, write: Write) -> None:
    detail = {
        "text": 'ü "\\ \u2028',
        "number": 3,
        "share": 0.1,
        "flag": True,
        "none": None,
        "list": ["a", "b"],
    }
    written = entry(company=UUID(int=5), result=AuditResult.REFUSED, detail=detail)
    write(written)
    line = newest(reader)[0]
    assert (line.entry, line.position, line.recorded_at, line.origin) == (written, 1, AT, "local")
    assert VerifyAudit(reader, CHAIN_KEY)().damages == []


def test_a_line_stands_if_and_only_if_the_change_does(engine: Engine, reader: PostgresAuditReader) -> None:
    keys = PostgresKeyStore(engine, CLOCK, audit_trail(CLOCK))
    record = KeyRecord("aaaaaaaaaaaa", "shop", frozenset({"predict"}), b"d" * 32, AT, "an admin")
    keys.add(record)
    with pytest.raises(ConflictError):
        keys.add(record)
    for _ in range(2):  # revoking again changes nothing
        keys.revoke(record.key_id, AT, actor="another admin")
    assert [(line.entry.actor, line.entry.action, line.entry.object) for line in newest(reader)] == [
        ("another admin", "keys.revoke", "key aaaaaaaaaaaa"),
        ("an admin", "keys.create", "key aaaaaaaaaaaa"),
    ]
    with pytest.raises(RuntimeError), transaction(engine) as connection:
        audit_trail(CLOCK).record(connection, entry())
        raise RuntimeError
    assert reader.head().position == 2


def test_a_policy_leaves_a_line(engine: Engine, reader: PostgresAuditReader) -> None:
    policy = BufferPolicy(1, BufferRule(30, 60), "Fewer conflicts.", "person:1", AT)
    PostgresPolicyStore(engine, audit_trail(CLOCK)).add(StoredPolicy(policy, AT, None))
    line = newest(reader)[0].entry
    assert (line.actor, line.action, line.object) == ("person:1", "policies.set", "rental buffer policy 1")
    assert line.detail["reason"] == "Fewer conflicts."


def test_the_network_of_the_client_is_kept(write: Write, reader: PostgresAuditReader) -> None:
    token = CLIENT_HOST.set("203.0.113.77")
    try:
        write(entry())
    finally:
        CLIENT_HOST.reset(token)
    assert newest(reader)[0].origin == "203.0.113.0/24"


def test_many_who_write_at_once_make_one_chain(migrated_url: str, reader: PostgresAuditReader) -> None:
    engine = open_engine(migrated_url, pool_size=8)
    trail = audit_trail(CLOCK)

    def write_some(thread: int) -> None:
        for number in range(25):
            with transaction(engine) as connection:
                trail.record(connection, entry(100 * thread + number))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write_some, range(8)))
    engine.dispose()
    verification = VerifyAudit(reader, CHAIN_KEY)()
    assert (verification.lines, verification.damages) == (200, [])
    assert len({line.entry.object for line in newest(reader)}) == 200


def by_hand(engine: Engine, statement: str) -> None:
    """As somebody with all rights in the database would."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE drivetrain.audit_lines DISABLE TRIGGER append_only"))
        connection.execute(text(statement))
        connection.execute(text("ALTER TABLE drivetrain.audit_lines ENABLE TRIGGER append_only"))


CHANGED = Damage(3, DamageKind.CHANGED)


@pytest.mark.parametrize(
    ("statement", "damage"),
    [
        ("UPDATE drivetrain.audit_lines SET actor = 'nobody' WHERE position = 3", CHANGED),
        ("UPDATE drivetrain.audit_lines SET result = 'perhaps' WHERE position = 3", CHANGED),
        ("UPDATE drivetrain.audit_lines SET detail = '[1]' WHERE position = 3", CHANGED),
        ("UPDATE drivetrain.audit_lines SET detail = '{\"a\": 1e999}' WHERE position = 3", CHANGED),
        ("UPDATE drivetrain.audit_lines SET mac = '' WHERE position = 3", CHANGED),
        (
            "UPDATE drivetrain.audit_lines SET recorded_at = recorded_at + interval '1 us' WHERE position = 3",
            CHANGED,
        ),
        ("DELETE FROM drivetrain.audit_lines WHERE position = 3", Damage(3, DamageKind.MISSING)),
        ("DELETE FROM drivetrain.audit_lines WHERE position > 2", Damage(3, DamageKind.CUT, 3)),
    ],
)
def test_what_is_changed_by_hand_is_named(
    engine: Engine, reader: PostgresAuditReader, write: Write, statement: str, damage: Damage
) -> None:
    write(*(entry(number, detail={"a": 1}) for number in range(5)))
    head = reader.head()
    by_hand(engine, statement)
    assert VerifyAudit(reader, CHAIN_KEY)(head).damages[0] == damage


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE drivetrain.audit_lines SET actor = 'x'",
        "DELETE FROM drivetrain.audit_lines",
        "TRUNCATE drivetrain.audit_lines",
    ],
)
def test_the_table_refuses_changes(migrated_url: str, statement: str) -> None:
    with psycopg.connect(migrated_url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement)


def test_lines_are_filtered_and_paged(reader: PostgresAuditReader, write: Write) -> None:
    company = UUID(int=9)
    write(
        entry(1),
        entry(2, actor="another", company=company),
        entry(3, action="models.promote", result=AuditResult.REFUSED),
        entry(4, action="keys.revoke"),
    )

    def positions(**parts: object) -> list[int]:
        return [line.position for line in newest(reader, AuditFilter(**parts))]  # type: ignore[arg-type]

    assert positions() == [4, 3, 2, 1]
    assert positions(actor="another") == [2]
    assert positions(company=company) == [2]
    assert positions(action="keys.") == [4, 2, 1]
    assert positions(action="keys.create") == [2, 1]
    assert positions(action="%.") == []  # no wildcard
    assert positions(object="key 3") == [3]
    assert positions(result=AuditResult.REFUSED) == [3]
    assert positions(begin=AT, end=AT + timedelta(seconds=1)) == [4, 3, 2, 1]
    assert positions(end=AT) == []
    assert [line.position for line in reader.newest(ALL, before=3, most=1)] == [2]


def test_the_head_is_noted_where_the_database_cannot_reach(reader: PostgresAuditReader, write: Write) -> None:
    registry = CollectorRegistry()
    notes = HeadNotes(reader, registry)
    write(entry(1), entry(2))
    with capture_logs() as logs:
        notes.note()
    head = reader.head()
    assert [parse_head(line["head"]) for line in logs if line["event"] == "audit head"] == [head]
    assert registry.get_sample_value("drivetrain_audit_lines") == 2
    assert registry.get_sample_value("drivetrain_audit_head") == int.from_bytes(head.mac[:6], "big")


@pytest.fixture
def command(engine: Engine) -> Callable[..., Result]:
    """Runs ``drivetrain audit`` on the database of the test."""

    @contextmanager
    def database() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(engine=engine)

    installation = SimpleNamespace(database=database, derived_key=lambda purpose: CHAIN_KEY)
    return lambda *arguments: CliRunner().invoke(app, list(arguments), obj=lambda: installation)


def test_the_command_says_that_the_trail_is_whole_or_which_line_is_not(
    command: Callable[..., Result], engine: Engine, write: Write, reader: PostgresAuditReader
) -> None:
    write(*(entry(number) for number in range(3)))
    head = str(reader.head())
    assert command("verify", "--head", head).exit_code == 0
    by_hand(engine, "DELETE FROM drivetrain.audit_lines WHERE position = 3")
    assert command("verify").exit_code == 0  # nobody can know without a head
    assert command("verify", "--head", head).exit_code == 1
    by_hand(engine, "UPDATE drivetrain.audit_lines SET actor = 'nobody' WHERE position = 2")
    answer = command("verify", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["damages"] == [{"position": 2, "kind": "changed", "count": 1}]


def test_the_command_lists_lines_newest_first(command: Callable[..., Result], write: Write) -> None:
    write(entry(1), entry(2, action="models.promote"), entry(3))
    answer = command("list", "--action", "keys.", "--json")
    assert answer.exit_code == 0
    assert [line["object"] for line in json.loads(answer.stdout)] == ["key 3", "key 1"]
