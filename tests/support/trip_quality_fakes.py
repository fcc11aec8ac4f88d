"""Scored rides with known truth, written straight into the tables, and a store of outcomes in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import Engine, text

from drivetrain.core.errors import FieldError
from drivetrain.trips.outcomes.application.record_outcomes import OUTCOME_CONFLICT, AddedOutcomes, Report
from drivetrain.trips.outcomes.domain.outcomes import LONGEST_REPORTED_MIN, TripOutcomes

BEGIN = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
"""Midnight of a Monday in Chicago."""

NOW = datetime(2026, 5, 20, tzinfo=UTC)


def trip_id(slot_at: datetime, number: int) -> UUID:
    """Sorts by slot, as the ids of scored rides do."""
    milliseconds = round(slot_at.timestamp() * 1000)
    return UUID(
        bytes=milliseconds.to_bytes(6, "big") + bytes.fromhex("800080000000") + number.to_bytes(4, "big")
    )


def octets(*ids: UUID) -> np.ndarray:
    return np.frombuffer(b"".join(each.bytes for each in ids), dtype="V16")


def by_duration(minutes: dict[UUID, float]) -> TripOutcomes:
    nothing = np.full(len(minutes), "NaT", dtype="datetime64[us]")
    return TripOutcomes(octets(*minutes), np.array(list(minutes.values())), nothing)


def by_end(ends: dict[UUID, datetime]) -> TripOutcomes:
    instants = np.array(
        [end.astimezone(UTC).replace(tzinfo=None) for end in ends.values()], dtype="datetime64[us]"
    )
    return TripOutcomes(octets(*ends), np.full(len(ends), np.nan), instants)


def score(
    engine: Engine,
    slot_at: datetime,
    rides: int,
    *,
    predicted: float = 10.0,
    pickup: int = 8,
    dropoff: int = 32,
    version: str = "1",
    first: int = 0,
) -> list[UUID]:
    """Write the predictions of a slot; every ride starts one minute into it."""
    ids = [trip_id(slot_at, first + number) for number in range(rides)]
    rows = [
        {
            "trip_id": each,
            "pickup": pickup,
            "dropoff": dropoff,
            "start": slot_at + timedelta(minutes=1),
            "predicted": predicted,
            "low": predicted - 5,
            "high": predicted + 5,
            "version": version,
            "slot": slot_at,
        }
        for each in ids
    ]
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO drivetrain.ride_predictions (trip_id, pickup_community_area, dropoff_community_area,
                    trip_start_timestamp, predicted_duration, predicted_low, predicted_high, model_version, slot_at, created_at)
                VALUES (:trip_id, :pickup, :dropoff, :start, :predicted, :low, :high, :version, :slot, :slot)
            """),
            rows,
        )
    return ids


def score_many(engine: Engine, begin: datetime, hours: int, per_hour: int) -> None:
    """Write many predictions at once: areas in turn, ten minutes predicted, ids in order."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO drivetrain.ride_predictions
                SELECT (lpad(to_hex((extract(epoch FROM slot) * 1000)::bigint), 12, '0') || '800080000000'
                        || lpad(to_hex(n), 8, '0'))::uuid,
                    n % 78, (n * 7) % 78, slot + interval '1 minute', NULL, NULL, NULL,
                    10 + n % 20, 5 + n % 20, 20 + n % 20, '1', slot, slot
                FROM generate_series(0, :hours - 1) AS h, generate_series(0, :per_hour - 1) AS n,
                    LATERAL (SELECT CAST(:begin AS timestamptz) + h * interval '1 hour' AS slot) AS at
            """),
            {"begin": begin, "hours": hours, "per_hour": per_hour},
        )
        connection.execute(text("ANALYZE drivetrain.ride_predictions"))


@dataclass
class MemoryOutcomeStore:
    """Twin of ``PostgresOutcomeStore``.

    Attributes:
        starts: start of every trip that has a prediction.
    """

    starts: dict[UUID, datetime] = field(default_factory=dict)
    kept: dict[UUID, tuple[float | None, datetime | None, Report]] = field(default_factory=dict)

    def add(self, outcomes: TripOutcomes, report: Report, *, whole: bool) -> AddedOutcomes:
        before = dict(self.kept)
        is_new, is_waiting = (np.zeros(len(outcomes), dtype=np.bool_) for _ in range(2))
        failed: dict[int, FieldError] = {}
        for place, raw in enumerate(outcomes.trip_ids.tolist()):
            trip = UUID(bytes=raw)
            minutes, ended = outcomes.duration_min[place], outcomes.ended_at[place]
            said = (
                None if np.isnan(minutes) else float(minutes),
                None if np.isnat(ended) else ended.item().replace(tzinfo=UTC),
            )
            is_waiting[place] = trip not in self.starts
            took = self._minutes(trip, *said)
            if took is not None and not 0 < took <= LONGEST_REPORTED_MIN:
                failed[place] = FieldError("trips.end_does_not_fit", "", pointer="/ended_at")
            elif trip not in self.kept:
                is_new[place] = True
                self.kept[trip] = (*said, report)
            elif not self._same(trip, said):
                failed[place] = FieldError(OUTCOME_CONFLICT, "", pointer="/trip_id")
        if whole and failed:
            self.kept = before
        return AddedOutcomes(is_new, is_waiting, failed)

    def _minutes(self, trip: UUID, minutes: float | None, ended: datetime | None) -> float | None:
        if ended is None or trip not in self.starts:
            return minutes
        return (ended - self.starts[trip]).total_seconds() / 60

    def _same(self, trip: UUID, said: tuple[float | None, datetime | None]) -> bool:
        stands = self.kept[trip][:2]
        if (said[0] is None) == (stands[0] is None):
            return said == stands
        ours, theirs = self._minutes(trip, *said), self._minutes(trip, *stands)
        return ours is not None and theirs is not None and abs(ours - theirs) <= 1 / 60
