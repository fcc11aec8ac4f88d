"""Which slots were reported, and whether rides are those that were written, from PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Engine, func, text, update

from drivetrain.adapters.postgres.database import transaction
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.slots.adapters.tables import trip_slots
from drivetrain.trips.slots.application.ports import Origin, SlotRecord
from drivetrain.trips.slots.domain.ids import MOST_RIDES, trip_id
from drivetrain.trips.slots.domain.slots import WRITTEN, Slot, SlotState

_UNREPORTED = text("""
    SELECT slot_at, length_min, state, origin, rows, model_version, source, attempts, started_at, done_at, error, remark,
        fingerprint
    FROM drivetrain.trip_slots
    WHERE slot_at >= :begin AND slot_at + length_min * interval '1 minute' <= :due_by
      AND outcomes_at IS NULL AND source = :source AND state = ANY(:written)
    ORDER BY slot_at LIMIT 1
""")

# By the range of its ids, which the primary key finds; the starts as microseconds since the slot's begin.
_SUMS = text("""
    SELECT count(*),
        coalesce(sum((extract(epoch FROM trip_start_timestamp - :slot_at) * 1000000)::bigint), 0),
        coalesce(sum(pickup_community_area), 0), coalesce(sum(dropoff_community_area), 0)
    FROM drivetrain.ride_predictions WHERE trip_id BETWEEN :first AND :last AND slot_at = :slot_at
""")


class PostgresSlotOutcomes:
    """The port ``SlotOutcomes`` on ``trip_slots`` and ``ride_predictions``. Blocking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def unreported(self, source: str, begin: datetime, due_by: datetime) -> SlotRecord | None:
        """The oldest slot from a source without a mark."""
        values = {"source": source, "begin": begin, "due_by": due_by, "written": sorted(WRITTEN)}
        with transaction(self._engine) as connection:
            record = connection.execute(_UNREPORTED, values).one_or_none()
        if record is None:
            return None
        row = dict(record._mapping)
        slot = Slot(row.pop("slot_at"), row.pop("length_min"))
        return SlotRecord(slot, SlotState(row.pop("state")), Origin(row.pop("origin")), **row)

    def are_written(self, slot: Slot, rides: Rides) -> bool:
        """True when the table holds as many rides of the slot, with the same sums of starts and of areas."""
        values = {
            "slot_at": slot.slot_at,
            "first": trip_id(slot.slot_at, 0),
            "last": trip_id(slot.slot_at, MOST_RIDES - 1),
        }
        with transaction(self._engine) as connection:
            sums = connection.execute(_SUMS, values).one()
        return tuple(int(total) for total in sums) == _sums(slot, rides)

    def mark(self, slot: Slot) -> None:
        """Note that a slot was reported."""
        marked = (
            update(trip_slots)
            .where(trip_slots.c.slot_at == slot.slot_at)
            .values(outcomes_at=func.clock_timestamp())
        )
        with transaction(self._engine) as connection:
            connection.execute(marked)


def _sums(slot: Slot, rides: Rides) -> tuple[int, int, int, int]:
    begin = np.datetime64(slot.slot_at.astimezone(UTC).replace(tzinfo=None), "us")
    after_us = (rides.trip_start_timestamp.astype("datetime64[us]") - begin).astype(np.int64)
    pickups, dropoffs = (
        int(areas.sum(dtype=np.int64))
        for areas in (rides.pickup_community_area, rides.dropoff_community_area)
    )
    return len(rides), int(after_us.sum()), pickups, dropoffs
