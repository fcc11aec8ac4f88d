"""Holding drivers in PostgreSQL: one statement for a group holds the drivers and writes the decisions.

The primary key of ``driver_holds`` is why no driver is held twice; a hold whose time is over is taken over in place.
Rows are locked in one order everywhere, drivers by id and then requests by id: two groups in another order would wait
for each other in a circle, a second each.
While one group is on its way, the next one fills. Nothing is connected before the first hold.
An offer that is over is not replaced in place. It is ended first, as the sweeper ends it, so that history and log say
what became of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from drivetrain.adapters.postgres.database import conninfo, translating
from drivetrain.adapters.postgres.record_connection import RecordConnection
from drivetrain.adapters.postgres.wire import COLUMNS, record
from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.core.groups import GroupedWrites
from drivetrain.dispatch.matching.application.ports import Hold, WantedHold

GROUP_LIMIT = 200
TIMEOUT_S = 5.0
_MOST_WAITING = 5_000

_HOLD = f"""
    WITH wanted AS (
        SELECT * FROM unnest(%(drivers)b::text[], %(requests)b::text[], %(riders)b::text[], %(offers)b::uuid[],
                             %(callers)b::text[]) AS wanted (driver_id, request_id, rider_id, offer_id, caller)
    ), held AS (
        INSERT INTO drivetrain.driver_holds AS hold (driver_id, request_id, offer_id, fence, until)
        SELECT driver_id, request_id, offer_id, nextval('drivetrain.hold_fences'), now() + make_interval(secs => %(offer_s)b)
        FROM wanted
        WHERE NOT EXISTS (
            SELECT FROM drivetrain.ride_refusals AS refusal
            WHERE refusal.request_id = wanted.request_id AND refusal.driver_id = wanted.driver_id
        )
        ORDER BY driver_id
        ON CONFLICT (driver_id) DO UPDATE
            SET request_id = excluded.request_id, offer_id = excluded.offer_id, fence = excluded.fence,
                until = excluded.until
            WHERE hold.until <= now()
        RETURNING driver_id, offer_id, fence, until
    ), offered AS (
        INSERT INTO drivetrain.rides AS ride
            (request_id, offer_id, driver_id, rider_id, fence, expires_at, state, version, changed_at,
             requested_at)
        SELECT wanted.request_id, held.offer_id, held.driver_id, wanted.rider_id, held.fence, held.until, 'offered', 1, now(),
            coalesce((SELECT to_timestamp(received_us / 1e6) FROM drivetrain.ride_requests AS request
                      WHERE request.request_id = wanted.request_id), now())
        FROM held JOIN wanted USING (offer_id) ORDER BY wanted.request_id
        ON CONFLICT (request_id) DO UPDATE
            SET offer_id = excluded.offer_id, driver_id = excluded.driver_id, fence = excluded.fence,
                expires_at = excluded.expires_at, state = excluded.state, version = ride.version + 1,
                changed_at = excluded.changed_at
            WHERE ride.state = 'requested'
        RETURNING request_id, offer_id, driver_id, fence, version
    ), noted AS (
        INSERT INTO drivetrain.ride_steps (request_id, version, state, driver_id, fence, actor, at)
        SELECT offered.request_id, offered.version, 'offered', offered.driver_id, offered.fence, wanted.caller, now()
        FROM offered JOIN wanted USING (offer_id)
    ), written AS (
        INSERT INTO drivetrain.decisions ({COLUMNS})
        SELECT {COLUMNS} FROM unnest(%(decisions)b::drivetrain.decision_row[])
        WHERE decision_id IN (SELECT offer_id FROM offered)
    )
    SELECT held.offer_id, held.fence, held.until, offered.offer_id IS NOT NULL
    FROM held LEFT JOIN offered USING (offer_id)
"""  # constants
RELEASE = """
    WITH in_vain AS (
        SELECT driver_id FROM drivetrain.driver_holds
        WHERE driver_id = ANY(%b::text[]) AND offer_id = ANY(%b::uuid[]) ORDER BY driver_id FOR UPDATE
    )
    DELETE FROM drivetrain.driver_holds AS hold USING in_vain WHERE hold.driver_id = in_vain.driver_id
"""  # locked in the order of drivers, as everywhere
_IS_OVER = """
    SELECT request_id FROM drivetrain.rides
    WHERE request_id = ANY(%b::text[]) AND state = 'offered' AND expires_at <= now()
"""


Rows = dict[str, tuple[Hold, bool]]
_NOT_HELD = (None, True)  # nothing to release


class PostgresHolder:
    """The port ``Holder``. One per process, used on one event loop.

    Args:
        url: as in ``open_engine``.
        offer_s: how long a hold lasts, seconds.
        end_offers: ends the offers of some requests whose time is over, blocking; None to leave that to the sweeper.
        timeout_s: longest wait for the database, seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        offer_s: float,
        end_offers: Callable[[Sequence[str]], object] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._end_offers = end_offers
        self._timeout_s = timeout_s
        self._offer_s = offer_s
        self._groups = GroupedWrites("holds of drivers", _members, self._hold)
        self._connection = RecordConnection(conninfo(url, application="holds", statement_timeout_s=timeout_s))

    async def hold(self, wanted: WantedHold) -> Hold | None:
        """Hold a driver and write the decision."""
        if len(self._groups) >= _MOST_WAITING:
            raise UnavailableError("Too many requests wait for a driver.", code="dispatch.holds_full")
        return await self._groups.result(wanted)

    async def _hold(self, group: Sequence[WantedHold]) -> Sequence[Hold | ConflictError | None]:
        try:
            async with asyncio.timeout(self._timeout_s):
                rows = await self._send(group)
        except TimeoutError:
            await self._connection.close()
            raise UnavailableError(
                "The database does not answer in time.", code="database.unavailable"
            ) from None
        except UnavailableError:
            await self._connection.close()
            raise
        return [_result(wanted, rows.get(wanted.decision.decision_id)) for wanted in group]

    async def _send(self, wanted: Sequence[WantedHold]) -> Rows:
        """The holds by offer, each with whether the request could have it; of those that could not, none is left."""
        rows = await self._hold_each(wanted)
        again = await self._release(wanted, rows)
        if again and self._end_offers is not None:
            await asyncio.to_thread(self._end_offers, [each.request_id for each in again])
            for each in again:
                del rows[each.decision.decision_id]
            rows |= await self._hold_each(again)
            await self._release(again, rows)
        return rows

    async def _hold_each(self, wanted: Sequence[WantedHold]) -> Rows:
        """Hold all of them at once; those that could not be held are not among the rows."""
        with translating():
            connection = await self._connection.get()
            records = self._connection.records([record(each.decision) for each in wanted])
            cursor = await connection.execute(
                _HOLD,
                {
                    "drivers": [each.driver_id for each in wanted],
                    "requests": [each.request_id for each in wanted],
                    "riders": [each.rider_id for each in wanted],
                    "offers": [each.decision.decision_id for each in wanted],
                    "callers": [each.decision.caller for each in wanted],
                    "offer_s": self._offer_s,
                    "decisions": records,
                },
                prepare=True,
            )
            return {
                str(offer): (Hold(fence, until), is_offered)
                for offer, fence, until, is_offered in await cursor.fetchall()
            }

    async def _release(self, wanted: Sequence[WantedHold], rows: Rows) -> Sequence[WantedHold]:
        """Release drivers whose request could not have them; those of them whose request has an offer that is over."""
        in_vain = [each for each in wanted if not rows.get(each.decision.decision_id, _NOT_HELD)[1]]
        if not in_vain:
            return ()
        with translating():
            connection = await self._connection.get()
            drivers = [each.driver_id for each in in_vain]
            await connection.execute(RELEASE, (drivers, [each.decision.decision_id for each in in_vain]))
            cursor = await connection.execute(_IS_OVER, ([each.request_id for each in in_vain],))
            over = {request_id for (request_id,) in await cursor.fetchall()}
        return [each for each in in_vain if each.request_id in over]


def _members(waiting: Sequence[WantedHold]) -> Sequence[int]:
    """Sorted by driver; no driver and no request twice, which one statement could not do."""
    drivers, requests, places = set[str](), set[str](), list[int]()
    for place, wanted in enumerate(waiting):
        if len(places) == GROUP_LIMIT:
            break
        if wanted.driver_id not in drivers and wanted.request_id not in requests:
            drivers.add(wanted.driver_id)
            requests.add(wanted.request_id)
            places.append(place)
    return sorted(places, key=lambda place: waiting[place].driver_id)


def _result(wanted: WantedHold, row: tuple[Hold, bool] | None) -> Hold | ConflictError | None:
    """The hold; None where somebody else holds the driver."""
    if row is None:
        return None
    hold, is_offered = row
    return hold if is_offered else _already_offered(wanted.request_id)


def _already_offered(request_id: str) -> ConflictError:
    return ConflictError(
        f"The request {request_id} has an offer that has not expired, or is past being offered.",
        code="dispatch.already_offered",
    )
