"""Predictions and their outcomes summed up by PostgreSQL: what comes back does not grow with the number of rides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from sqlalchemy import Connection, Engine, exc, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.core.errors import UnavailableError
from drivetrain.trips.outcomes.application.read_quality import Profile, QualityRecord, Window
from drivetrain.trips.outcomes.domain.outcomes import LONGEST_REPORTED_MIN
from drivetrain.trips.outcomes.domain.quality import UNKNOWN, By, Cells, Label
from drivetrain.trips.outcomes.domain.reference import KnownDay

TIMEOUT_S = 25.0
"""Longest that one of the statements may take; a month of a million rides a day takes longer than anybody
waits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_ONE_STATE = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
_LIMITS = text(
    "SELECT set_config('statement_timeout', :timeout_ms, true), set_config('work_mem', '32MB', true)"
)

# The ids of scored rides begin with the instant of their slot, so the least of them is the oldest; nothing is
# searched.
_FIRST = text("""
    SELECT slot_at FROM drivetrain.ride_predictions WHERE trip_id >= :begin_id AND slot_at >= :begin
    ORDER BY trip_id LIMIT 1
""")

_LIVE_SINCE = text("""
    SELECT min(at) FROM drivetrain.model_releases
    WHERE model = :model AND alias = 'champion' AND version IS NOT NULL
""")


SAMPLE_RIDES = 200_000
"""Sorting more would take long and say no more. Sums take all."""


def _sampled(step: str) -> str:
    """Every so-manieth ride, always the same ones."""
    return f"(uuid_hash(trip_id) & 2147483647) % :{step} = 0"


def _truth(begin: str, end: str, *, step: str = "") -> str:
    """Rides of a window with what they took: ``reported`` as reported, ``actual`` where that can be true.

    Outcomes are looked for in the range of ids that the window's slots have, not in all that were ever
    reported.
    """
    sample = f"AND {_sampled(step)}" if step else ""
    return f"""
        SELECT *, predicted_duration - actual AS error FROM (
            SELECT *, CASE WHEN reported > 0 AND reported <= {LONGEST_REPORTED_MIN} THEN reported END AS actual FROM (
                SELECT ride.slot_at, ride.model_version, ride.predicted_duration, ride.predicted_low, ride.predicted_high,
                    ride.pickup_community_area AS pickup, ride.dropoff_community_area AS dropoff, outcome.is_synthetic,
                    coalesce(
                        outcome.duration_min,
                        extract(epoch FROM outcome.ended_at - ride.trip_start_timestamp)::double precision / 60
                    ) AS reported
                FROM drivetrain.ride_predictions AS ride LEFT JOIN (
                    SELECT * FROM drivetrain.trip_outcomes WHERE trip_id >= :{begin}_id AND trip_id < :{end}_id
                ) AS outcome USING (trip_id)
                WHERE ride.slot_at >= :{begin} AND ride.slot_at < :{end} {sample}
            ) AS joined
        ) AS judged
    """  # constants and names of parameters


# The baseline of a ride is the median of its pair in the reference, or that of all where the pair is thin.
_CELLS = text(f"""
    WITH truth AS ({_truth("begin", "end")}),
    typical AS MATERIALIZED (
        SELECT pickup, dropoff, grouping(pickup, dropoff) > 0 AS is_all,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY actual) AS minutes
        FROM ({_truth("reference_begin", "reference_end", step="reference_step")}) AS reference WHERE actual IS NOT NULL
        GROUP BY GROUPING SETS ((pickup, dropoff), ()) HAVING grouping(pickup, dropoff) > 0 OR count(*) >= :least_per_pair
    ),
    compared AS (
        SELECT truth.*, abs(actual - coalesce(typical.minutes, (SELECT minutes FROM typical WHERE is_all))) AS baseline
        FROM truth LEFT JOIN typical
            ON NOT typical.is_all AND typical.pickup = truth.pickup AND typical.dropoff = truth.dropoff
    )
    SELECT pickup AS area, date_trunc('hour', slot_at) AS hour, model_version AS version,
        count(*) AS rides,
        count(actual) AS outcomes,
        count(actual) FILTER (WHERE is_synthetic) AS synthetic,
        count(reported) - count(actual) AS unusable,
        coalesce(sum(error), 0) AS error,
        coalesce(sum(abs(error)), 0) AS absolute_error,
        coalesce(sum(error * error), 0) AS squared_error,
        coalesce(sum(actual), 0) AS actual,
        coalesce(sum(actual * actual), 0) AS squared_actual,
        count(*) FILTER (WHERE actual BETWEEN predicted_low AND predicted_high) AS covered,
        count(baseline) AS baseline_rides,
        coalesce(sum(baseline), 0) AS baseline_error,
        coalesce(sum(abs(error)) FILTER (WHERE baseline IS NOT NULL), 0) AS compared_error
    FROM compared GROUP BY 1, 2, 3
""")

_SYNTHETIC_RIDES = text("""
    SELECT sum(rows) FROM drivetrain.trip_slots
    WHERE slot_at >= :begin AND slot_at < :end AND split_part(source, ':', 1) IN ('drawn', 'generated')
""")
"""By the names that sources of rides have."""

_RELEASED = """
    SELECT version, min(at) AS at FROM drivetrain.model_releases
    WHERE model = :model AND alias = 'champion' AND version IS NOT NULL GROUP BY version
"""
_CIVIL = "(slot_at AT TIME ZONE 'America/Chicago')"
_LABELS = {
    By.AREA: "pickup",
    By.HOUR: f"extract(hour FROM {_CIVIL})::integer",
    By.DAY: f"to_char({_CIVIL}, 'YYYY-MM-DD')",
    By.VERSION: "model_version",
    By.MODEL_AGE: "floor(extract(epoch FROM date_trunc('hour', slot_at) - released.at) / 86400)::integer",
}
"""What a ride belongs to, as ``trip_quality.labels_of`` has it."""

_MEDIANS = {
    by: text(f"""
        WITH released AS ({_RELEASED})
        SELECT label, grouping(label) > 0 AS is_all, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(error)) AS median
        FROM (
            SELECT {label} AS label, error
            FROM ({_truth("begin", "end", step="step")}) AS truth LEFT JOIN released ON released.version = truth.model_version
            WHERE actual IS NOT NULL
        ) AS labeled
        GROUP BY GROUPING SETS ((label), ())
    """)
    for by, label in _LABELS.items()
}

# A morning is compared with mornings: where rides begin differs more between hours than between weeks.
_PROFILE = text(f"""
    SELECT pickup_community_area AS pickup, dropoff_community_area AS dropoff, date_trunc('hour', slot_at) AS hour,
        count(*) AS rides
    FROM drivetrain.ride_predictions
    WHERE slot_at >= :begin AND slot_at < :end AND {_sampled("step")}
      AND extract(hour FROM {_CIVIL})::integer = ANY(CAST(:hours AS integer[]))
    GROUP BY GROUPING SETS ((1, 2), (3))
""")

_COUNT = text("SELECT count(*) FROM drivetrain.ride_predictions WHERE slot_at >= :begin AND slot_at < :end")

_WAITING = text("""
    SELECT count(*) FROM drivetrain.trip_outcomes AS outcome
    WHERE reported_at >= :begin AND reported_at < :end
      AND NOT EXISTS (SELECT FROM drivetrain.ride_predictions AS ride WHERE ride.trip_id = outcome.trip_id)
""")

_KNOWN_BY_DAY = text(f"""
    SELECT {_CIVIL}::date AS day, count(*) AS rides, count(actual) AS outcomes,
        count(DISTINCT date_trunc('hour', slot_at)) FILTER (WHERE actual IS NOT NULL) AS hours
    FROM ({_truth("begin", "end")}) AS truth GROUP BY 1
""")

_INTEGERS = ("area", "rides", "outcomes", "synthetic", "unusable", "covered", "baseline_rides")
_FLOATS = (
    "error",
    "absolute_error",
    "squared_error",
    "actual",
    "squared_actual",
    "baseline_error",
    "compared_error",
)


class PostgresQualityStore:
    """The port ``QualityStore``. Blocking.

    Args:
        model: whose releases tell the age of a version.
        timeout_s: longest that one statement may take.
        sample_rides: from how many rides medians and the reference are taken at most.
    """

    def __init__(
        self, engine: Engine, model: str, *, timeout_s: float = TIMEOUT_S, sample_rides: int = SAMPLE_RIDES
    ) -> None:
        self._engine = engine
        self._model = model
        self._timeout_s = timeout_s
        self._sample_rides = sample_rides

    def live_since(self) -> datetime | None:
        """When a version of the model first became champion; None before it."""
        with self._reading() as connection:
            at: datetime | None = connection.scalar(_LIVE_SINCE, {"model": self._model})
            return at

    def first_slot_at(self, since: datetime | None) -> datetime | None:
        """Begin of the oldest slot with a scored ride, of those from an instant on; None before it."""
        begin = since or _EPOCH
        with self._reading() as connection:
            first: datetime | None = connection.scalar(_FIRST, _bounds(Window(begin, begin)))
            return first

    def known_by_day(self, window: Window) -> Mapping[date, KnownDay]:
        """What is known of the rides of a window, by civil day of Chicago; days without a ride are left out.

        Raises:
            UnavailableError: it took too long (``trips.quality_too_slow``), or the database cannot be
                reached.
        """
        with self._reading() as connection:
            rows = connection.execute(_KNOWN_BY_DAY, _bounds(window))
            return {row.day: KnownDay(row.rides, row.outcomes, row.hours) for row in rows}

    def read(
        self, window: Window, by: Sequence[By], reference: Window | None, *, least_per_pair: int
    ) -> QualityRecord:
        """Sum up a window.

        Raises:
            UnavailableError: it took too long (``trips.quality_too_slow``), or the database cannot be
                reached.
        """
        before = reference or Window(window.begin, window.begin)  # nothing begins in it
        hours = window.hours_of_day()
        with self._reading() as connection:
            step, reference_step = self._step(connection, window), self._step(connection, before)
            values = {"step": step, "model": self._model, **_bounds(window)}
            values |= {f"reference_{name}": bound for name, bound in _bounds(before).items()}
            values |= {"reference_step": reference_step, "least_per_pair": least_per_pair}
            return QualityRecord(
                cells=_cells(connection, values),
                medians={dimension: _medians(connection, dimension, values) for dimension in by},
                waiting=int(connection.scalar(_WAITING, values) or 0),
                profile=_profile(connection, window, hours, 1),
                reference=None if reference is None else _profile(connection, before, hours, reference_step),
                released={row.version: row.at for row in connection.execute(text(_RELEASED), values)},
                synthetic_rides=int(connection.scalar(_SYNTHETIC_RIDES, values) or 0),
            )

    def _step(self, connection: Connection, window: Window) -> int:
        """Which share of the rides is taken where a sample will do: one in so many."""
        rides = int(connection.scalar(_COUNT, {"begin": window.begin, "end": window.end}) or 0)
        return max(1, math.ceil(rides / self._sample_rides))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One state of all tables, for a bounded time."""
        with transaction(self._engine) as connection:
            connection.execute(_ONE_STATE)
            connection.execute(_LIMITS, {"timeout_ms": str(int(self._timeout_s * 1000))})
            try:
                yield connection
            except exc.OperationalError as error:
                if not isinstance(error.orig, psycopg.errors.QueryCanceled):
                    raise
                raise UnavailableError(
                    f"Aggregating this window takes more than {self._timeout_s:g} s; request a shorter window.",
                    code="trips.quality_too_slow",
                    retry_after_s=10,
                ) from error


def _bounds(window: Window) -> dict[str, Any]:
    """Ends of a window, and the ids between which the rides of its slots lie: the first six octets are the slot's instant."""
    milliseconds = [max(0, (bound - _EPOCH) // _MILLISECOND) for bound in (window.begin, window.end)]
    first, last = (
        UUID(bytes=edge.to_bytes(6, "big") + bytes(10)) for edge in (milliseconds[0], milliseconds[1] + 1)
    )
    return {"begin": window.begin, "end": window.end, "begin_id": first, "end_id": last}


def _cells(connection: Connection, values: Mapping[str, Any]) -> Cells:
    rows = connection.execute(_CELLS, values).mappings().all()
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in rows], dtype=np.int64) for name in _INTEGERS
    }
    columns |= {name: np.array([row[name] for row in rows], dtype=np.float64) for name in _FLOATS}
    hours = [np.datetime64(row["hour"].replace(tzinfo=None), "h") for row in rows]  # the session is in UTC
    return Cells(
        hour=np.array(hours, dtype="datetime64[h]"),
        version=np.array([row["version"] for row in rows], dtype=np.str_),
        **columns,
    )


def _medians(connection: Connection, by: By, values: Mapping[str, Any]) -> dict[Label | None, float]:
    rows = connection.execute(_MEDIANS[by], values)
    medians: dict[Label | None, float] = {}
    for row in rows:
        if row.median is not None:
            medians[None if row.is_all else UNKNOWN if row.label is None else row.label] = row.median
    return medians


def _profile(connection: Connection, window: Window, hours_of_day: Sequence[int], step: int) -> Profile:
    pairs: dict[tuple[int, int], int] = {}
    hours: dict[datetime, int] = {}
    values = {"begin": window.begin, "end": window.end, "hours": list(hours_of_day), "step": step}
    for row in connection.execute(_PROFILE, values):
        if row.hour is None:
            pairs[row.pickup, row.dropoff] = row.rides
        else:
            hours[row.hour] = row.rides
    return Profile(pairs, hours)
