"""Reading the ledger by window, for replays and searches. Blocking, streamed: memory holds one chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.lifecycle.releasing.replay import RecordedDecision

_CHUNK_ROWS = 2_000

_WINDOW = text("""
    SELECT decision_id, decided_at, caller, request_id, version, input::text AS input, answer::text AS answer
    FROM drivetrain.decisions
    WHERE model = :model AND decided_at >= :since AND decided_at < :until
    ORDER BY decided_at DESC LIMIT :most
""")

_COUNT = text(
    "SELECT count(*) FROM drivetrain.decisions WHERE model = :model AND decided_at >= :since AND decided_at < :until"
)


class PostgresLedgerWindow:
    """The port ``LedgerWindow``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, model: str, *, since: datetime, until: datetime) -> int:
        """Decisions of a window.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        with transaction(self._engine) as connection:
            return int(connection.scalar(_COUNT, {"model": model, "since": since, "until": until}))

    def read(
        self, model: str, *, since: datetime, until: datetime, most: int
    ) -> Iterator[Sequence[RecordedDecision]]:
        """The newest decisions of a window, in chunks.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        values = {"model": model, "since": since, "until": until, "most": most}
        with transaction(self._engine) as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # a window may hold millions
            for chunk in (
                connection.execution_options(yield_per=_CHUNK_ROWS).execute(_WINDOW, values).partitions()
            ):
                yield [
                    RecordedDecision(
                        str(row.decision_id),
                        row.decided_at,
                        row.caller,
                        row.request_id,
                        row.version,
                        row.input.encode(),
                        row.answer.encode(),
                    )
                    for row in chunk
                ]
