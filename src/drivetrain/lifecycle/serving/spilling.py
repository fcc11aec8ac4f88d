"""Writing decisions while the ledger is away: acknowledged ones wait on local disk until it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Protocol

from drivetrain.core.errors import InvalidInputError, NotFoundError, UnavailableError
from drivetrain.core.patience import Patience
from drivetrain.lifecycle.serving.predictions import (
    Decision,
    DecisionReader,
    DecisionWriter,
    LoggedDecision,
    Outcome,
    OutcomeReceipt,
)

DRAIN_INTERVAL_S = 1.0
SPILL_AFTER_S = 1.0
"""The longest a caller waits for a ledger that may be gone; a healthy one takes milliseconds."""

_AT_ONCE = 200
_OVERLOADED = "ledger.full"


class Ledger(DecisionWriter, Protocol):
    """A ledger that knows whether it can be reached."""

    is_reachable: bool
    """False from a lost connection until the next one stands."""

    async def probe(self) -> bool:
        """Look whether it is back."""
        ...


class Spool(Protocol):
    """Local disk, as ``DecisionSpool`` has it."""

    @property
    def is_empty(self) -> bool:
        """True when nothing waits."""
        ...

    async def append(self, decision: Decision) -> None:
        """Return once the decision is on disk."""
        ...

    def files(self) -> list[Path]:
        """What waits."""
        ...

    def claim(self, path: Path) -> Path:
        """Take a file out of the way of writers."""
        ...

    def read(self, path: Path) -> Iterator[Decision]:
        """The decisions of a file."""
        ...

    def set_refused(self, path: Path) -> None:
        """Keep a file that holds decisions which the ledger will never take."""
        ...


class SpillingWriter:
    """Writes to the ledger, and to the spool while the ledger cannot be reached.

    An overloaded ledger is not one that is away: then the caller is told to come back, as before.

    Args:
        patience_s: the longest a caller waits for a ledger that may be gone.
        drain_interval_s: between two attempts to give back what waits.

    Attributes:
        spilled: decisions written to the spool so far.
    """

    def __init__(
        self,
        ledger: Ledger,
        spool: Spool,
        *,
        patience_s: float = SPILL_AFTER_S,
        drain_interval_s: float = DRAIN_INTERVAL_S,
    ) -> None:
        self._ledger = ledger
        self._spool = spool
        self._patience = Patience(patience_s)
        self._drain_interval_s = drain_interval_s
        self._draining: asyncio.Task[None] | None = None
        self.spilled = 0

    def start(self) -> None:
        """Begin to give back what waits, also what an earlier process left."""
        self._draining = asyncio.create_task(self._drain_forever(), name="spool")

    async def close(self) -> None:
        """Stop giving back; what waits stays on disk for the next process."""
        if self._draining is not None:
            self._draining.cancel()
            with suppress(asyncio.CancelledError):
                await self._draining

    async def append(self, decision: Decision) -> None:
        """Return once the decision is durable, in the ledger or on local disk.

        Raises:
            UnavailableError: neither can take it.
        """
        if self._ledger.is_reachable:
            try:
                await self._patience.bound(self._ledger.append(decision))
                return
            except TimeoutError:
                pass  # given up while it waited or was under way; twice in the ledger it cannot be
            except UnavailableError as error:
                if error.code == _OVERLOADED:
                    raise
        await self._spool.append(decision)
        self.spilled += 1

    async def drain(self) -> int:
        """Give back what waits; how many decisions were given back.

        Raises:
            UnavailableError: the ledger went away again; nothing is lost.
        """
        total = 0
        for path in self._spool.files():
            claimed = self._spool.claim(path)
            read_count = taken_by_ledger = 0
            waiting = self._spool.read(claimed)
            while batch := list(islice(waiting, _AT_ONCE)):
                read_count += len(batch)
                taken_by_ledger += await self._give(batch)
            if taken_by_ledger == read_count:
                claimed.unlink(missing_ok=True)
            else:
                self._spool.set_refused(claimed)
            total += taken_by_ledger
        return total

    async def _give(self, batch: Sequence[Decision]) -> int:
        return sum(await asyncio.gather(*(self._is_taken(decision) for decision in batch)))

    async def _is_taken(self, decision: Decision) -> bool:
        try:
            await self._ledger.append(decision)
        except InvalidInputError:
            return False  # it would be refused again and again, and hold up those behind it
        return True

    async def _drain_forever(self) -> None:
        while True:
            try:
                if (self._ledger.is_reachable or await self._ledger.probe()) and not self._spool.is_empty:
                    await self.drain()
            except (UnavailableError, OSError):
                # away again, or another worker was faster, or the disk cannot be read now: all of it stays
                pass
            await asyncio.sleep(self._drain_interval_s)


class CatchingUpReader:
    """Reads the ledger, and says so when what is missing there may still wait in the spool."""

    def __init__(self, reader: DecisionReader, spool: Spool) -> None:
        self._reader = reader
        self._spool = spool

    async def get(self, decision_id: str) -> LoggedDecision:
        """Read one decision back.

        Raises:
            NotFoundError: no such decision.
            UnavailableError: not there, and some decisions still wait on local disk: it may be one of them.
        """
        with self._perhaps_waiting():
            return await self._reader.get(decision_id)

    async def add_outcome(self, decision_id: str, outcome: Outcome) -> OutcomeReceipt:
        """Join an outcome to its decision; as ``get`` where the decision is not there yet."""
        with self._perhaps_waiting():
            return await self._reader.add_outcome(decision_id, outcome)

    @contextmanager
    def _perhaps_waiting(self) -> Iterator[None]:
        # looked at first: a file goes away only after the ledger has all of it
        is_behind = not self._spool.is_empty
        try:
            yield
        except NotFoundError as error:
            if not is_behind:
                raise
            raise UnavailableError(
                "The decision is not in the ledger yet; some decisions still wait on local disk. Retry later.",
                code="ledger.catching_up",
                retry_after_s=2,
            ) from error
