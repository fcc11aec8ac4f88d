"""The shelf of dead events: what stands in the log and cannot be read is set aside, and readers go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select, text

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.domain.events import DRIVERS
from drivetrain.dispatch.state.adapters.decoding import flaws
from drivetrain.dispatch.state.adapters.tables import dead_events
from drivetrain.dispatch.state.application.ports import DeadEvent, DeadEventPage

LONGEST_BODY = 4_096
"""Bytes of a dead event that are kept; the log has all of it, for as long."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Columns as arrays: ten thousand of them are one statement. Whoever comes second adds nothing.
_ADD = text("""
    INSERT INTO drivetrain.dead_events (topic, part, log_offset, appended_at, key, body, code, pointer)
    SELECT CAST(:topic AS text), * FROM unnest(
        CAST(:parts AS smallint[]), CAST(:offsets AS bigint[]), CAST(:instants AS timestamptz[]),
        CAST(:keys AS text[]), CAST(:bodies AS bytea[]), CAST(:codes AS text[]), CAST(:pointers AS text[])
    ) AS dead (part, log_offset)
    ORDER BY dead.part, dead.log_offset
    ON CONFLICT DO NOTHING
""")


class PostgresDeadEvents:
    """The port ``DeadEvents`` on table ``dead_events``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def set_aside(self, batch: EventBatch) -> int:
        """Keep those of a batch that are no updates of drivers; how many were not kept before."""
        dead = flaws(batch.bodies)
        columns = {
            "topic": DRIVERS.name,
            "parts": [batch.partitions[row] for row in dead],
            "offsets": [batch.offsets[row] for row in dead],
            "instants": [_EPOCH + timedelta(microseconds=batch.appended_us[row]) for row in dead],
            "keys": [batch.keys[row] for row in dead],
            "bodies": [batch.bodies[row][:LONGEST_BODY] for row in dead],
            "codes": [flaw.code for flaw in dead.values()],
            "pointers": [flaw.pointer for flaw in dead.values()],
        }
        with transaction(self._engine) as connection:
            return connection.execute(_ADD, columns).rowcount

    def newest(self, most: int, *, before: int | None = None) -> DeadEventPage:
        """Those set aside last, the newest first, and how many there are."""
        columns = dead_events.c
        wanted = select(dead_events).order_by(columns.id.desc()).limit(most)
        if before is not None:
            wanted = wanted.where(columns.id < before)
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
            total = connection.scalar(select(func.count()).select_from(dead_events))
        return DeadEventPage(
            [
                DeadEvent(
                    *(row.id, row.topic, row.part, row.log_offset, row.appended_at, row.key, row.body),
                    *(row.code, row.pointer),
                )
                for row in rows
            ],
            total or 0,
        )
