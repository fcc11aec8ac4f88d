"""Say how long trips will take: the model's minutes with their range, with reasons on request."""

from __future__ import annotations

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.answering import DecisionRule, ExplainedDecision
from drivetrain.trips.duration.application.ports import DurationModel
from drivetrain.trips.duration.domain.duration import DurationExplanation, TripDuration, durations


def _estimate(model: DurationModel, trips: Columns) -> tuple[FloatArray, list[TripDuration]]:
    estimates = model.estimate(trips)
    return estimates.features, durations(estimates.duration_min, estimates.low, estimates.high)


def _explain(
    model: DurationModel, trip: Row, features: FloatArray, duration: TripDuration
) -> DurationExplanation:
    return model.explain(trip, features, duration.duration_min)


ESTIMATE_DURATION: DecisionRule[DurationModel, TripDuration, DurationExplanation] = DecisionRule(
    "trips", _estimate, _explain
)

DurationAnswer = ExplainedDecision[TripDuration, DurationExplanation]
