"""Reads the slot ledger: marks, rides counted against them, and who scores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction
from drivetrain.trips.slots.adapters.tables import trip_scorers, trip_slots
from drivetrain.trips.slots.application.ports import Origin, ScorerStatus, SlotRecord
from drivetrain.trips.slots.domain.ids import fixed_octets
from drivetrain.trips.slots.domain.proof import Tally
from drivetrain.trips.slots.domain.slots import Slot, SlotState

SEEN_WITHIN_S = 90
"""A scorer reports every half minute; one that was not heard of for this long is gone."""

_RECORDS = text("""
    SELECT slot_at, length_min, state, origin, rows, model_version, source, attempts, started_at, done_at, error, remark,
        fingerprint
    FROM drivetrain.trip_slots
    WHERE slot_at > CAST(:begin AS timestamptz) - interval '1 hour' AND slot_at < :end
      AND slot_at + length_min * interval '1 minute' > :begin
    ORDER BY slot_at
""")

# Every row is counted by what it says itself. The ids of a slot's rides are a range, so that ``rides`` counts
# those that the mark promises and no others; an id of another slot, or beyond the last ride, is none of them.
_TALLIES = text("""
    WITH marks AS (
        SELECT slot_at, state, coalesce(rows, 0) AS marked,
            lpad(to_hex((extract(epoch FROM slot_at) * 1000)::bigint), 12, '0') || :middle AS head
        FROM drivetrain.trip_slots WHERE slot_at >= :begin AND slot_at < :end
    ), rides AS (
        SELECT slot_at, trip_id, count(*) AS rows
        FROM drivetrain.ride_predictions WHERE slot_at >= :begin AND slot_at < :end
        GROUP BY slot_at, trip_id
    )
    SELECT slot_at, state, coalesce(max(marked), 0) AS marked,
        coalesce(sum(rides.rows), 0)::bigint AS rows,
        count(trip_id) AS ids,
        count(trip_id) FILTER (
            WHERE marked > 0 AND trip_id >= (head || '00000000')::uuid
              AND trip_id <= (head || lpad(to_hex(marked - 1), 8, '0'))::uuid
        ) AS rides
    FROM marks FULL JOIN rides USING (slot_at)
    GROUP BY slot_at, state ORDER BY slot_at
""")


class PostgresSlotReader:
    """The port ``SlotReader``, and where scorers report."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        """The present by the database's clock."""
        with transaction(self._engine) as connection:
            now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return now

    def began_at(self) -> datetime | None:
        """Begin of the schedule's first slot; None before it."""
        first = select(func.min(trip_slots.c.slot_at)).where(trip_slots.c.origin == Origin.SCHEDULE)
        with transaction(self._engine) as connection:
            began_at: datetime | None = connection.scalar(first)
            return began_at

    def records(self, begin: datetime, end: datetime) -> Sequence[SlotRecord]:
        """The slots that share an instant with ``[begin, end)``, in order."""
        with transaction(self._engine) as connection:
            rows = [dict(row._mapping) for row in connection.execute(_RECORDS, {"begin": begin, "end": end})]
        return [
            SlotRecord(
                Slot(row.pop("slot_at"), row.pop("length_min")),
                SlotState(row.pop("state")),
                Origin(row.pop("origin")),
                **row,
            )
            for row in rows
        ]

    def tallies(self, begin: datetime, end: datetime) -> Sequence[Tally]:
        """Marks and rides counted against each other, for every slot of ``[begin, end)`` that has either."""
        with transaction(self._engine) as connection:
            rows = connection.execute(_TALLIES, {"begin": begin, "end": end, "middle": fixed_octets().hex()})
            return [
                Tally(
                    row.slot_at,
                    None if row.state is None else SlotState(row.state),
                    row.marked,
                    row.rows,
                    row.ids,
                    row.rides,
                )
                for row in rows
            ]

    def report(self, owner: str, scheduler: str, reason: str) -> None:
        """Say that a process scores, and what wakes it."""
        values = {"seen_at": func.now(), "scheduler": scheduler, "why": reason}
        upsert = insert(trip_scorers).values(owner=owner, **values)
        with transaction(self._engine) as connection:
            connection.execute(upsert.on_conflict_do_update(index_elements=["owner"], set_=values))
            connection.execute(
                delete(trip_scorers).where(trip_scorers.c.seen_at < text("now() - interval '1 hour'"))
            )

    def leave(self, owner: str) -> None:
        """Say that a process ends."""
        with transaction(self._engine) as connection:
            connection.execute(delete(trip_scorers).where(trip_scorers.c.owner == owner))

    def scorers(self) -> Sequence[ScorerStatus]:
        """The processes that were heard of lately."""
        columns = trip_scorers.c
        recent = select(trip_scorers).where(
            columns.seen_at > text(f"now() - interval '{SEEN_WITHIN_S} seconds'")
        )
        with transaction(self._engine) as connection:
            return [
                ScorerStatus(**row._mapping) for row in connection.execute(recent.order_by(columns.owner))
            ]
