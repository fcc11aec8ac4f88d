"""Requests in PostgreSQL as a desk looks at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, RowMapping, text

from drivetrain.adapters.postgres.database import translating
from drivetrain.dispatch.board.application.ports import (
    Happening,
    ListedRide,
    Minute,
    RideCursor,
    RidesNow,
    WaitingRider,
)
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.events.domain.synthetic import PREFIX
from drivetrain.dispatch.matching.adapters.overdue import SWEEPER
from drivetrain.dispatch.matching.domain.life import RideState

MINUTES = 30
MOST_WAITING = 500

_IS_SYNTHETIC = f"bool_or(starts_with(request_id, '{PREFIX}-'))"

# Each state by its own condition, as the partial indices have them. An offer that is over counts as requested.
_OPEN = text(f"""
    SELECT 'requested' AS state, count(*), {_IS_SYNTHETIC} FROM drivetrain.rides WHERE state = 'requested'
    UNION ALL
    SELECT CASE WHEN expires_at > now() THEN 'offered' ELSE 'requested' END, count(*), {_IS_SYNTHETIC}
    FROM drivetrain.rides WHERE state = 'offered' GROUP BY 1
    UNION ALL
    SELECT state, count(*), {_IS_SYNTHETIC} FROM drivetrain.rides WHERE state IN ('accepted', 'picked_up') GROUP BY 1
""")  # constants
_WAITING = text("""
    WITH waiting AS (
        SELECT * FROM drivetrain.rides WHERE state = 'requested'
        UNION ALL SELECT * FROM drivetrain.rides WHERE state = 'offered'
        UNION ALL SELECT * FROM drivetrain.rides WHERE state IN ('accepted', 'picked_up') AND state = 'accepted'
        ORDER BY requested_at, request_id LIMIT :most
    )
    SELECT waiting.*, coalesce(state = 'offered' AND expires_at <= now(), false) AS is_over,
        origin_latitude, origin_longitude
    FROM waiting LEFT JOIN drivetrain.ride_requests USING (request_id) ORDER BY requested_at, waiting.request_id
""")
# Who asked by a match alone has no event; their first offer stands for the request.
HAPPENINGS = text(f"""
    SELECT date_trunc('minute', to_timestamp(received_us / 1e6)) AS minute, 'requested' AS happening, count(*),
        {_IS_SYNTHETIC}
    FROM drivetrain.ride_requests WHERE received_us >= CAST(:since_us AS bigint) GROUP BY 1
    UNION ALL
    SELECT date_trunc('minute', at), 'requested', count(*), {_IS_SYNTHETIC} FROM drivetrain.ride_steps AS step
    WHERE at >= :since AND version = 1 AND state = 'offered'
        AND NOT EXISTS (SELECT FROM drivetrain.ride_requests AS request WHERE request.request_id = step.request_id)
    GROUP BY 1
    UNION ALL
    SELECT date_trunc('minute', at),
        CASE WHEN state <> 'requested' THEN state WHEN actor = '{SWEEPER}' THEN 'expired' ELSE 'declined' END, count(*),
        {_IS_SYNTHETIC}
    FROM drivetrain.ride_steps WHERE at >= :since GROUP BY 1, 2
""")  # constants
LATEST = """
    SELECT *, coalesce(state = 'offered' AND expires_at <= now(), false) AS is_over
    FROM drivetrain.rides WHERE {conditions} ORDER BY changed_at DESC, request_id DESC LIMIT :most
"""
OF_STATE = "state = :state"
_BEFORE = "(changed_at, request_id) < (:changed_at, :request_id)"


class PostgresRideBoard:
    """The port ``RideBoard``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def now(self) -> RidesNow:
        """How requests stand."""
        with translating(), self._engine.connect() as connection:
            at: datetime = connection.execute(text("SELECT now()")).scalar_one()
            since = at.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
            by_state: dict[RideState, int] = defaultdict(int)
            has_synthetic = False
            for state, count, is_synthetic in connection.execute(_OPEN):
                by_state[RideState(state)] += count
                has_synthetic |= bool(is_synthetic)
            waiting = connection.execute(_WAITING, {"most": MOST_WAITING}).mappings().all()
            since_us = round(
                since.timestamp() * 1e6
            )  # an integer, as in the index: of a numeric it knows nothing
            happened = connection.execute(HAPPENINGS, {"since": since, "since_us": since_us}).all()
        counts: dict[datetime, dict[Happening, int]] = defaultdict(lambda: defaultdict(int))
        for minute, happening, count, is_synthetic in happened:
            counts[minute][Happening(happening)] += count
            has_synthetic |= is_synthetic
        minutes = [since + timedelta(minutes=number) for number in range(MINUTES)]
        return RidesNow(
            at,
            by_state,
            [_waiting(row) for row in waiting],
            [Minute(each, counts[each]) for each in minutes],
            has_synthetic,
        )

    def latest(self, state: RideState | None, before: RideCursor | None, most: int) -> Sequence[ListedRide]:
        """Requests, those that changed last first."""
        conditions = ["true"] + [OF_STATE] * (state is not None) + [_BEFORE] * (before is not None)
        values = {
            "state": state,
            "changed_at": None if before is None else before.changed_at,
            "request_id": None if before is None else before.request_id,
            "most": most,
        }
        query = text(LATEST.format(conditions=" AND ".join(conditions)))  # constants
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(query, values).mappings().all()
        return [_listed(row) for row in rows]


def _state(row: RowMapping) -> RideState:
    return RideState.REQUESTED if row["is_over"] else RideState(row["state"])


def _waiting(row: RowMapping) -> WaitingRider:
    has_place = row["origin_latitude"] is not None
    state = _state(row)
    return WaitingRider(
        row["request_id"],
        row["rider_id"],
        state,
        row["requested_at"],
        None if state is RideState.REQUESTED else row["driver_id"],
        Place(row["origin_latitude"], row["origin_longitude"]) if has_place else None,
    )


def _listed(row: RowMapping) -> ListedRide:
    state = _state(row)
    has_offer = state is not RideState.REQUESTED
    return ListedRide(
        row["request_id"],
        row["rider_id"],
        state,
        row["version"],
        row["driver_id"] if has_offer else None,
        row["expires_at"] if state is RideState.OFFERED else None,
        row["requested_at"],
        row["changed_at"],
    )
