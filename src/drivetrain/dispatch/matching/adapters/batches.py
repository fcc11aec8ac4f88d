"""What the batch matcher reads in PostgreSQL, and who matches which city."""

from __future__ import annotations

from collections.abc import Sequence, Set

from sqlalchemy import Engine, RowMapping, text

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.matching.application.match_batch import WaitingRide
from drivetrain.dispatch.matching.application.match_rider import Ride

_ANYWHERE = City("", -90.0, -180.0, 90.0, 180.0)

# An offer that is over leaves its rider waiting, whether the sweeper has come by or not.
_WAITING = text("""
    WITH waiting AS (
        SELECT * FROM drivetrain.rides WHERE state = 'requested'
        UNION ALL SELECT * FROM drivetrain.rides WHERE state = 'offered' AND expires_at <= now()
    )
    SELECT request.*, extract(epoch FROM now() - waiting.requested_at)::double precision AS waited_s,
        ARRAY(
            SELECT driver_id FROM drivetrain.ride_refusals AS refusal WHERE refusal.request_id = request.request_id
        ) AS refused_by
    FROM waiting JOIN drivetrain.ride_requests AS request USING (request_id)
    WHERE origin_latitude BETWEEN :south AND :north AND origin_longitude BETWEEN :west AND :east
    ORDER BY waiting.requested_at, request_id LIMIT :most
""")
_HELD = text(
    "SELECT driver_id FROM drivetrain.driver_holds WHERE driver_id = ANY(:driver_ids) AND until > now()"
)
_TAKE = text("""
    INSERT INTO drivetrain.match_leases AS lease (city, owner, tenure, until)
    VALUES (:city, :owner, 1, now() + make_interval(secs => :lasts_s))
    ON CONFLICT (city) DO UPDATE
        SET owner = excluded.owner, until = excluded.until,
            tenure = lease.tenure + (CASE WHEN lease.owner = excluded.owner THEN 0 ELSE 1 END)
        WHERE lease.owner = excluded.owner OR lease.until <= now()
    RETURNING tenure
""")


class PostgresWaitingRides:
    """The port ``WaitingRides``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, city: City | None, most: int) -> Sequence[WaitingRide]:
        """Those who have waited longest."""
        box = _ANYWHERE if city is None else city
        values = {"south": box.south, "west": box.west, "north": box.north, "east": box.east, "most": most}
        with translating(), self._engine.connect() as connection:
            rows = connection.execute(_WAITING, values).mappings().all()
        return [_waiting(row) for row in rows]

    def held(self, driver_ids: Sequence[str]) -> Set[str]:
        """Which of some drivers are held."""
        with translating(), self._engine.connect() as connection:
            return set(connection.scalars(_HELD, {"driver_ids": list(driver_ids)}))


class PostgresLeases:
    """The port ``Leases``.

    Args:
        owner: names this process, and no other one ever.
        lasts_s: how long a city stays taken by a process that is silent, seconds.
    """

    def __init__(self, engine: Engine, *, owner: str, lasts_s: float) -> None:
        self._engine = engine
        self._owner = owner
        self._lasts_s = lasts_s

    def take(self, city: str) -> int | None:
        """Take the city for a while, or keep it."""
        values = {"city": city, "owner": self._owner, "lasts_s": self._lasts_s}
        with transaction(self._engine) as connection:
            tenure: int | None = connection.scalar(_TAKE, values)
        return tenure


def _waiting(row: RowMapping) -> WaitingRide:
    dropoff = None
    if row["destination_latitude"] is not None:
        dropoff = Place(row["destination_latitude"], row["destination_longitude"])
    pickup = Place(row["origin_latitude"], row["origin_longitude"])
    ride = Ride(row["rider_id"], row["request_id"], pickup, dropoff, row["preferred_vehicle"])
    return WaitingRide(ride, row["request_id"], max(0.0, row["waited_s"]) / 60, frozenset(row["refused_by"]))
