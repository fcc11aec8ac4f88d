"""Rides in PostgreSQL whose time is over, changed in groups."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, TextClause, func, select, text

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.event_log import EventLog
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.matching.adapters.rides import step_event
from drivetrain.dispatch.matching.domain.life import TRANSITIONS, RideStep

SWEEPER = "sweeper"
"""Who did it, in histories."""

_LOOK_BACK_S = 60.0
"""So long after it came a request may become visible: its group waits for the log, and clocks differ."""

QUIET_AFTER_S = 3.0
"""Longer than the pause between two notices of one process, of which the second tells nobody."""

_FIRST_LOOK_BACK_S = 86_400.0
"""Of a process that begins. Rides are kept for a day at least, so that none is begun again after it was removed."""

# Of events only: what was asked for with a hold has its row from the first offer on.
_IS_ANY_NEW = text("""
    SELECT clock_timestamp() AS now, EXISTS (
        SELECT FROM drivetrain.ride_requests AS request
        WHERE received_us >= :since_us
            AND NOT EXISTS (SELECT FROM drivetrain.rides WHERE rides.request_id = request.request_id)
    ) AS is_any
""")
_TAKE_UP = text("""
    WITH arrived AS (
        SELECT request_id, rider_id, to_timestamp(received_us / 1e6) AS requested_at
        FROM drivetrain.ride_requests AS request
        WHERE received_us >= :since_us
            AND NOT EXISTS (SELECT FROM drivetrain.rides WHERE rides.request_id = request.request_id)
        ORDER BY received_us LIMIT :most
    ), begun AS (
        INSERT INTO drivetrain.rides (request_id, rider_id, state, version, changed_at, requested_at)
        SELECT request_id, rider_id, 'requested', 0, now(), requested_at FROM arrived ORDER BY request_id
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM arrived
""")
_NOW = text("SELECT clock_timestamp()")
_IS_ANY_OFFERED = text("SELECT EXISTS (SELECT FROM drivetrain.rides WHERE state = 'offered')")

_CONDITIONS: Mapping[RideStep, str] = {
    RideStep.EXPIRE: "state = 'offered' AND expires_at <= now()",
    RideStep.GIVE_UP: "state = 'requested' AND requested_at <= now() - make_interval(secs => :patience_s)",
    RideStep.ABANDON: "state IN ('accepted', 'picked_up') AND changed_at <= now() - make_interval(secs => :ride_s)",
}
_NO_OFFER = ", offer_id = NULL, driver_id = NULL, fence = NULL, expires_at = NULL"
"""After an offer that is over: its fence is refused as an old one."""

# Before the rides: whoever offers a ride locks the drivers first, too, and in this order.
_LOCK_DRIVERS = text("""
    SELECT FROM drivetrain.driver_holds WHERE offer_id = ANY(:offers) AND driver_id = ANY(:drivers)
    ORDER BY driver_id FOR UPDATE
""")


def _due(step: RideStep) -> TextClause:
    return text(
        f"SELECT request_id, driver_id, offer_id FROM drivetrain.rides WHERE {_CONDITIONS[step]} LIMIT :most"
    )  # a constant


_DUE_OF = text(f"""
    SELECT request_id, driver_id, offer_id FROM drivetrain.rides
    WHERE request_id = ANY(:request_ids) AND {_CONDITIONS[RideStep.EXPIRE]}
""")  # a constant


def _change(step: RideStep) -> TextClause:
    """The step with those of some rides whose time is still over."""
    return text(f"""
        WITH due AS (
            SELECT request_id, driver_id, fence FROM drivetrain.rides
            WHERE request_id = ANY(:request_ids) AND {_CONDITIONS[step]} ORDER BY request_id FOR UPDATE
        ), changed AS (
            UPDATE drivetrain.rides AS ride
            SET state = :ends, version = version + 1, changed_at = now(){_NO_OFFER if step is RideStep.EXPIRE else ""}
            FROM due WHERE ride.request_id = due.request_id
            RETURNING ride.request_id, ride.version, ride.state, ride.changed_at, due.driver_id, due.fence
        ), noted AS (
            INSERT INTO drivetrain.ride_steps (request_id, version, state, driver_id, fence, actor, at)
            SELECT request_id, version, state, driver_id, fence, '{SWEEPER}', changed_at FROM changed
        ), freed AS (
            DELETE FROM drivetrain.driver_holds AS hold USING changed
            WHERE hold.driver_id = changed.driver_id AND hold.fence = changed.fence
        )
        SELECT * FROM changed ORDER BY request_id
    """)  # constants


_DUE = {step: _due(step) for step in _CONDITIONS}
_CHANGE = {step: _change(step) for step in _CONDITIONS}


class PostgresOverdueRides:
    """The port ``OverdueRides``.

    Args:
        patience_s: how long a request waits for a driver, seconds.
        ride_s: how long an accepted ride holds its driver at most, seconds.
    """

    def __init__(self, engine: Engine, log: EventLog, *, patience_s: float, ride_s: float) -> None:
        self._engine = engine
        self._log = log
        self._limits = {"patience_s": patience_s, "ride_s": ride_s}
        self._since_us: int | None = None
        self._news_at = float("-inf")

    def take_up(self, most: int) -> int:
        """Begin the rides of new requests; how many there were, those included that another process has just begun."""
        since_us, (now, is_any) = self._look()
        count = 0
        if is_any:
            with transaction(self._engine) as connection:
                count = connection.execute(_TAKE_UP, {"since_us": since_us, "most": most}).scalar_one()
            self._news_at = time.monotonic()
        if count < most:
            self._since_us = _micros(now, _LOOK_BACK_S)
        return count

    def end(self, step: RideStep, most: int) -> int:
        """Do a step with rides whose time for it has come."""
        if not self._is_any_due(step):
            return 0
        sole = select(func.pg_try_advisory_xact_lock(func.hashtextextended("sweep of rides", 0)))
        with transaction(self._engine) as connection:
            if not connection.scalar(sole):
                return 0
            due = connection.execute(_DUE[step], {**self._limits, "most": most}).all()
            count = _end(connection, self._log, step, due, self._limits)
        self._news_at = time.monotonic()
        return count

    def is_quiet(self) -> bool:
        """Whether no offer stands, and nothing was done for some seconds."""
        if time.monotonic() - self._news_at < QUIET_AFTER_S:
            return False
        with translating(), self._reading().connect() as connection:
            return not connection.execute(_IS_ANY_OFFERED).scalar_one()

    def _look(self) -> tuple[int, Row[tuple[datetime, bool]]]:
        """Since when requests are looked for, microseconds since 1970; the time, and whether there is a new one."""
        with translating(), self._reading().connect() as connection:
            since_us = self._since_us
            if since_us is None:
                since_us = _micros(connection.execute(_NOW).scalar_one(), _FIRST_LOOK_BACK_S)
            self._since_us = since_us
            return since_us, connection.execute(_IS_ANY_NEW, {"since_us": since_us}).one()

    def _is_any_due(self, step: RideStep) -> bool:
        """Whether there is anything to do: one statement, where a transaction of an idle platform takes four."""
        with translating(), self._reading().connect() as connection:
            return connection.execute(_DUE[step], {**self._limits, "most": 1}).first() is not None

    def _reading(self) -> Engine:
        return self._engine.execution_options(isolation_level="AUTOCOMMIT")


class PostgresExpiredOffers:
    """Ends the offers of some requests whose time is over, for whoever wants to offer these again."""

    def __init__(self, engine: Engine, log: EventLog) -> None:
        self._engine = engine
        self._log = log

    def __call__(self, request_ids: Sequence[str]) -> int:
        """End them; how many there were. Each is a step in history and log, as where the sweeper ends it.

        Raises:
            UnavailableError: the database cannot be reached; nothing was done.
        """
        with transaction(self._engine) as connection:
            due = connection.execute(_DUE_OF, {"request_ids": list(request_ids)}).all()
            return _end(connection, self._log, RideStep.EXPIRE, due, {})


def _end(
    connection: Connection,
    log: EventLog,
    step: RideStep,
    due: Sequence[Row[Any]],
    limits: Mapping[str, float],
) -> int:
    """Do a step with those of some rides whose time for it is still over; how many."""
    if not due:
        return 0
    held = [ride for ride in due if ride.offer_id is not None]
    connection.execute(
        _LOCK_DRIVERS,
        {"offers": [ride.offer_id for ride in held], "drivers": [ride.driver_id for ride in held]},
    )
    values = {
        **limits,
        "request_ids": [ride.request_id for ride in due],
        "ends": TRANSITIONS[step].ends.value,
    }
    changed = connection.execute(_CHANGE[step], values).mappings().all()
    log.append({REQUESTS: [step_event(ride, step) for ride in changed]}, connection=connection)
    return len(changed)


def _micros(instant: datetime, ago_s: float) -> int:
    return round((instant.timestamp() - ago_s) * 1e6)
