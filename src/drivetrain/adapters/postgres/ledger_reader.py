"""Reading single decisions back and joining outcomes to them, beside the writer and never in its way."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from drivetrain.adapters.postgres.database import conninfo, translating
from drivetrain.adapters.postgres.wire import COLUMNS
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.serving.predictions import LoggedDecision, ModelRef, Outcome, OutcomeReceipt

_POOL_SIZE = 2
_CONNECTION_PATIENCE_S = 1.0
"""The longest a request waits for a connection; with a server that is there it takes milliseconds."""

_DECISION = f"SELECT {COLUMNS} FROM drivetrain.decisions WHERE decision_id = %s".replace(  # constants
    "input,", "input::text AS input,"
).replace("answer,", "answer::text AS answer,")

_OUTCOMES = """
    SELECT name, value, observed_at, recorded_by FROM drivetrain.outcomes
    WHERE decision_id = %s ORDER BY observed_at, name
"""

_ADD_OUTCOME = """
    INSERT INTO drivetrain.outcomes (decision_id, name, value, observed_at, recorded_by) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (decision_id, name) DO NOTHING
"""

_KEPT_OUTCOME = """
    SELECT value = %s AS is_same, observed_at, recorded_by FROM drivetrain.outcomes WHERE decision_id = %s AND name = %s
"""


class PostgresDecisionReader:
    """The port ``DecisionReader``: a small pool of connections that opens on first use and survives a restart of the server."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._pool = AsyncConnectionPool(
            conninfo(url, application="ledger reader", statement_timeout_s=timeout_s),
            kwargs={"autocommit": True},
            min_size=0,
            max_size=_POOL_SIZE,
            timeout=min(timeout_s, _CONNECTION_PATIENCE_S),
            # the next request tries again at once; the pool would wait longer after each attempt, also for a server
            # that has come back meanwhile
            reconnect_timeout=0,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )

    async def open(self) -> None:
        """Get ready; connects to nothing yet."""
        await self._pool.open()

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    async def get(self, decision_id: str) -> LoggedDecision:
        """Read one decision with its outcomes, oldest observation first.

        Raises:
            NotFoundError: no such decision.
            UnavailableError: the database cannot be reached in time.
        """
        key = _key(decision_id)
        with translating():
            async with (
                self._pool.connection() as connection,
                connection.cursor(row_factory=dict_row) as cursor,
            ):
                row = await (await cursor.execute(_DECISION, (key,))).fetchone()
                outcomes = await (await cursor.execute(_OUTCOMES, (key,))).fetchall()
        if row is None:
            raise _not_found(decision_id)
        return LoggedDecision(
            decision_id=str(row["decision_id"]),
            decided_at=row["decided_at"],
            product=row["product"],
            model=ModelRef(row["model"], row["version"]),
            input=json.loads(row["input"]),
            features=tuple(row["features"]),
            answer=json.loads(row["answer"]),
            latency_us=row["latency_us"],
            caller=row["caller"],
            request_id=row["request_id"],
            outcomes=tuple(Outcome(**outcome) for outcome in outcomes),
        )

    async def add_outcome(self, decision_id: str, outcome: Outcome) -> OutcomeReceipt:
        """Join an outcome; the same value again changes nothing, not even when it was observed or who recorded it.

        Raises:
            NotFoundError: no such decision.
            ConflictError: an outcome of that name with another value stands already.
            UnavailableError: the database cannot be reached in time.
        """
        key = _key(decision_id)
        row = (key, outcome.name, outcome.value, outcome.observed_at, outcome.recorded_by)
        with translating(conflict=_not_found(decision_id)):
            async with self._pool.connection() as connection:
                if (await connection.execute(_ADD_OUTCOME, row)).rowcount:
                    return OutcomeReceipt(outcome, is_new=True)
                is_same, observed_at, recorded_by = await (
                    await connection.execute(_KEPT_OUTCOME, (outcome.value, key, outcome.name))
                ).fetchone() or (False, None, None)
        if not is_same:
            raise ConflictError(
                f"Decision {decision_id} has another value for outcome {outcome.name!r} already; outcomes are never changed.",
                code="ledger.outcome_conflict",
            )
        return OutcomeReceipt(
            replace(outcome, observed_at=observed_at, recorded_by=recorded_by), is_new=False
        )


def _key(decision_id: str) -> UUID:
    try:
        return UUID(decision_id)
    except ValueError:
        raise _not_found(decision_id) from None


def _not_found(decision_id: str) -> NotFoundError:
    return NotFoundError(f"The ledger has no decision {decision_id!r}.", code="ledger.decision_not_found")
