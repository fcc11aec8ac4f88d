"""Say how long trips will take: the model's minutes with their range, with reasons on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drivetrain.lifecycle.data.contracts import FieldWarning, Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.answering import DecisionRule, ExplainedDecision
from drivetrain.trips.duration.application.ports import DurationModel
from drivetrain.trips.duration.domain.duration import (
    FAMILIAR,
    DurationExplanation,
    Novelty,
    TripDuration,
    durations,
)
from drivetrain.trips.duration.model.contract import DROPOFF, DROPOFF_TRACT, PICKUP_TRACT, START


def _estimate(model: DurationModel, trips: Columns) -> tuple[FloatArray, list[TripDuration]]:
    estimates = model.estimate(trips)
    values = durations(estimates.duration_min, estimates.low, estimates.high, estimates.novelties)
    return estimates.features, values


def _explain(
    model: DurationModel, trip: Row, features: FloatArray, duration: TripDuration
) -> DurationExplanation:
    return model.explain(trip, features, duration.duration_min)


_NEW_PAIR = FieldWarning(
    DROPOFF,
    "trips.new_pair",
    "No trip of the training table ran between these areas; the duration is learned from other pairs only.",
)
_NEW_CALENDAR = FieldWarning(
    START,
    "trips.new_calendar",
    "The training table has hardly a trip at such hours of such days (working days, or weekends and holidays); "
    "the range may not hold.",
)
_UNUSED_TRACTS = {
    name: FieldWarning(
        name,
        f"trips.{name}_unused",
        f"{name} is not told apart from its area, or lies in another one; the area counts alone.",
    )
    for name in (PICKUP_TRACT, DROPOFF_TRACT)
}


def _warn(duration: TripDuration) -> Sequence[FieldWarning]:
    novelty = duration.novelty
    return () if novelty is FAMILIAR else tuple(_warnings_of(novelty))


def _warnings_of(novelty: Novelty) -> Iterator[FieldWarning]:
    if novelty.pair:
        yield _NEW_PAIR
    if novelty.calendar:
        yield _NEW_CALENDAR
    if novelty.pickup_tract:
        yield _UNUSED_TRACTS[PICKUP_TRACT]
    if novelty.dropoff_tract:
        yield _UNUSED_TRACTS[DROPOFF_TRACT]


ESTIMATE_DURATION: DecisionRule[DurationModel, TripDuration, DurationExplanation] = DecisionRule(
    "trips", _estimate, _explain, _warn
)

DurationAnswer = ExplainedDecision[TripDuration, DurationExplanation]
