"""One stream for all that a page shows: who learns of what, from where it goes on, and when it ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, text
from tests.support.platform import eventually
from tests.support.served import NamedCallers, caller_header, served_application, serving
from tests.support.streams import PATIENCE_S, EventStream

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.event_streams import MOST_PER_CALLER, WAKE_INTERVAL_S, EventStreams
from drivetrain.adapters.http.events import event_routes
from drivetrain.adapters.postgres.changes import NOBODY, PostgresChangeLog
from drivetrain.core.changes import Audience, ChangeLog, ChangePage, Position, Topic

TOPICS = (
    Topic("models", "models:read"),
    Topic("tasks", "tasks:read"),
    Topic("notifications", "notifications:read", Audience.PERSON),
    Topic("companies", "companies:read", Audience.COMPANY, everywhere="companies:admin"),
)
ALL = tuple(topic.scope for topic in TOPICS)
ANN, BOB, FIRM, OTHER_FIRM = (UUID(int=number) for number in (1, 2, 3, 4))


@pytest.fixture
def callers() -> NamedCallers:
    return NamedCallers()


def note(engine: Engine, topic: str, owner: UUID = NOBODY) -> None:
    """A change, as a trigger notes it."""
    with engine.begin() as connection:
        _note(connection, topic, owner)


def _note(connection: object, topic: str, owner: UUID) -> None:
    connection.execute(  # type: ignore[attr-defined]
        text(
            "INSERT INTO drivetrain.changes (transaction, topic, owner_id) "
            "VALUES (pg_current_xact_id()::text::bigint, :topic, :owner)"
        ),
        {"topic": topic, "owner": owner},
    )


@contextmanager
def worker(engine: Engine, callers: NamedCallers) -> Iterator[tuple[str, threading.Event]]:
    """The address of a worker, and what asks it to stop; asked at the end."""
    ending = threading.Event()
    application: Edge = served_application(
        [event_routes(EventStreams(PostgresChangeLog(engine), ending), TOPICS)], callers
    )
    with serving(application) as (address, _):
        try:
            yield address, ending
        finally:
            ending.set()


def test_changes_are_told_by_topic_and_gone_on_with_at_another_worker(
    engine: Engine, callers: NamedCallers
) -> None:
    header = caller_header(*ALL, person=ANN)
    with ExitStack() as stack:
        first, first_ends = stack.enter_context(worker(engine, callers))
        second, _ = stack.enter_context(worker(engine, callers))
        note(engine, "companies", FIRM)  # before anybody listens
        stream = EventStream(first, header).begun()
        note(engine, "models")
        note(engine, "tasks")
        stream.wait_for("models", "tasks")
        assert "companies" not in stream.topics
        first_ends.set()
        stream.join()
        note(engine, "notifications", ANN)  # while nobody listens
        resumed = EventStream(second, header, stream.last).begun()
        resumed.wait_for("notifications")
        assert resumed.events[0] == {"topics": []}  # where it goes on from, before anything has changed
        other_tab = EventStream(second, header, since=stream.last or "").begun()  # cannot send the header
        other_tab.wait_for("notifications")
        assert resumed.topics == {"notifications"}
        note(engine, "models")
        resumed.wait_for("models")


def test_a_transaction_that_commits_late_is_not_missed(engine: Engine, callers: NamedCallers) -> None:
    """Its number is smaller than that of one that was told of already."""
    header = caller_header(*ALL)
    with worker(engine, callers) as (address, _):
        stream = EventStream(address, header).begun()
        with engine.connect() as slow, slow.begin():
            _note(slow, "tasks", NOBODY)
            note(engine, "models")
            stream.wait_for("models")
            assert "tasks" not in stream.topics
            resumed = EventStream(address, header, stream.last).begun()
        stream.wait_for("tasks")
        resumed.wait_for("tasks")
        assert "models" not in resumed.topics


def test_everybody_learns_only_of_what_is_theirs(engine: Engine, callers: NamedCallers) -> None:
    with worker(engine, callers) as (address, _):
        ann = EventStream(address, caller_header(*ALL, person=ANN, company=FIRM)).begun()
        bob = EventStream(address, caller_header(*ALL, person=BOB, company=OTHER_FIRM)).begun()
        key = EventStream(address, caller_header("models:read", "companies:read")).begun()
        admin = EventStream(
            address, caller_header("models:read", "companies:read", "companies:admin", company=FIRM)
        ).begun()
        note(engine, "notifications", BOB)
        note(engine, "companies", OTHER_FIRM)
        note(engine, "tasks")
        bob.wait_for("notifications", "companies", "tasks")
        ann.wait_for("tasks")
        admin.wait_for("companies")  # the whole platform's
        note(engine, "models")
        for stream in (ann, bob, key, admin):
            stream.wait_for("models")  # in order: whatever came before has come
        assert ann.topics == {"tasks", "models"}
        assert key.topics == {"models"}  # acts for no company


def test_only_chosen_topics_are_told(engine: Engine, callers: NamedCallers) -> None:
    with worker(engine, callers) as (address, _):
        stream = EventStream(address, caller_header(*ALL, person=ANN), topics="tasks").begun()
        note(engine, "models")
        note(engine, "tasks")
        stream.wait_for("tasks")
        assert stream.topics == {"tasks"}


@pytest.mark.parametrize(
    "position",
    [
        "1.5:9:",  # far too old
        "999999999999.8999999999999:9000000000000:",  # of a database that had come further: restored since
    ],
)
def test_who_comes_back_too_late_is_told_that_everything_may_have_changed(
    position: str, engine: Engine, callers: NamedCallers
) -> None:
    with worker(engine, callers) as (address, _):
        stream = EventStream(address, caller_header("models:read", "tasks:read"), position).begun()
        stream.wait_for("models", "tasks")


def test_a_stream_ends_with_its_session_its_rights_and_its_worker(
    engine: Engine, callers: NamedCallers
) -> None:
    with worker(engine, callers) as (address, ending):
        ann = EventStream(address, caller_header("models:read", person=ANN)).begun()
        bob = EventStream(address, caller_header("models:read", person=BOB)).begun()
        callers.ended.add(ANN)
        ann.join()
        assert bob.is_open
        callers.withdrawn[BOB] = {"models:read"}
        bob.join()
        admin = caller_header("companies:read", "companies:admin", person=FIRM)
        everywhere = EventStream(address, admin).begun()
        callers.withdrawn[FIRM] = {"companies:admin"}  # its topic stays open to it, for one company
        everywhere.join()
        key = EventStream(address, caller_header("models:read")).begun()
        ending.set()
        key.join()
    assert WAKE_INTERVAL_S <= 0.5  # two of them fit into the second in which a stream has to end


@pytest.mark.parametrize(
    ("header", "params", "last", "status", "code"),
    [
        ({}, {}, None, 401, "auth.missing"),
        (caller_header("predict"), {}, None, 403, "auth.scope_missing"),  # the scope of no topic
        (caller_header("models:read"), {"topics": "models,tasks"}, None, 403, "auth.scope_missing"),
        (caller_header(*ALL), {"topics": "notifications"}, None, 403, "auth.scope_missing"),  # a key has none
        (caller_header(*ALL), {"topics": "secrets"}, None, 422, "input.invalid_parameter"),
        (caller_header(*ALL), {"topics": ""}, None, 422, "input.invalid_parameter"),
        (caller_header(*ALL), {}, "7", 422, "events.bad_position"),
        (caller_header(*ALL), {}, "1.9:5:", 422, "events.bad_position"),
        (caller_header(*ALL), {}, "1.5:9:'); DROP TABLE drivetrain.tasks; --", 422, "events.bad_position"),
    ],
)
def test_a_stream_that_may_not_or_cannot_be_is_refused(
    header: dict[str, str],
    params: dict[str, str],
    last: str | None,
    status: int,
    code: str,
    engine: Engine,
    callers: NamedCallers,
) -> None:
    headers = header if last is None else {**header, "Last-Event-ID": last}
    with worker(engine, callers) as (address, _):
        answer = httpx.get(f"{address}/events", params=params, headers=headers, timeout=PATIENCE_S)
    problem = answer.json()
    codes = {problem["code"], *(error["code"] for error in problem.get("errors", []))}
    assert answer.status_code == status
    assert code in codes


def test_a_caller_keeps_so_many_streams_open_and_no_more(engine: Engine, callers: NamedCallers) -> None:
    header = caller_header("models:read", person=ANN)
    with worker(engine, callers) as (address, _):
        streams = [EventStream(address, header).begun() for _ in range(MOST_PER_CALLER)]
        answer = httpx.get(f"{address}/events", headers=header, timeout=PATIENCE_S)
        assert (answer.status_code, answer.json()["code"]) == (429, "limits.too_many_requests")
        assert "Retry-After" in answer.headers
        EventStream(address, caller_header("models:read", person=BOB)).begun()
        assert all(stream.is_open for stream in streams)


def test_head_ends_and_takes_no_place(engine: Engine, callers: NamedCallers) -> None:
    header = caller_header("models:read", person=ANN)
    with worker(engine, callers) as (address, _), httpx.Client(timeout=PATIENCE_S) as client:
        for _ in range(
            MOST_PER_CALLER + 1
        ):  # over one connection, which is free only when an answer has ended
            answer = client.head(f"{address}/events", headers=header)
            assert (answer.status_code, answer.content) == (200, b"")
            assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_browser_that_goes_away_gives_its_place_back(engine: Engine, callers: NamedCallers) -> None:
    header = caller_header("models:read", person=ANN)
    with worker(engine, callers) as (address, _):
        for _ in range(2):
            for connection in [_left_open(address, header) for _ in range(MOST_PER_CALLER)]:
                connection.close()
            assert eventually(lambda: _is_admitted(address, header), PATIENCE_S)


def test_a_worker_reads_the_log_once_for_all_of_its_streams(engine: Engine, callers: NamedCallers) -> None:
    log = _CountedLog(PostgresChangeLog(engine))
    ending = threading.Event()
    application = served_application([event_routes(EventStreams(log, ending), TOPICS)], callers)
    with serving(application) as (address, _):
        streams = [
            EventStream(address, caller_header("models:read", person=uuid4())).begun() for _ in range(20)
        ]
        note(engine, "models")
        for stream in streams:
            stream.wait_for("models")
        ending.set()
        for stream in streams:
            stream.join()
    assert log.begins == 1  # whoever joins goes on from where the one reader stands
    assert log.most_at_once == 1


class _CountedLog:
    """The log, with how it is read.

    Attributes:
        begins: reads of where it ends.
        most_at_once: reads at the same time.
    """

    def __init__(self, log: ChangeLog) -> None:
        self.begins = self.most_at_once = 0
        self._log = log
        self._lock = threading.Lock()
        self._now = 0

    def read(self, since: Position | None) -> ChangePage:
        with self._lock:
            self.begins += since is None
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            return self._log.read(since)
        finally:
            with self._lock:
                self._now -= 1


def _left_open(address: str, header: dict[str, str]) -> socket.socket:
    """A stream that has begun."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
    lines = ["GET /events HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in header.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    received = b""
    while b"retry:" not in received:
        received += connection.recv(4096)
    return connection


def _is_admitted(address: str, header: dict[str, str]) -> bool:
    with httpx.stream("GET", f"{address}/events", headers=header, timeout=PATIENCE_S) as answer:
        return answer.status_code == 200
