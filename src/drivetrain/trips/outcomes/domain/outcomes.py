"""What a trip really took, as it is reported: by its duration, or by its end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.core.time import read_instant
from drivetrain.trips.rides.domain.rides import Rides

LONGEST_REPORTED_MIN = 1_440.0
"""A day. Longer ones are meters that were left running, not rides."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far the clock of whoever reports may be ahead of ours."""

_UUID = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOT_A_TIME = int(np.iinfo(np.int64).min)  # how numpy writes NaT

_OUT_OF_RANGE = FieldError(
    "trips.duration_min_out_of_range",
    f"duration_min must be more than 0 and at most {LONGEST_REPORTED_MIN:,.0f} minutes.",
    pointer="/duration_min",
)
_BAD_INSTANT = FieldError(
    "input.bad_instant",
    "ended_at must be an ISO 8601 instant with its zone, for example 2026-05-01T09:30:00Z.",
    pointer="/ended_at",
)
_IN_THE_FUTURE = FieldError("trips.ended_in_the_future", "ended_at lies in the future.", pointer="/ended_at")


@dataclass(frozen=True, slots=True)
class TripOutcomes:
    """Reported outcomes by column, each of shape (n,). Every row has a duration or an end, never both.

    Attributes:
        trip_ids: dtype ``V16``, the octets of each id.
        duration_min: minutes, > 0 and at most ``LONGEST_REPORTED_MIN``; NaN where the end was reported.
        ended_at: ``datetime64[us]``, UTC; NaT where the duration was reported.

    Raises:
        InvalidInputError: the columns differ in length.
    """

    trip_ids: NDArray[np.void]
    duration_min: NDArray[np.float64]
    ended_at: NDArray[np.datetime64]

    def __post_init__(self) -> None:
        """Refuse columns that do not belong together."""
        if not len(self.trip_ids) == len(self.duration_min) == len(self.ended_at):
            raise InvalidInputError("The columns of outcomes differ in length.", code="trips.ragged_outcomes")

    def __len__(self) -> int:
        """Number of outcomes."""
        return len(self.trip_ids)


@dataclass(frozen=True, slots=True)
class ReadOutcomes:
    """Rows as they were reported, parted into those that can be true and those that cannot.

    Attributes:
        numbers: 1-based number of the row behind each outcome, ascending.
        failed: what is wrong, by row number; pointers name the field.
    """

    outcomes: TripOutcomes
    numbers: NDArray[np.int64]
    failed: dict[int, FieldError] = field(default_factory=dict)


def read_outcomes(rows: Iterable[tuple[int, Mapping[str, object]]], now: datetime) -> ReadOutcomes:
    """Read rows that passed the contract.

    Args:
        rows: number, and ``trip_id`` with ``duration_min`` or ``ended_at``; None where a field has no value.
        now: the present; nothing ends after it.
    """
    ids, numbers, failed = bytearray(), [], {}
    durations: list[float] = []
    ends: list[int] = []
    for number, row in rows:
        outcome = _read(row, now)
        if isinstance(outcome, FieldError):
            failed[number] = outcome
            continue
        octets, duration, end = outcome
        ids += octets
        numbers.append(number)
        durations.append(duration)
        ends.append(end)
    outcomes = TripOutcomes(
        np.frombuffer(bytes(ids), dtype="V16"),
        np.array(durations, dtype=np.float64),
        np.array(ends, dtype=np.int64).view("datetime64[us]"),
    )
    return ReadOutcomes(outcomes, np.array(numbers, dtype=np.int64), failed)


def outcomes_of_rides(trip_ids: NDArray[np.void], rides: Rides) -> TripOutcomes:
    """The outcomes of rides whose duration is known and possible; the others are left out.

    Args:
        trip_ids: shape (n_rides,), dtype ``V16``: the id of each ride.
        rides: drawn, or of a replayed day.

    Raises:
        InvalidInputError: not one id for each ride.
    """
    if len(trip_ids) != len(rides):
        raise InvalidInputError("Every ride needs its id.", code="trips.ragged_outcomes")
    is_known = (rides.duration_min > 0) & (rides.duration_min <= LONGEST_REPORTED_MIN)  # False for NaN
    durations = rides.duration_min[is_known]
    return TripOutcomes(trip_ids[is_known], durations, np.full(len(durations), "NaT", dtype="datetime64[us]"))


def _read(row: Mapping[str, object], now: datetime) -> tuple[bytes, float, int] | FieldError:
    trip_id, duration, end = row["trip_id"], row["duration_min"], row["ended_at"]
    if not isinstance(trip_id, str) or not _UUID.fullmatch(trip_id):
        return FieldError(
            "trips.bad_trip_id", "trip_id must be a UUID, as the scored ride has it.", pointer="/trip_id"
        )
    octets = bytes.fromhex(trip_id.replace("-", ""))
    if (duration is None) == (end is None):
        detail = "Give duration_min or ended_at, one of them."
        return FieldError("trips.one_of_duration_and_end", detail, pointer="/duration_min")
    if isinstance(duration, (int, float)):
        return (
            (octets, float(duration), _NOT_A_TIME) if 0 < duration <= LONGEST_REPORTED_MIN else _OUT_OF_RANGE
        )
    ended = _microseconds(end, now)
    return ended if isinstance(ended, FieldError) else (octets, np.nan, ended)


def _microseconds(text: object, now: datetime) -> int | FieldError:
    """The end since 1970, or what is wrong with it."""
    try:
        ended_at = read_instant(str(text))
    except ValueError:
        return _BAD_INSTANT
    return _IN_THE_FUTURE if ended_at > now + CLOCK_SKEW else (ended_at - _EPOCH) // _MICROSECOND
