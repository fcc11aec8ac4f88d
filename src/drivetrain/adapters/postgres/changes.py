"""The log of changes in table ``changes``. Triggers write it, so no writer of a table can forget it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.changes import KEPT_S, Change, ChangePage, Position

NOBODY = UUID(int=0)
"""Owner of what belongs to the platform; a key has no NULL."""

# One statement sees one snapshot, so the position and the rows fit together: a row that is not shown here commits
# later, is not visible in the snapshot that is returned, and comes with the next read.
_READ = text("""
    SELECT now.snapshot::text, now.taken_s, changes.topic, changes.owner_id
    FROM (
        SELECT pg_current_snapshot() AS snapshot, floor(extract(epoch FROM clock_timestamp()))::bigint AS taken_s
    ) AS now
    LEFT JOIN (
        SELECT DISTINCT topic, owner_id FROM drivetrain.changes
        WHERE transaction >= CAST(:oldest AS bigint)
          AND transaction < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
          AND NOT pg_visible_in_snapshot(transaction::text::xid8, CAST(:snapshot AS pg_snapshot))
    ) AS changes ON true
""")
_END = text("SELECT pg_current_snapshot()::text, floor(extract(epoch FROM clock_timestamp()))::bigint")
_REMOVE = text(
    "DELETE FROM drivetrain.changes WHERE noted_at < now() - make_interval(secs => CAST(:kept_s AS int))"
)


@dataclass(frozen=True, slots=True)
class PostgresChangeLog:
    """The port ``ChangeLog``."""

    engine: Engine

    def read(self, since: Position | None) -> ChangePage:
        """What was committed since a position."""
        if since is None:
            return ChangePage(self._end(), ())
        oldest = int(since.snapshot.split(":")[0])
        with translating(), self._reading().connect() as connection:
            rows = connection.execute(_READ, {"oldest": oldest, "snapshot": since.snapshot}).all()
        position = Position(rows[0][1], rows[0][0])
        changes = [Change(topic, None if owner == NOBODY else owner) for _, _, topic, owner in rows if topic]
        return ChangePage(position, changes, _reaches_back(position, since))

    def remove_old(self) -> int:
        """Remove what nobody can ask for any more; how many."""
        with transaction(self.engine) as connection:
            return connection.execute(_REMOVE, {"kept_s": 2 * KEPT_S}).rowcount

    def _end(self) -> Position:
        with translating(), self._reading().connect() as connection:
            snapshot, taken_s = connection.execute(_END).one()
        return Position(taken_s, snapshot)

    def _reading(self) -> Engine:
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")  # spares BEGIN and ROLLBACK


def _reaches_back(now: Position, since: Position) -> bool:
    """False for a position that is too old, or of another database: one restored from a copy counts anew."""
    return now.taken_s - since.taken_s < KEPT_S and since.following <= now.following
