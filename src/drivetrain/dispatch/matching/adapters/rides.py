"""The lives of requests in PostgreSQL: each step a compare-and-set, with its hold, its history and its event."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, Engine, RowMapping, text

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.event_log import EventLog, NewEvent
from drivetrain.core.time import iso_utc
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.matching.application.live_rides import RideEvent, RideRecord
from drivetrain.dispatch.matching.domain.life import TRANSITIONS, RideState, RideStep, Transition

# A request that came as an event and about which nothing was done has no row yet.
_BEGIN = text("""
    INSERT INTO drivetrain.rides (request_id, rider_id, state, version, changed_at, requested_at)
    SELECT request_id, rider_id, 'requested', 0, now(), to_timestamp(received_us / 1e6)
    FROM drivetrain.ride_requests WHERE request_id = :request_id
    ON CONFLICT DO NOTHING
""")
# Before the ride itself: whoever offers a ride locks the drivers first, too.
_LOCK_DRIVER = text("""
    SELECT FROM drivetrain.driver_holds
    WHERE driver_id = (SELECT driver_id FROM drivetrain.rides WHERE request_id = :request_id) FOR UPDATE
""")
_STEP = text("""
    UPDATE drivetrain.rides SET state = :ends, version = version + 1, changed_at = now()
    WHERE request_id = :request_id AND state = ANY(:begins)
        AND (CAST(:fence AS bigint) IS NULL OR fence = :fence)
        AND (:step <> 'accept' OR expires_at > now())
    RETURNING *, (
        SELECT offer.at FROM drivetrain.ride_steps AS offer
        WHERE offer.request_id = rides.request_id AND offer.version = rides.version - 1 AND offer.state = 'offered'
    ) AS offered_at
""")
_NOTE = text("""
    INSERT INTO drivetrain.ride_steps (request_id, version, state, driver_id, fence, actor, at)
    VALUES (:request_id, :version, :state, :driver_id, :fence, :actor, :changed_at)
""")
_KEEP = text("""
    UPDATE drivetrain.driver_holds SET until = now() + make_interval(secs => :ride_s)
    WHERE driver_id = :driver_id AND fence = :fence
""")
_FREE = text("DELETE FROM drivetrain.driver_holds WHERE driver_id = :driver_id AND fence = :fence")
_REFUSE = text(
    "INSERT INTO drivetrain.ride_refusals (request_id, driver_id) VALUES (:request_id, :driver_id) ON CONFLICT DO NOTHING"
)
_FIND = text("""
    SELECT rides.*, coalesce(state = 'offered' AND expires_at <= now(), false) AS is_over
    FROM drivetrain.rides WHERE request_id = :request_id
""")
_UNTOUCHED = text("SELECT request_id, rider_id FROM drivetrain.ride_requests WHERE request_id = :request_id")
_HISTORY = text("SELECT * FROM drivetrain.ride_steps WHERE request_id = :request_id ORDER BY version")


class PostgresRideStore:
    """The port ``RideStore``.

    Args:
        ride_s: how long an accepted ride holds its driver at most, seconds.
    """

    def __init__(self, engine: Engine, log: EventLog, *, ride_s: float) -> None:
        self._engine = engine
        self._log = log
        self._ride_s = ride_s

    def step(self, request_id: str, step: RideStep, fence: int | None, actor: str) -> RideRecord:
        """Do a step."""
        transition = TRANSITIONS[step]
        values = {
            "request_id": request_id,
            "step": step.value,
            "fence": fence,
            "begins": [state.value for state in sorted(transition.begins)],
            "ends": transition.ends.value,
        }
        busy = ConflictError("The driver is on another ride.", code="dispatch.driver_on_ride")
        with transaction(self._engine, conflict=busy) as connection:
            connection.execute(_BEGIN, {"request_id": request_id})
            connection.execute(_LOCK_DRIVER, {"request_id": request_id})
            ride = connection.execute(_STEP, values).mappings().one_or_none()
            if ride is None:
                raise _why_not(connection, request_id, step, fence)
            self._follow(connection, ride, step, transition)
            connection.execute(_NOTE, {**ride, "actor": actor})
            self._log.append({REQUESTS: [step_event(ride, step)]}, connection=connection)
        return _record(ride)

    def find(self, request_id: str) -> RideRecord:
        """The request with its history."""
        with translating(), self._engine.connect() as connection:
            ride = connection.execute(_FIND, {"request_id": request_id}).mappings().one_or_none()
            if ride is None:
                untouched = (
                    connection.execute(_UNTOUCHED, {"request_id": request_id}).mappings().one_or_none()
                )
                if untouched is None:
                    raise _unknown(request_id)
                return RideRecord(
                    request_id, untouched["rider_id"], RideState.REQUESTED, 0, None, None, None, None
                )
            steps = connection.execute(_HISTORY, {"request_id": request_id}).mappings().all()
        history = [
            RideEvent(RideState(each["state"]), each["at"], each["driver_id"], each["fence"], each["actor"])
            for each in steps
        ]
        return _record(ride, history)

    def _follow(
        self, connection: Connection, ride: RowMapping, step: RideStep, transition: Transition
    ) -> None:
        """What a step does to the hold of the driver."""
        driver = {"driver_id": ride["driver_id"], "fence": ride["fence"]}
        if transition.keeps_driver:
            kept = connection.execute(_KEEP, {**driver, "ride_s": self._ride_s}).rowcount
            if step is RideStep.ACCEPT and not kept:
                raise _expired(ride["request_id"])
        else:
            connection.execute(_FREE, driver)
        if step is RideStep.DECLINE:
            connection.execute(_REFUSE, {"request_id": ride["request_id"], "driver_id": ride["driver_id"]})


def _why_not(connection: Connection, request_id: str, step: RideStep, fence: int | None) -> Exception:
    """Why a step changed nothing."""
    ride = connection.execute(_FIND, {"request_id": request_id}).mappings().one_or_none()
    if ride is None:
        return _unknown(request_id)
    is_of_offer = fence is None or fence == ride["fence"]
    if not is_of_offer or (step is RideStep.ACCEPT and ride["is_over"]):
        return _expired(request_id)
    return ConflictError(
        f"The request {request_id} is {ride['state']}; {step.value} is not possible then.",
        code="dispatch.step_not_possible",
    )


def _unknown(request_id: str) -> NotFoundError:
    return NotFoundError(f"There is no request {request_id}.", code="dispatch.unknown_request")


def _expired(request_id: str) -> ConflictError:
    return ConflictError(
        f"The offer of request {request_id} is over, or this is not its fence.", code="dispatch.offer_expired"
    )


def step_event(ride: RowMapping, step: RideStep) -> NewEvent:
    """A step that was done, for the log."""
    fields: dict[str, Any] = {
        "kind": step.value,
        "request_id": ride["request_id"],
        "state": ride["state"],
        "version": ride["version"],
        "driver_id": ride["driver_id"],
        "fence": ride["fence"],
        "at": iso_utc(ride["changed_at"]),
    }
    if ride.get("offered_at") is not None:  # of an answer to an offer
        fields["offered_at"] = iso_utc(ride["offered_at"])
    return NewEvent(ride["request_id"], orjson.dumps(fields))


def _record(ride: RowMapping, history: list[RideEvent] | None = None) -> RideRecord:
    is_over = bool(ride.get("is_over", False))
    has_offer = ride["state"] in {"offered", "accepted", "picked_up", "completed"} and not is_over
    return RideRecord(
        ride["request_id"],
        ride["rider_id"],
        RideState.REQUESTED if is_over else RideState(ride["state"]),
        ride["version"],
        ride["driver_id"] if has_offer else None,
        str(ride["offer_id"]) if has_offer else None,
        ride["fence"] if has_offer else None,
        ride["expires_at"] if has_offer and ride["state"] == "offered" else None,
        history or (),
    )
