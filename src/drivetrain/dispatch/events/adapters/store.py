"""Events in the database: requests of riders in their table, and everything in the log, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, RowMapping, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.event_log import EventLog
from drivetrain.dispatch.events.adapters.encoding import encode_request, encode_update
from drivetrain.dispatch.events.application.ports import Arrivals, RequestsById
from drivetrain.dispatch.events.domain.events import DRIVERS, REQUESTS, Place, RiderRequest

# Columns as arrays: with a parameter for each value, 7,282 requests would be more than the protocol takes.
_ADD = text("""
    INSERT INTO drivetrain.ride_requests
        (request_id, rider_id, origin_latitude, origin_longitude, destination_latitude, destination_longitude,
         preferred_vehicle, occurred_us, received_us)
    SELECT * FROM unnest(
        CAST(:request_id AS text[]), CAST(:rider_id AS text[]),
        CAST(:origin_latitude AS double precision[]), CAST(:origin_longitude AS double precision[]),
        CAST(:destination_latitude AS double precision[]), CAST(:destination_longitude AS double precision[]),
        CAST(:preferred_vehicle AS text[]), CAST(:occurred_us AS bigint[]), CAST(:received_us AS bigint[])
    ) AS arrived (request_id)
    ORDER BY arrived.request_id COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING request_id
""")
_FIND = text("SELECT * FROM drivetrain.ride_requests WHERE request_id = ANY(:request_ids)")


class PostgresEventStore:
    """Writes groups of events. Blocking."""

    def __init__(self, engine: Engine, log: EventLog) -> None:
        self._engine = engine
        self._log = log

    def write(self, group: Sequence[Arrivals]) -> RequestsById:
        """Make them durable, all or none; the request that stands under each id of the group.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        if not any(arrivals.requests for arrivals in group):
            self._log.append(
                {DRIVERS: [encode_update(each) for arrivals in group for each in arrivals.updates]}
            )
            return {}
        with transaction(self._engine) as connection:
            return self.write_in(connection, group)

    def write_in(self, connection: Connection, group: Sequence[Arrivals]) -> RequestsById:
        """The same in a transaction of the caller: they are kept if that commits."""
        updates = [encode_update(update) for arrivals in group for update in arrivals.updates]
        arrived = _first_of_each(group)
        known = _add_requests(connection, arrived) if arrived else {}
        requests = [
            encode_request(request) for request, _ in arrived.values() if request.request_id not in known
        ]
        self._log.append({DRIVERS: updates, REQUESTS: requests}, connection=connection)
        return {request_id: request for request_id, (request, _) in arrived.items()} | known


def _first_of_each(group: Sequence[Arrivals]) -> dict[str, tuple[RiderRequest, int]]:
    """Of requests with one id the first, with the time it arrived; sorted by id.

    Sorted, so that two groups with the same requests never wait for each other in a circle.
    """
    arrived = {
        request.request_id: (request, arrivals.received_us)
        for arrivals in reversed(group)
        for request in arrivals.requests
    }
    return dict(sorted(arrived.items()))


def _add_requests(
    connection: Connection, arrived: Mapping[str, tuple[RiderRequest, int]]
) -> dict[str, RiderRequest]:
    """Add those that are new; the others as they are known."""
    rows = [_row(request, received_us) for request, received_us in arrived.values()]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    added = set(connection.scalars(_ADD, columns))
    others = sorted(arrived.keys() - added)
    if not others:
        return {}
    # a new statement, and so a new snapshot: what made the conflict has committed
    known = connection.execute(_FIND, {"request_ids": others}).mappings()
    return {row["request_id"]: _request(row) for row in known}


def _row(request: RiderRequest, received_us: int) -> dict[str, object]:
    destination = request.destination
    return {
        "request_id": request.request_id,
        "rider_id": request.rider_id,
        "origin_latitude": request.origin.latitude,
        "origin_longitude": request.origin.longitude,
        "destination_latitude": None if destination is None else destination.latitude,
        "destination_longitude": None if destination is None else destination.longitude,
        "preferred_vehicle": request.preferred_vehicle,
        "occurred_us": request.occurred_us,
        "received_us": received_us,
    }


def _request(row: RowMapping) -> RiderRequest:
    destination = None
    if row["destination_latitude"] is not None:
        destination = Place(row["destination_latitude"], row["destination_longitude"])
    return RiderRequest(
        row["request_id"],
        row["rider_id"],
        Place(row["origin_latitude"], row["origin_longitude"]),
        destination,
        row["preferred_vehicle"],
        row["occurred_us"],
    )
