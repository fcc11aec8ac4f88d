"""How far topics outside of the platform are read, in one transaction with what their messages changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.errors import ConflictError
from drivetrain.core.event_log import EventNotifier, Offsets
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.ports import Arrivals, RefusedMessage, RequestsById

MOST_KEPT_BYTES = 64 << 10
"""Of the body of a message that is set aside."""

_POSITIONS = text("SELECT part, next FROM drivetrain.topic_positions WHERE source = :source")
_BEGIN = text("""
    INSERT INTO drivetrain.topic_positions (source, part, next)
    SELECT :source, part, next
    FROM unnest(CAST(:parts AS integer[]), CAST(:offsets AS bigint[])) AS first (part, next)
    ORDER BY part
    ON CONFLICT DO NOTHING
""")
_LOCK = text("""
    SELECT part, next FROM drivetrain.topic_positions
    WHERE source = :source AND part = ANY(:parts) ORDER BY part FOR UPDATE
""")
_MOVE = text("""
    UPDATE drivetrain.topic_positions AS position SET next = moved.next, moved_at = clock_timestamp()
    FROM unnest(CAST(:parts AS integer[]), CAST(:offsets AS bigint[])) AS moved (part, next)
    WHERE source = :source AND position.part = moved.part
""")
_SET_ASIDE = text("""
    INSERT INTO drivetrain.dead_messages (source, part, message_offset, code, detail, pointer, body)
    SELECT :source, * FROM unnest(
        CAST(:parts AS integer[]), CAST(:offsets AS bigint[]), CAST(:codes AS text[]), CAST(:details AS text[]),
        CAST(:pointers AS text[]), CAST(:bodies AS bytea[])
    )
    ON CONFLICT (source, part, message_offset) DO UPDATE SET
        code = excluded.code, detail = excluded.detail, pointer = excluded.pointer, set_aside_at = clock_timestamp()
""")


class PostgresMessageStore:
    """The port ``MessageStore`` on tables ``topic_positions`` and ``dead_messages``."""

    def __init__(self, engine: Engine, store: PostgresEventStore, notifier: EventNotifier) -> None:
        self._engine = engine
        self._store = store
        self._notifier = notifier

    def positions(self, source: str) -> Offsets:
        """Where to read on."""
        with transaction(self._engine) as connection:
            return _positions(connection, source)

    def begin(self, source: str, offsets: Offsets) -> Offsets:
        """Note where to begin with new partitions; the positions of all."""
        with transaction(self._engine) as connection:
            connection.execute(
                _BEGIN, {"source": source, "parts": list(offsets), "offsets": list(offsets.values())}
            )
        return self.positions(source)  # a new snapshot: what made a conflict has committed

    @contextmanager
    def effect(self, source: str, before: Offsets, after: Offsets) -> Iterator[_Effect]:
        """A transaction that moves positions; the rows are locked in the order of partitions until it ends."""
        with transaction(self._engine) as connection:
            rows = connection.execute(_LOCK, {"source": source, "parts": list(before)})
            if {row.part: row.next for row in rows} != dict(before):
                raise ConflictError("Another process has read on.", code="dispatch.topic_read_on")
            effect = _Effect(connection, source, self._store)
            yield effect
            connection.execute(
                _MOVE, {"source": source, "parts": list(after), "offsets": list(after.values())}
            )
        if effect.has_updates:  # followers read nothing else, and notices are rationed
            self._notifier.notify()


class _Effect:
    """What some messages change, on one connection.

    Attributes:
        has_updates: whether positions of drivers are among the events that were kept.
    """

    def __init__(self, connection: Connection, source: str, store: PostgresEventStore) -> None:
        self._connection = connection
        self._source = source
        self._store = store
        self.has_updates = False

    def keep(self, arrivals: Arrivals) -> RequestsById:
        """Keep events; the request that stands under each id."""
        self.has_updates = self.has_updates or bool(arrivals.updates)
        return self._store.write_in(self._connection, [arrivals])

    def set_aside(self, refused: Sequence[RefusedMessage]) -> None:
        """Keep messages that are no events."""
        if not refused:
            return
        self._connection.execute(
            _SET_ASIDE,
            {
                "source": self._source,
                "parts": [each.message.partition for each in refused],
                "offsets": [each.message.offset for each in refused],
                "codes": [each.reason.code for each in refused],
                "details": [_storable(each.reason.detail) for each in refused],
                "pointers": [_storable(each.reason.pointer) for each in refused],
                "bodies": [each.message.body[:MOST_KEPT_BYTES] for each in refused],
            },
        )


def _positions(connection: Connection, source: str) -> dict[int, int]:
    return {row.part: row.next for row in connection.execute(_POSITIONS, {"source": source})}


def _storable(words: str) -> str:
    """A text that may name a field of the message; the database keeps no NUL in it."""
    return words.replace("\0", "\N{REPLACEMENT CHARACTER}")
