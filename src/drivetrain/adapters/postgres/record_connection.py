"""The one asynchronous connection of a process over which decisions are written."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from drivetrain.adapters.postgres.database import KEEP_DURABLE
from drivetrain.adapters.postgres.wire import RecordArray, RecordArrayDumper

_RECORD_OID = "SELECT 'drivetrain.decision_row'::regtype::oid"


class RecordConnection:
    """Opened when it is first needed, and again after it was closed; used on one event loop.

    Args:
        dsn: of psycopg.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.AsyncConnection | None = None
        self._record_oid = 0

    async def get(self) -> psycopg.AsyncConnection:
        """The open connection; what it commits is on disk.

        Raises:
            psycopg.Error: it cannot be opened.
        """
        if self._connection is None:
            connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
            self._connection = connection  # kept from here on, so that a failure below closes it
            connection.adapters.register_dumper(RecordArray, RecordArrayDumper)
            await connection.execute(KEEP_DURABLE)
            row = await (await connection.execute(_RECORD_OID)).fetchone()
            self._record_oid = row[0] if row else 0
        return self._connection

    def records(self, records: Sequence[bytes]) -> RecordArray:
        """Decisions as a parameter of a statement of the open connection."""
        return RecordArray(records, self._record_oid)

    async def close(self) -> None:
        """Close it, if it is open."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
