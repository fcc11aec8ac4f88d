"""Trip outcomes in PostgreSQL: copied to a temporary table, judged against what stands, then added in one transaction.

What was not reported travels as NaN and as the instant -infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text

from drivetrain.adapters.postgres.binary_copy import CopyLayout, copy_blocks
from drivetrain.adapters.postgres.database import KEEP_DURABLE, transaction
from drivetrain.core.errors import FieldError
from drivetrain.trips.outcomes.application.record_outcomes import OUTCOME_CONFLICT, AddedOutcomes, Report
from drivetrain.trips.outcomes.domain.outcomes import LONGEST_REPORTED_MIN, TripOutcomes

STATEMENT_ROWS = 100_000
"""Rows judged and added at a time, all in one transaction: a million at once takes longer than a statement
may."""

_STAGED = CopyLayout(
    {"place": "integer", "trip_id": "uuid", "duration_min": "double precision", "ended_at": "timestamptz"}
)

_STAGE = text(f"""
    CREATE TEMPORARY TABLE staged_outcomes ({_STAGED.declaration}) ON COMMIT DROP;
    CREATE TEMPORARY TABLE judged_outcomes (
        {_STAGED.declaration},
        started_at timestamptz, minutes double precision, is_impossible boolean
    ) ON COMMIT DROP
""")
_COPY = "COPY pg_temp.staged_outcomes FROM STDIN (FORMAT binary)"
_EMPTY = text("TRUNCATE pg_temp.staged_outcomes, pg_temp.judged_outcomes")

# ``minutes`` is how long the trip took: as reported, or from its start where that is known. Ids sort by slot,
# so those of a batch are close together: told which range they lie in, the database reads that and not the
# whole table.
_JUDGE = text(f"""
    INSERT INTO pg_temp.judged_outcomes
    SELECT *, coalesce(NOT (minutes > 0 AND minutes <= {LONGEST_REPORTED_MIN}), false) FROM (
        SELECT place, trip_id, told.duration_min, told.ended_at, trip_start_timestamp,
            coalesce(
                told.duration_min, extract(epoch FROM told.ended_at - trip_start_timestamp)::double precision / 60
            ) AS minutes
        FROM (
            SELECT place, trip_id, nullif(duration_min, 'NaN') AS duration_min, nullif(ended_at, '-infinity') AS ended_at
            FROM pg_temp.staged_outcomes
        ) AS told LEFT JOIN (
            SELECT trip_id, trip_start_timestamp FROM drivetrain.ride_predictions WHERE trip_id BETWEEN :least AND :greatest
        ) AS trip USING (trip_id)
    ) AS timed
""")  # a constant

# In the order of the ids, so that two who report the same trips wait for each other instead of for ever.
_ADD = text("""
    WITH added AS (
        INSERT INTO drivetrain.trip_outcomes
            (trip_id, duration_min, ended_at, reported_at, reported_by, source, is_synthetic)
        SELECT DISTINCT ON (trip_id) trip_id, duration_min, ended_at, :at, :by, :source, :is_synthetic
        FROM pg_temp.judged_outcomes WHERE NOT is_impossible ORDER BY trip_id, place
        ON CONFLICT (trip_id) DO NOTHING RETURNING trip_id
    )
    SELECT min(place) FROM added JOIN pg_temp.judged_outcomes USING (trip_id) WHERE NOT is_impossible GROUP BY trip_id
""")

# The same outcome is the same figure, or the same length to the second where one was told by its end and the
# other by its duration. Without the start such a pair cannot be compared, and what stands stays.
_DIFFERENT = text("""
    SELECT place FROM pg_temp.judged_outcomes AS said JOIN drivetrain.trip_outcomes AS stands USING (trip_id)
    WHERE NOT is_impossible AND stands.trip_id BETWEEN :least AND :greatest
      AND (said.duration_min IS DISTINCT FROM stands.duration_min OR said.ended_at IS DISTINCT FROM stands.ended_at)
      AND NOT coalesce(
          (said.duration_min IS NULL) <> (stands.duration_min IS NULL)
          AND abs(said.minutes - coalesce(
              stands.duration_min,
              extract(epoch FROM stands.ended_at - said.started_at)::double precision / 60
          )) <= 1.0 / 60,
          false
      )
""")
_IMPOSSIBLE = text("SELECT place FROM pg_temp.judged_outcomes WHERE is_impossible")
_WAITING = text("SELECT place FROM pg_temp.judged_outcomes WHERE started_at IS NULL")


_IMPOSSIBLE_END = FieldError(
    "trips.end_does_not_fit",
    f"ended_at must lie after the start of the trip, at most {LONGEST_REPORTED_MIN:,.0f} minutes.",
    pointer="/ended_at",
)
_OTHER_OUTCOME = FieldError(
    OUTCOME_CONFLICT,
    "Another outcome of this trip is already recorded; outcomes are never changed.",
    pointer="/trip_id",
)


class PostgresOutcomeStore:
    """The port ``OutcomeStore`` on table ``trip_outcomes``. Blocking.

    Args:
        statement_rows: most rows of one statement; a batch of more takes several, in one transaction.
    """

    def __init__(self, engine: Engine, *, statement_rows: int = STATEMENT_ROWS) -> None:
        self._engine = engine
        self._statement_rows = statement_rows

    def add(self, outcomes: TripOutcomes, report: Report, *, whole: bool) -> AddedOutcomes:
        """Keep outcomes, durable on return.

        Raises:
            UnavailableError: the database cannot be reached; nothing was kept.
        """
        marks = _Marks(np.zeros(len(outcomes), dtype=np.bool_), np.zeros(len(outcomes), dtype=np.bool_), {})
        values = {
            "at": report.at,
            "by": report.by,
            "source": report.source,
            "is_synthetic": report.is_synthetic,
        }
        with transaction(self._engine) as connection:
            connection.execute(text(KEEP_DURABLE))
            connection.execute(_STAGE)
            rows = _rows(outcomes)
            for start in range(0, len(rows), self._statement_rows):
                _add(connection, rows[start : start + self._statement_rows], values, marks)
            if whole and marks.failed:
                connection.rollback()
        return AddedOutcomes(marks.is_new, marks.is_waiting, marks.failed)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What becomes of each row, block by block."""

    is_new: NDArray[np.bool_]
    is_waiting: NDArray[np.bool_]
    failed: dict[int, FieldError]


def _add(connection: Connection, rows: NDArray[np.void], values: dict[str, object], marks: _Marks) -> None:
    """Add one block; later ones see its rows."""
    connection.execute(_EMPTY)
    _copy(connection, rows)
    ids = rows["trip_id"].tolist()
    between = {"least": UUID(bytes=min(ids)), "greatest": UUID(bytes=max(ids))}
    connection.execute(_JUDGE, between)
    marks.is_waiting[connection.scalars(_WAITING).all()] = True
    marks.failed.update(dict.fromkeys(connection.scalars(_IMPOSSIBLE), _IMPOSSIBLE_END))
    marks.is_new[connection.scalars(_ADD, values).all()] = True
    marks.failed.update(dict.fromkeys(connection.scalars(_DIFFERENT, between), _OTHER_OUTCOME))


def _copy(connection: Connection, rows: NDArray[np.void]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for block in copy_blocks(rows):
            copy.write(block)


def _rows(outcomes: TripOutcomes) -> NDArray[np.void]:
    return _STAGED.rows(
        {
            "place": np.arange(len(outcomes)),
            "trip_id": outcomes.trip_ids,
            "duration_min": outcomes.duration_min,
            "ended_at": outcomes.ended_at,
        }
    )
