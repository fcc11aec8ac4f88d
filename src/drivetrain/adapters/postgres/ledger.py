"""The decision ledger while requests wait: decisions are written in groups, on the event loop.

While one group is being written, the next one fills; waiting longer to let groups grow was measured and gains
nothing. No thread takes part: a hand-over of the interpreter's lock costs more than the write itself.
What a decision can meet:

- *durable*: its group is committed; the caller goes on.
- *refused*: PostgreSQL cannot store this one (InvalidInputError). The rest of its group is written one by
  one.
- *overflowed*: the queue is full (UnavailableError ``ledger.full``, at once).
- *expired*: not durable in time (UnavailableError ``ledger.unavailable``). If it had not been sent it is
  withdrawn and never written. If it had been, and the connection broke or hung before the answer, nobody can
  know: the ledger may then hold a decision that was not acknowledged, but never one twice, and never lacks
  one that was.

A lost connection is opened again and the same group sent again; the primary key makes that harmless.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from drivetrain.adapters.postgres.database import conninfo, is_refusal, reason
from drivetrain.adapters.postgres.record_connection import RecordConnection
from drivetrain.adapters.postgres.wire import COLUMNS, record
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.lifecycle.serving.predictions import Decision

GROUP_LIMIT = 500
"""Most decisions in one statement: about half a megabyte, some 10 ms of the server's time."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0  # between attempts to reach the server

_INSERT = (
    f"INSERT INTO drivetrain.decisions ({COLUMNS}) "  # constants
    f"SELECT {COLUMNS} FROM unnest(%b::drivetrain.decision_row[]) ON CONFLICT (decision_id) DO NOTHING"
)


@dataclass(slots=True)
class LedgerCounters:
    """How many decisions met which end since the start, in how many groups, and how often the connection was lost."""

    durable: int = 0
    groups: int = 0
    refused: int = 0
    overflowed: int = 0
    expired: int = 0
    reconnects: int = 0


@dataclass(slots=True)
class _Entry:
    record: bytes
    deadline: float
    durable: asyncio.Future[None]


class PostgresDecisionWriter:
    """The port ``DecisionWriter`` on table ``decisions``. One per process, used on one event loop.

    Args:
        url: as in ``open_engine``.
        queue_limit: decisions that may wait for a group.
        timeout_s: time a decision may take to become durable.

    Attributes:
        counters: what became of the decisions so far.
        is_reachable: False from a lost connection until the next group is durable or a probe succeeds.
    """

    def __init__(self, url: str, *, queue_limit: int, timeout_s: float) -> None:
        self._dsn = conninfo(url, application="ledger", statement_timeout_s=timeout_s)
        self._queue_limit = queue_limit
        self._timeout_s = timeout_s
        self._pending: deque[_Entry] = deque()
        self._group: Sequence[_Entry] = ()
        self._filled = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._connection = RecordConnection(self._dsn)
        self.counters = LedgerCounters()
        self.is_reachable = True

    @property
    def queue_depth(self) -> int:
        """Decisions that wait for a group now."""
        return len(self._pending)

    async def start(self) -> None:
        """Begin to write. The server need not be there yet."""
        self._writer = asyncio.create_task(self._write_groups(), name="decision ledger")

    async def close(self) -> None:
        """Write what waits, for ``timeout_s`` at most, then let go of the server.

        Later appends are refused.
        """
        writer, self._writer = self._writer, None
        waiting = [entry.durable for entry in (*self._group, *self._pending) if not entry.durable.done()]
        if waiting:
            await asyncio.wait(waiting)  # ends: each of them expires by itself
        if writer is not None:
            writer.cancel()
            await asyncio.wait([writer])
        if self._alarm is not None:
            self._alarm.cancel()
        await self._connection.close()

    async def append(self, decision: Decision) -> None:
        """Return once the decision is durable.

        A decision whose id stands in the ledger already changes nothing.

        Raises:
            InvalidInputError: PostgreSQL cannot store it (code ``ledger.refused``).
            UnavailableError: the queue is full (``ledger.full``), or it could not be made durable in time
                (``ledger.unavailable``); nothing was acknowledged.
        """
        if self._writer is None or self._writer.done():
            raise UnavailableError("The decision ledger is not running.", code="ledger.unavailable")
        if len(self._pending) >= self._queue_limit:
            self.counters.overflowed += 1
            raise UnavailableError(
                "Too many decisions wait for the ledger; try again shortly.", code="ledger.full"
            )
        try:
            encoded = record(decision)
        except InvalidInputError:
            self.counters.refused += 1
            raise
        loop = asyncio.get_running_loop()
        entry = _Entry(encoded, loop.time() + self._timeout_s, loop.create_future())
        self._pending.append(entry)
        self._filled.set()
        if self._alarm is None:
            self._alarm = loop.call_at(entry.deadline, self._expire)
        await entry.durable

    async def probe(self) -> bool:
        """Look whether the server is back; while nothing is appended, nobody else would notice."""
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await psycopg.AsyncConnection.connect(self._dsn)
                await connection.close()
        except (psycopg.Error, OSError):
            return False
        self.is_reachable = True
        return True

    async def _write_groups(self) -> None:
        while True:
            await self._filled.wait()
            self._group = [self._pending.popleft() for _ in range(min(len(self._pending), GROUP_LIMIT))]
            if not self._pending:
                self._filled.clear()
            await self._make_durable(self._group)
            self._group = ()

    async def _make_durable(self, group: Sequence[_Entry]) -> None:
        """Send until the group is durable, or until nobody waits for it any more."""
        pause_s = _FIRST_PAUSE_S
        while waiting := [entry for entry in group if not entry.durable.done()]:
            try:
                await self._send(waiting)
            except (psycopg.Error, OSError) as error:  # TimeoutError is an OSError
                if isinstance(error, psycopg.Error) and is_refusal(error):
                    await self._part(waiting, error)
                    continue
                self.counters.reconnects += 1
                self.is_reachable = False
                await self._connection.close()
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self._acknowledge(waiting)

    async def _part(self, group: Sequence[_Entry], error: psycopg.Error) -> None:
        """Part the decision that PostgreSQL refuses from those that came with it."""
        if len(group) > 1:
            for entry in group:
                await self._make_durable([entry])
        elif not group[0].durable.done():
            self.counters.refused += 1
            detail = f"The ledger cannot hold this decision: {reason(error)}."
            group[0].durable.set_exception(InvalidInputError(detail, code="ledger.refused"))

    async def _send(self, group: Sequence[_Entry]) -> None:
        # a server that hangs does not keep the statement timeout
        async with asyncio.timeout(self._timeout_s):
            connection = await self._connection.get()
            records = self._connection.records([entry.record for entry in group])
            await connection.execute(_INSERT, (records,), prepare=True)

    def _acknowledge(self, group: Sequence[_Entry]) -> None:
        self.is_reachable = True
        self.counters.groups += 1
        for entry in group:
            if not entry.durable.done():
                self.counters.durable += 1
                entry.durable.set_result(None)

    def _expire(self) -> None:
        """Tell everybody whose time is up.

        Deadlines come in the order of arrival, so one alarm serves all.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        for entry in self._group:
            self._give_up(entry, now)
        while self._pending and (self._pending[0].deadline <= now or self._pending[0].durable.done()):
            self._give_up(self._pending.popleft(), now)
        next_up = next((entry for entry in (*self._group, *self._pending) if not entry.durable.done()), None)
        self._alarm = loop.call_at(next_up.deadline, self._expire) if next_up else None

    def _give_up(self, entry: _Entry, now: float) -> None:
        if entry.deadline <= now and not entry.durable.done():
            self.counters.expired += 1
            detail = f"The decision could not be made durable in {self._timeout_s:g} s; try again."
            entry.durable.set_exception(UnavailableError(detail, code="ledger.unavailable", retry_after_s=2))
