"""The decision ledger for batches, files and jobs: many decisions in one transaction, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

import psycopg

from drivetrain.adapters.postgres.binary_copy import COPY_HEADER, COPY_TRAILER
from drivetrain.adapters.postgres.database import KEEP_DURABLE, conninfo, translating
from drivetrain.adapters.postgres.wire import COLUMNS, copy_row, copy_rows
from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.serving.predictions import DecidedRows, Decision

_COPY = f"COPY drivetrain.decisions ({COLUMNS}) FROM STDIN (FORMAT binary)"
_BLOCK_ROWS = 250  # about 250 kB at once: memory stays flat however long the batch is


class PostgresBatchDecisionLog:
    """The port ``BatchDecisionLog`` on table ``decisions``. Blocking: call it in a worker thread.

    Each batch has its own connection, so batches of several threads do not meet.
    """

    def __init__(self, url: str) -> None:
        # Without a statement timeout: the statement lasts as long as the caller takes to make the decisions.
        self._dsn = conninfo(url, application="batch ledger", statement_timeout_s=None)

    @contextmanager
    def batch(self) -> Iterator[PostgresBatchWriter]:
        """Open a batch: leaving the block makes all of it durable, an exception none of it.

        Raises:
            UnavailableError: the database cannot be reached; nothing of the batch stays.
            ConflictError: a decision of the batch stands in the ledger already, or twice in the batch.
            InvalidInputError: PostgreSQL cannot store one of them.
        """
        stands = ConflictError(
            "A decision of this batch is already in the ledger; nothing was added.", code="ledger.exists"
        )
        with translating(conflict=stands), psycopg.connect(self._dsn) as connection:
            connection.execute(KEEP_DURABLE)
            with connection.cursor().copy(_COPY) as copy:
                copy.write(COPY_HEADER)
                yield PostgresBatchWriter(copy)
                copy.write(COPY_TRAILER)


class PostgresBatchWriter:
    """Streams the decisions of one batch to the server."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy

    def write(self, decisions: Iterable[Decision]) -> None:
        """Add decisions, in order.

        Raises:
            InvalidInputError: PostgreSQL cannot store one of them.
        """
        rows = copy_rows(decisions) if isinstance(decisions, DecidedRows) else map(copy_row, decisions)
        while block := b"".join(islice(rows, _BLOCK_ROWS)):
            self._copy.write(block)
