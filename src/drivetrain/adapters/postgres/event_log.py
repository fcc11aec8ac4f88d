"""The log of events in PostgreSQL: appended by COPY, its offsets taken from a row that is locked until the commit.

A sequence would let a reader skip the rows of a slower transaction; a head row makes offsets visible in their order.
Whoever appends locks the heads in the order of topic and partition, so two of them never wait for each other in a
circle.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from drivetrain.adapters.postgres.binary_copy import COPY_HEADER, COPY_TRAILER
from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.event_log import EventBatch, EventTopic, NewEvent, Offsets, reachable

_TAKE = text("""
    INSERT INTO drivetrain.event_heads AS head (topic, part, next)
    SELECT :topic, taken.part, taken.number
    FROM unnest(CAST(:parts AS smallint[]), CAST(:numbers AS bigint[])) AS taken (part, number)
    ORDER BY taken.part
    ON CONFLICT (topic, part) DO UPDATE SET next = head.next + excluded.next
    RETURNING part, next, clock_timestamp()
""")
_COPY = "COPY drivetrain.events (topic, part, log_offset, key, appended_at, body) FROM STDIN (FORMAT BINARY)"
_ADD_DAYS = text("SELECT drivetrain.add_event_days()")
_HAS_DAYS = text("""
    SELECT count(*) = 2 FROM pg_catalog.pg_tables
    WHERE schemaname = 'drivetrain' AND tablename = ANY(
        SELECT 'events_' || to_char((clock_timestamp() AT TIME ZONE 'UTC')::date + n, 'YYYYMMDD')
        FROM generate_series(0, 1) AS n
    )
""")
_DAYS_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('drivetrain.events'))")

_READ = """
    SELECT event.part, event.log_offset, event.key, event.body,
        (extract(epoch FROM event.appended_at) * 1000000)::bigint
    FROM unnest(%b::smallint[], %b::bigint[]) AS place (part, log_offset)
    CROSS JOIN LATERAL (
        SELECT * FROM drivetrain.events
        WHERE topic = %b AND part = place.part AND log_offset >= place.log_offset
        ORDER BY log_offset LIMIT %b
    ) AS event
    ORDER BY event.part, event.log_offset
"""
_ENDS = text("SELECT part, next FROM drivetrain.event_heads WHERE topic = :topic")
_FIRSTS = text("""
    SELECT place.part, event.log_offset, event.appended_at
    FROM unnest(CAST(:parts AS smallint[]), CAST(:places AS bigint[])) AS place (part, log_offset)
    CROSS JOIN LATERAL (
        SELECT log_offset, appended_at FROM drivetrain.events
        WHERE topic = :topic AND part = place.part AND log_offset >= place.log_offset
        ORDER BY log_offset LIMIT 1
    ) AS event
""")
_DAYS = text("""
    SELECT child.relname FROM pg_catalog.pg_inherits
    JOIN pg_catalog.pg_class AS child ON child.oid = inhrelid
    WHERE inhparent = 'drivetrain.events'::regclass AND child.relname < :first
""")

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_head = struct.Struct(">hi").pack  # six fields; the topic's length
_place = struct.Struct(">ihiqi").pack  # part, offset, the key's length
_instant = struct.Struct(">iqi").pack  # when appended, the body's length


class PostgresEventLog:
    """The port ``EventLog`` on tables ``event_heads`` and ``events``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._had_days_on = date.min

    def append(
        self, events: Mapping[EventTopic, Sequence[NewEvent]], *, connection: Connection | None = None
    ) -> None:
        """Append events, all or none of them."""
        filled = sorted((topic for topic, new in events.items() if new), key=lambda topic: topic.name)
        if not filled:
            return
        if connection is not None:
            with translating():
                _have_days(connection)
            _append(connection, filled, events)
            return
        with transaction(self._engine) as own:
            today = datetime.now(UTC).date()
            if today != self._had_days_on and _have_days(own):  # unequal: a clock that was ahead is set back
                self._had_days_on = today
            _append(own, filled, events)

    def read(self, topic: EventTopic, offsets: Offsets, *, most: int) -> EventBatch:
        """The next events of each partition that has any."""
        ends = self.ends(topic)
        places = {
            part: offsets.get(part, 0) for part, end in sorted(ends.items()) if offsets.get(part, 0) < end
        }
        if not places:
            return EventBatch((), (), (), (), (), reachable(offsets, ends))
        with translating(), self._reading().connect() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                raise AssertionError("a connected connection has one of the driver")
            with raw.cursor(binary=True) as cursor:
                cursor.execute(_READ, (list(places), list(places.values()), topic.name, most), prepare=True)
                rows = cursor.fetchall()
        following = reachable(offsets, ends)
        following.update((row[0], row[1] + 1) for row in rows)
        parts, places_read, keys, bodies, appended = zip(*rows, strict=True) if rows else ((), (), (), (), ())
        return EventBatch(parts, places_read, keys, bodies, appended, following)

    def ends(self, topic: EventTopic) -> Offsets:
        """Where the next event of each partition will stand."""
        with translating(), self._reading().connect() as connection:
            rows = connection.execute(_ENDS, {"topic": topic.name}).all()
        return {row.part: row.next for row in rows}

    def since(self, topic: EventTopic, instant: datetime) -> Offsets:
        """From where to read what was appended at an instant or later: at the end, where nothing was.

        The instants of a partition rise with its offsets, so each is bisected by the primary key, all in one query a
        step: some thirty queries, however long the log is.
        """
        ends = dict(self.ends(topic))  # before the others: what is appended meanwhile is read, too
        since, low, high = dict(ends), dict.fromkeys(ends, 0), dict(ends)
        with translating(), self._reading().connect() as connection:
            while open_parts := [part for part in sorted(ends) if low[part] < high[part]]:
                middle = {part: (low[part] + high[part]) // 2 for part in open_parts}
                rows = connection.execute(
                    _FIRSTS, {"topic": topic.name, "parts": open_parts, "places": list(middle.values())}
                )
                firsts = {part: (place, at) for part, place, at in rows}
                for part in open_parts:
                    place, at = firsts.get(part, (ends[part], instant))
                    if at < instant:
                        low[part] = place + 1
                    else:
                        since[part], high[part] = min(place, ends[part]), middle[part]
        return since

    def remove_before(self, day: date) -> int:
        """Drop the partitions of earlier days."""
        with transaction(self._engine) as connection:
            names = connection.scalars(_DAYS, {"first": f"events_{day:%Y%m%d}"}).all()
            for name in names:  # names of ours
                connection.execute(text(f'DROP TABLE drivetrain."{name}"'))
        return len(names)

    def _reading(self) -> Engine:
        return self._engine.execution_options(isolation_level="AUTOCOMMIT")  # spares BEGIN and ROLLBACK


def _have_days(connection: Connection) -> bool:
    """Have partitions for today and tomorrow, made in this transaction if need be; True where they were there before.

    On the connection of whoever appends: with a second one, a pool that is used up would wait for itself.
    """
    if connection.scalar(_HAS_DAYS):
        return True
    connection.execute(_DAYS_LOCK)
    connection.execute(_ADD_DAYS)
    return False


def _append(
    connection: Connection, topics: Sequence[EventTopic], events: Mapping[EventTopic, Sequence[NewEvent]]
) -> None:
    for topic in topics:
        with translating():
            _append_to(connection, topic, events[topic])


def _append_to(connection: Connection, topic: EventTopic, events: Sequence[NewEvent]) -> None:
    parts = [topic.partition(event.key) for event in events]
    counts = sorted(Counter(parts).items())
    taken = connection.execute(
        _TAKE,
        {
            "topic": topic.name,
            "parts": [part for part, _ in counts],
            "numbers": [number for _, number in counts],
        },
    ).all()
    numbers = dict(counts)
    places = {part: following - numbers[part] for part, following, _ in taken}
    appended = (max(at for *_, at in taken) - _EPOCH) // _MICROSECOND
    raw = connection.connection.driver_connection
    if raw is None:
        raise AssertionError("a connected connection has one of the driver")
    with raw.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_rows(topic.name.encode(), parts, places, appended, events))


def _rows(
    topic: bytes, parts: Sequence[int], places: dict[int, int], appended: int, events: Sequence[NewEvent]
) -> bytes:
    """The events as a binary COPY takes them, each at the next place of its partition."""
    head = _head(6, len(topic)) + topic
    pieces = [COPY_HEADER]
    for part, event in zip(parts, events, strict=True):
        key, body, place = event.key.encode(), event.body, places[part]
        places[part] = place + 1
        pieces += (
            head,
            _place(2, part, 8, place, len(key)),
            key,
            _instant(8, appended, len(body)),
            body,
        )
    pieces.append(COPY_TRAILER)
    return b"".join(pieces)
