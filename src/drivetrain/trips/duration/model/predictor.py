"""One loaded version of the duration model: minutes with their range, reasons in minutes, what is typical."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial

import numpy as np

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
    TypicalDuration,
)
from drivetrain.trips.duration.model.contract import DROPOFF, PICKUP, START, TRIP_DURATION
from drivetrain.trips.duration.model.features import (
    DISTANCE,
    NAMES,
    REASONS,
    TYPICAL,
    DurationFeatures,
    Starts,
    starts_of_rides,
    starts_of_rows,
)
from drivetrain.trips.duration.model.formulas import Ranges, point_duration
from drivetrain.trips.duration.model.hours import BANDS
from drivetrain.trips.rides.domain.rides import Rides

TREES_FILE = "duration.txt"
TABLES_FILE = "tables.bin"
SETTINGS_FILE = "model.json"

_PLACES = {name: [NAMES.index(feature) for feature in features] for name, features in REASONS.items()}


@dataclass(frozen=True, slots=True)
class DurationEstimates:
    """Durations of rides, minutes.

    Attributes:
        features: what the model saw, shape (n_rides, n_features); NaN for what is not known of an unknown
            area.
        duration_min, low, high: shape (n_rides,), ``0 < low <= duration_min <= high``.
    """

    features: FloatArray
    duration_min: FloatArray
    low: FloatArray
    high: FloatArray


class TripDurationModel:
    """Serves one version from its verified files; holds no frame, takes no lock."""

    def __init__(self, files: Files, ref: ModelRef) -> None:
        settings = json.loads(files[SETTINGS_FILE])
        self.ref = ref
        self._features = DurationFeatures.unpacked(files[TABLES_FILE], knows_week=settings["knows_week"])
        self._trees = Trees(files[TREES_FILE])
        self._ranges = Ranges.from_dict(settings["ranges"])
        self._average = float(settings["average_min"])

    def estimate(self, rows: Columns) -> DurationEstimates:
        """Durations with their ranges; the bits do not depend on how many rows come together."""
        return self._estimate(starts_of_rows(rows))

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
        low, high = self._ranges.bounds(duration, starts.has_unknown)
        return DurationEstimates(matrix, duration, low, high)

    def _shown(self, row: Row, features: FloatArray) -> dict[str, object]:
        """The value beside each reason."""
        street_km = float(features[NAMES.index(DISTANCE)])
        return {
            **{name: row[name] for name in (PICKUP, DROPOFF, START)},
            DISTANCE: None if np.isnan(street_km) else round(street_km, 1),
            TYPICAL: _typical_min(features),
        }

    def _typical(self, row: Row, features: FloatArray) -> TypicalDuration:
        starts = starts_of_rows(as_columns([row], TRIP_DURATION.names))
        band = BANDS[int(self._features.band_of[starts.minutes[0]])]
        pair_trips, hour_trips = (
            int(features[NAMES.index(name)]) for name in ("pair_trips", "trips_at_hour")
        )
        return TypicalDuration(_typical_min(features), band.words(), pair_trips, hour_trips)


def self_test_answers(model: TripDurationModel, rows: list[dict[str, object]]) -> list[list[float]]:
    """Duration, low and high for stored rows, to the last bit."""
    estimates = model.estimate(as_columns(rows, TRIP_DURATION.names))
    return np.column_stack([estimates.duration_min, estimates.low, estimates.high]).tolist()  # type: ignore[no-any-return]


load = partial(load_tested, TripDurationModel, self_test_answers)


def _typical_min(features: FloatArray) -> float:
    return round(float(features[NAMES.index("typical_at_hour_min")]), DIGITS)
