"""One loaded version of the duration model: minutes with their range, reasons in minutes, what is typical."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.money import apportion
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.features import Columns, FloatArray, as_columns
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import load_tested
from drivetrain.trips.duration.domain.duration import (
    DIGITS,
    DurationExplanation,
    DurationReason,
    Novelty,
    TypicalDuration,
)
from drivetrain.trips.duration.model.contract import DROPOFF, PICKUP, START
from drivetrain.trips.duration.model.features import (
    DISTANCE,
    NAMES,
    REASONS,
    TYPICAL,
    DurationFeatures,
    Starts,
    has_tracts,
    is_new_pair,
    starts_of_rides,
    starts_of_rows,
    unused_tracts,
)
from drivetrain.trips.duration.model.formulas import Ranges, point_duration, spread_of
from drivetrain.trips.duration.model.hours import BANDS, band_table
from drivetrain.trips.rides.domain.rides import Rides

TREES_FILE = "duration.txt"
SPREAD_FILE = "spread.txt"
"""Missing in versions whose margins are minutes, whatever makes a trip uncertain."""
TABLES_FILE = "tables.bin"
SETTINGS_FILE = "model.json"

NOVELTIES = len(fields(Novelty))
FEWEST_IN_BAND = 30
"""Training trips in a band of hours below which the band counts as new."""

_PLACES = {name: [NAMES.index(feature) for feature in features] for name, features in REASONS.items()}


@dataclass(frozen=True, slots=True)
class DurationEstimates:
    """Durations of rides, minutes.

    Attributes:
        features: what the model saw, shape (n_rides, n_features); NaN for what is not known of an unknown
            area.
        duration_min, low, high: shape (n_rides,), ``0 < low <= duration_min <= high``.
        is_new: what the training table does not show, in the order of ``Novelty``, shape (n_rides, 4); False
            throughout for rides by column.
    """

    features: FloatArray
    duration_min: FloatArray
    low: FloatArray
    high: FloatArray
    is_new: NDArray[np.bool_]

    @property
    def novelties(self) -> Mapping[int, Novelty]:
        """By row, for rows of which something is new."""
        rows = np.flatnonzero(self.is_new.any(axis=1)).tolist()
        return {row: Novelty(*self.is_new[row].tolist()) for row in rows}


class TripDurationModel:
    """Serves one version from its verified files; holds no frame, takes no lock."""

    def __init__(self, files: Files, ref: ModelRef) -> None:
        settings = json.loads(files[SETTINGS_FILE])
        self.ref = ref
        self._features = DurationFeatures.unpacked(
            files[TABLES_FILE],
            knows_week=settings["knows_week"],
            knows_tracts=settings.get("knows_tracts", False),
        )
        self._trees = Trees(files[TREES_FILE])
        self._spread = Trees(files[SPREAD_FILE]) if SPREAD_FILE in files else None
        self._is_new_minute = _is_new_minute(settings.get("trips_by_band"))
        self._ranges = Ranges.from_dict(settings["ranges"])
        self._average = float(settings["average_min"])

    def estimate(self, rows: Columns) -> DurationEstimates:
        """Durations with their ranges; the bits do not depend on how many rows come together."""
        starts = starts_of_rows(rows)
        estimates = self._estimate(starts)
        self._mark_new(estimates, rows, starts)
        return estimates

    def estimate_rides(self, rides: Rides) -> DurationEstimates:
        """The same for rides by column: what the meter knows afterwards is not looked at."""
        return self._estimate(starts_of_rides(rides))

    def explain(self, row: Row, features: FloatArray, duration_min: float) -> DurationExplanation:
        """Why one trip takes so long: exact Shapley values of the trees, and what is typical of the pair at that hour.

        Args:
            features: shape (n_features,).
            duration_min: as answered; the reasons add up to it.

        Source:
            Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
            trees.
        """
        average = round(self._average, DIGITS)
        values = self._trees.contributions(features[np.newaxis])[0, :-1]
        effects = np.asarray([values[places].sum() for places in _PLACES.values()])
        total = duration_min - average
        # rounding, and what a trip's bounds cut off
        effects[np.argmax(np.abs(effects))] += total - effects.sum()
        shown = self._shown(row, features)
        amounts = apportion(effects.tolist(), total)
        reasons = [
            DurationReason(name, shown[name], amount) for name, amount in zip(_PLACES, amounts, strict=True)
        ]
        reasons.sort(key=lambda reason: -abs(reason.effect))
        return DurationExplanation(average, reasons, self._typical(row, features))

    def _estimate(self, starts: Starts) -> DurationEstimates:
        matrix = self._features.matrix(starts)
        duration = point_duration(self._trees.predict(matrix))
        spread = np.ones(len(matrix)) if self._spread is None else spread_of(self._spread.predict(matrix))
        low, high = self._ranges.bounds(duration, spread, starts.has_unknown, is_new_pair(matrix))
        return DurationEstimates(
            matrix, duration, low, high, np.zeros((len(matrix), NOVELTIES), dtype=np.bool_)
        )

    def _mark_new(self, estimates: DurationEstimates, rows: Columns, starts: Starts) -> None:
        marks = estimates.is_new
        marks[:, 0] = is_new_pair(estimates.features) & ~starts.has_unknown
        marks[:, 1] = self._is_new_minute[starts.minutes]
        if has_tracts(rows):
            unused = unused_tracts(rows, starts, knows_tracts=self._features.knows_tracts)
            marks[:, 2], marks[:, 3] = unused

    def _shown(self, row: Row, features: FloatArray) -> dict[str, object]:
        """The value beside each reason."""
        street_km = float(features[NAMES.index(DISTANCE)])
        return {
            **{name: row[name] for name in (PICKUP, DROPOFF, START)},
            DISTANCE: None if np.isnan(street_km) else round(street_km, 1),
            TYPICAL: _typical_min(features),
        }

    def _typical(self, row: Row, features: FloatArray) -> TypicalDuration:
        starts = starts_of_rows({name: (value,) for name, value in row.items()})
        band = BANDS[int(self._features.band_of[starts.minutes[0]])]
        pair_trips, hour_trips = (
            int(features[NAMES.index(name)]) for name in ("pair_trips", "trips_at_hour")
        )
        return TypicalDuration(_typical_min(features), band.words(), pair_trips, hour_trips)


def self_test_answers(model: TripDurationModel, rows: list[dict[str, object]]) -> list[list[float]]:
    """Duration, low and high for stored rows, to the last bit; versions from before tracts stored rows without them."""
    estimates = model.estimate(as_columns(rows, list(rows[0])))
    return np.column_stack([estimates.duration_min, estimates.low, estimates.high]).tolist()  # type: ignore[no-any-return]


load = partial(load_tested, TripDurationModel, self_test_answers)


def _is_new_minute(trips_by_band: list[int] | None) -> NDArray[np.bool_]:
    """By minute of every kind of day: True where the training table has hardly a trip; nowhere where nobody counted."""
    counts = np.full(len(BANDS), FEWEST_IN_BAND) if trips_by_band is None else np.asarray(trips_by_band)
    is_new: NDArray[np.bool_] = (counts < FEWEST_IN_BAND)[band_table()]
    return is_new


def _typical_min(features: FloatArray) -> float:
    return round(float(features[NAMES.index("typical_at_hour_min")]), DIGITS)
