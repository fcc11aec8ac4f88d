"""The slot ledger in PostgreSQL: claims with leases, and rides that are written together with their slot's mark.

The database's clock decides about leases, and the number of the claim about who may write: a scorer that
slept, hung or was cut off finds another number beside its slot and writes nothing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, text

from drivetrain.adapters.postgres.binary_copy import copy_blocks
from drivetrain.adapters.postgres.database import KEEP_DURABLE, transaction
from drivetrain.core.errors import UnavailableError
from drivetrain.core.heartbeat import Heartbeat
from drivetrain.core.ids import new_id
from drivetrain.trips.slots.adapters.copy import STAGED, staged_rows
from drivetrain.trips.slots.application.ports import (
    Claim,
    LeaseLostError,
    OnStep,
    Origin,
    ScoredRides,
    SlotRecord,
    Step,
)
from drivetrain.trips.slots.domain.slots import Slot, SlotMark, SlotState, ended_as

LEASE_S = 30.0
"""Long enough for many times the slowest slot between two heartbeats; short enough that a slot whose scorer was killed is
scored long before the next one is over."""

BEATS_PER_LEASE = 3
"""Two heartbeats may fail before the lease runs out."""

PAUSE_S = 60.0
"""What made an attempt fail is mostly still there a moment later; a day of such slots must not be tried every
few seconds."""

_log = structlog.get_logger("drivetrain.scorer")

# A later attempt than this one's, or the end of the slot, and nothing is updated.
_OWN = "slot_at = :slot_at AND attempts = :attempt AND state = 'running'"

_NOW = text("SELECT clock_timestamp()")

_OWED_SINCE = text("""
    SELECT least(
        coalesce(max(slot_at) FILTER (WHERE slot_at < :before), min(slot_at)),
        min(slot_at) FILTER (WHERE state IN ('due', 'running'))
    )
    FROM drivetrain.trip_slots WHERE origin = 'schedule'
""")

_MARKS = text("""
    SELECT slot_at, length_min, state, coalesce(held_until > clock_timestamp(), false) AS is_held
    FROM drivetrain.trip_slots
    WHERE slot_at > CAST(:begin AS timestamptz) - interval '1 hour' AND slot_at < :end
      AND slot_at + length_min * interval '1 minute' > :begin
    ORDER BY slot_at
""")

_PROMISE = text("""
    INSERT INTO drivetrain.trip_slots (slot_at, length_min, origin, state)
    VALUES (:slot_at, :length_min, 'request', 'due') ON CONFLICT DO NOTHING
""")

_MISS = text("""
    INSERT INTO drivetrain.trip_slots (slot_at, length_min, origin, state)
    VALUES (:slot_at, :length_min, 'schedule', 'missed')
    ON CONFLICT (slot_at) DO UPDATE SET state = 'missed', held_until = NULL
    WHERE trip_slots.state = 'due' OR (trip_slots.state = 'running' AND trip_slots.held_until < clock_timestamp())
""")

_CLAIM = text("""
    INSERT INTO drivetrain.trip_slots AS slot (slot_at, length_min, origin, state, attempts, owner, held_until, started_at)
    VALUES (:slot_at, :length_min, :origin, 'running', 1, :owner, clock_timestamp() + :lease_s * interval '1 second',
        clock_timestamp())
    ON CONFLICT (slot_at) DO UPDATE SET state = 'running', attempts = slot.attempts + 1, owner = excluded.owner,
        held_until = excluded.held_until, started_at = excluded.started_at, error = ''
    WHERE slot.length_min = excluded.length_min AND (
        slot.state = 'due'
        OR (slot.state = 'missed' AND :origin = 'request')
        OR (slot.state = 'running' AND slot.held_until < clock_timestamp())
    )
    RETURNING attempts
""")

_BEAT = text(f"""
    UPDATE drivetrain.trip_slots SET held_until = clock_timestamp() + :lease_s * interval '1 second' WHERE {_OWN}
""")  # constants

_GIVE_BACK = text(f"""
    UPDATE drivetrain.trip_slots
    SET state = 'due', held_until = clock_timestamp() + :pause_s * interval '1 second', error = :error WHERE {_OWN}
""")

_MARK = text(f"""
    UPDATE drivetrain.trip_slots SET state = :state, held_until = NULL, rows = :rows, model_version = :model_version,
        source = :source, remark = :remark, done_at = :done_at,
        fingerprint = :fingerprint
    WHERE {_OWN} RETURNING origin, started_at
""")

_STAGE = text("CREATE TEMPORARY TABLE staged_rides (" + STAGED.declaration + ") ON COMMIT DROP")
_COPY = "COPY pg_temp.staged_rides FROM STDIN (FORMAT binary)"

_NULLABLE = ("fare", "trip_total", "trip_miles")
_TAKEN = ", ".join(f"nullif({name}, 'NaN')" if name in _NULLABLE else name for name in STAGED.columns)
_TAKE_OVER = text(f"""
    INSERT INTO drivetrain.ride_predictions ({", ".join(STAGED.columns)}, model_version, slot_at, created_at)
    SELECT {_TAKEN}, :model_version, :slot_at, :done_at FROM pg_temp.staged_rides
""")

_LIMITS = """
    SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', :idle_ms, true)
"""


class PostgresSlotWriter:
    """The port ``SlotWriter`` on ``trip_slots`` and ``ride_predictions``. Blocking."""

    def __init__(self, engine: Engine, *, lease_s: float = LEASE_S, pause_s: float = PAUSE_S) -> None:
        """Work on a migrated database.

        Args:
            engine: with room for two connections, because the heartbeat has one of its own.
            lease_s: how long a claim holds without a heartbeat, seconds.
            pause_s: how long the schedule lets a slot alone whose attempt failed, seconds.
        """
        self._engine = engine
        self._lease_s = lease_s
        self._pause_s = pause_s
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"

    def now(self) -> datetime:
        """The present by the database's clock."""
        with transaction(self._engine) as connection:
            return _now(connection)

    def owed_since(self, before: datetime) -> datetime | None:
        """Begin of the oldest slot that the schedule must look at."""
        with transaction(self._engine) as connection:
            since: datetime | None = connection.scalar(_OWED_SINCE, {"before": before})
            return since

    def marks(self, begin: datetime, end: datetime) -> Sequence[SlotMark]:
        """The marks of all slots that share an instant with ``[begin, end)``, in order."""
        with transaction(self._engine) as connection:
            rows = connection.execute(_MARKS, {"begin": begin, "end": end})
            return [
                SlotMark(Slot(row.slot_at, row.length_min), SlotState(row.state), row.is_held) for row in rows
            ]

    def promise(self, slots: Sequence[Slot]) -> None:
        """Note that somebody asked for these slots."""
        self._execute_for(_PROMISE, slots)

    def miss(self, slots: Sequence[Slot]) -> None:
        """Mark slots as missed that nobody has scored or is scoring."""
        self._execute_for(_MISS, slots)

    def claim(self, slot: Slot, origin: Origin) -> Claim | None:
        """Take the lease of a slot; None when it is written already or leased to another."""
        values = {**_key(slot), "origin": origin, "owner": self.owner, "lease_s": self._lease_s}
        with transaction(self._engine) as connection:
            attempt = connection.scalar(_CLAIM, values)
        return None if attempt is None else Claim(slot, attempt)

    @contextmanager
    def keep_lease(self, claim: Claim) -> Iterator[None]:
        """Prolong the lease in the background for as long as the block runs."""
        with Heartbeat("heartbeat", partial(self._beat, claim), self._lease_s / BEATS_PER_LEASE):
            yield

    def write(self, claim: Claim, scored: ScoredRides, on_step: OnStep) -> SlotRecord:
        """Write the rides and the slot's mark in one transaction.

        The rides are first copied into a table of this session alone: whoever hangs in the middle of that
        holds no lock that the next scorer of the slot would wait for. Then the mark is set under the fence,
        and the rides follow.

        Raises:
            LeaseLostError: the claim is not the last one of the slot any more; nothing was written.
        """
        slot, fingerprint = claim.slot, scored.rides.fingerprint()
        with transaction(self._engine) as connection:
            connection.execute(text(KEEP_DURABLE))
            connection.execute(text(_LIMITS), {"idle_ms": str(int(self._lease_s * 1000))})
            connection.execute(_STAGE)
            self._copy(connection, slot, scored, on_step)
            on_step(Step.COPIED)
            done_at = _now(connection)
            record = SlotRecord(
                slot,
                ended_as(slot, done_at),
                rows=len(scored.rides),
                model_version=scored.model_version,
                source=scored.source,
                attempts=claim.attempt,
                done_at=done_at,
                remark=scored.remark,
                fingerprint=fingerprint,
            )
            mark = connection.execute(_MARK, {**_own(claim), **_facts(record)}).one_or_none()
            if mark is None:
                raise LeaseLostError(
                    f"The slot {slot.slot_at.isoformat()} was taken over meanwhile; nothing was written."
                )
            connection.execute(_TAKE_OVER, {"slot_at": slot.slot_at, **_facts(record)})
            on_step(Step.MARKED)
        return replace(record, origin=Origin(mark.origin), started_at=mark.started_at)

    def give_back(self, claim: Claim, error: str) -> None:
        """Let go of a slot that could not be scored; it is due again."""
        with transaction(self._engine) as connection:
            connection.execute(_GIVE_BACK, {**_own(claim), "error": error, "pause_s": self._pause_s})

    def _execute_for(self, statement: Any, slots: Sequence[Slot]) -> None:
        if slots:
            with transaction(self._engine) as connection:
                connection.execute(statement, [_key(slot) for slot in slots])

    def _copy(self, connection: Connection, slot: Slot, scored: ScoredRides, on_step: OnStep) -> None:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for block in copy_blocks(staged_rows(slot.slot_at, scored)):
                copy.write(block)
                on_step(Step.COPYING)

    def _beat(self, claim: Claim) -> bool:
        """Prolong the lease; False when it was taken over, which the fence says when it comes to writing."""
        try:
            with transaction(self._engine) as connection:
                rows = connection.execute(_BEAT, {**_own(claim), "lease_s": self._lease_s}).rowcount
        except UnavailableError as error:
            _log.warning("heartbeat failed", slot_at=claim.slot.slot_at.isoformat(), why=error.detail)
            return True
        return bool(rows)


def _now(connection: Connection) -> datetime:
    now: datetime = connection.execute(_NOW).scalar_one()
    return now


def _key(slot: Slot) -> dict[str, object]:
    return {"slot_at": slot.slot_at, "length_min": slot.length_min}


def _own(claim: Claim) -> dict[str, object]:
    return {"slot_at": claim.slot.slot_at, "attempt": claim.attempt}


def _facts(record: SlotRecord) -> dict[str, object]:
    return {
        name: getattr(record, name)
        for name in ("state", "rows", "model_version", "source", "remark", "done_at", "fingerprint")
    }
