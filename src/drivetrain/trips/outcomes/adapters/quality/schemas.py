"""The quality of trip durations as JSON values."""

from __future__ import annotations

import math
from typing import Any, NotRequired

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import RowFailure, WarningAnswer, WindowAnswer
from drivetrain.core.statistics import LEVEL, Estimate
from drivetrain.core.time import iso_utc
from drivetrain.trips.outcomes.application.read_quality import (
    LEAST_PER_PAIR,
    Group,
    Quality,
    Reference,
    ReferenceChoice,
    Window,
)
from drivetrain.trips.outcomes.domain.drift import Drift
from drivetrain.trips.outcomes.domain.quality import FEW_HOURS, FEW_OUTCOMES, By

_DIGITS = 4


class RecordedTrip(TypedDict):
    """A trip's outcome: ``is_new`` unless it stood already; ``is_waiting`` while no prediction of the trip is known."""

    trip_id: str
    is_new: bool
    is_waiting: bool


class RecordedCounts(TypedDict):
    """How many outcomes met which end."""

    ok: int
    failed: int
    new: int
    repeated: int
    waiting: int


class RecordedTrips(TypedDict):
    """One result for each outcome, in order."""

    results: list[RecordedTrip | RowFailure]
    counts: RecordedCounts


class RecordedTable(TypedDict):
    """How many rows were recorded, and the first of those that were not."""

    counts: RecordedCounts
    failed_rows: list[RowFailure]
    ignored_columns: list[str]
    sheet: NotRequired[str]
    table_warnings: NotRequired[list[WarningAnswer]]


class EstimateAnswer(TypedDict):
    """A figure with its 95 % interval; null where there is too little to tell."""

    value: float | None
    low: float | None
    high: float | None


class QualityFigures(TypedDict):
    """How well durations were predicted, in minutes; the coverage is a share."""

    rides: int
    outcomes: int
    synthetic_outcomes: int
    unusable_outcomes: int
    hours: int
    are_few: bool
    mean_absolute_error_min: EstimateAnswer
    median_absolute_error_min: float | None
    bias_min: EstimateAnswer
    r2_score: float | None
    coverage: EstimateAnswer
    baseline_error_min: EstimateAnswer
    gain_min: EstimateAnswer


class GroupFigures(QualityFigures):
    """The same for one group, whose name stands under the field that the groups are made by."""

    area: NotRequired[int | str]
    hour: NotRequired[int | str]
    version: NotRequired[int | str]
    model_age: NotRequired[int | str]
    day: NotRequired[int | str]


class ShareChange(TypedDict):
    """A category with its share in the window and in the reference."""

    category: str
    share: float | None
    reference_share: float | None


class DriftAnswer(TypedDict):
    """How far an input has moved from the reference."""

    input: str
    verdict: str
    stability_index: float | None
    noise_floor: float | None
    jensen_shannon_distance: float | None
    rides: int
    reference_rides: int
    categories: int
    changes: list[ShareChange]


ReferenceAnswer = TypedDict(
    "ReferenceAnswer",
    {"from": str, "to": str, "choice": ReferenceChoice, "are_few": bool | None, "reason": str},
)
"""What a window is compared with, why with that, and whether it holds few outcomes; null where it was named."""


class QualityMethod(TypedDict):
    """How the figures were made."""

    interval_level: float
    intervals_count: str
    baseline: str


QualityAnswer = TypedDict(
    "QualityAnswer",
    {
        "from": str,
        "to": str,
        "by": By,
        "waiting_outcomes": int,
        "is_synthetic": bool,
        "total": QualityFigures,
        "groups": list[GroupFigures],
        "reference": ReferenceAnswer | None,
        "drift": list[DriftAnswer],
        "method": QualityMethod,
    },
)
"""A window with its groups."""

BASELINE = (
    "Median duration of the pair of areas in the reference; of all its rides where the pair has fewer than "
    f"{LEAST_PER_PAIR} outcomes there."
)


_REASONS = {
    ReferenceChoice.NAMED: "It was named.",
    ReferenceChoice.FIRST_FULL_WEEK: "The first seven days in a row since the model went live with at least "
    f"{FEW_OUTCOMES} outcomes in {FEW_HOURS} hours each.",
    ReferenceChoice.MOST_OUTCOMES: "The days since the model went live with the most outcomes.",
    ReferenceChoice.BEFORE_RELEASE: "Nothing was scored since the model went live and before the window: rides that were "
    "scored for earlier days.",
}
_FEW = f" They are few: no seven days in a row have {FEW_OUTCOMES} outcomes in {FEW_HOURS} hours each."


def quality_answer(quality: Quality, by: By) -> dict[str, Any]:
    """A window with its groups."""
    return {
        **_window(quality.window),
        "by": by.value,
        "waiting_outcomes": quality.waiting,
        "is_synthetic": quality.is_synthetic,
        "total": group_figures(quality.total),
        "groups": [{by.value: group.label, **group_figures(group)} for group in quality.groups[by]],
        "reference": None if quality.reference is None else _reference(quality.reference),
        "drift": [{"input": name, **_drift(drift)} for name, drift in quality.drift.items()],
        "method": {"interval_level": LEVEL, "intervals_count": "hours", "baseline": BASELINE},
    }


def group_figures(group: Group) -> QualityFigures:
    """The figures of one group."""
    figures = group.figures
    return {
        "rides": figures.rides,
        "outcomes": figures.outcomes,
        "synthetic_outcomes": figures.synthetic,
        "unusable_outcomes": figures.unusable,
        "hours": figures.hours,
        "are_few": figures.are_few,
        "mean_absolute_error_min": _estimate(figures.mean_absolute_error_min),
        "median_absolute_error_min": _number(group.median_absolute_error_min),
        "bias_min": _estimate(figures.bias_min),
        "r2_score": _number(figures.r2_score),
        "coverage": _estimate(figures.coverage),
        "baseline_error_min": _estimate(figures.baseline_error_min),
        "gain_min": _estimate(figures.gain_min),
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "verdict": drift.verdict.value,
        "stability_index": _number(drift.index),
        "noise_floor": _number(drift.noise_floor),
        "jensen_shannon_distance": _number(drift.distance),
        "rides": drift.rides,
        "reference_rides": drift.reference_rides,
        "categories": drift.categories,
        "changes": [
            {
                "category": change.category,
                "share": _number(change.share),
                "reference_share": _number(change.reference_share),
            }
            for change in drift.changes
        ],
    }


def reason_of(reference: Reference) -> str:
    """Why a window is compared with this one, a sentence."""
    return _REASONS[reference.choice] + (_FEW if reference.are_few else "")


def _reference(reference: Reference) -> dict[str, Any]:
    return {
        **_window(reference.window),
        "choice": reference.choice.value,
        "are_few": reference.are_few,
        "reason": reason_of(reference),
    }


def _window(window: Window) -> WindowAnswer:
    return {"from": iso_utc(window.begin), "to": iso_utc(window.end)}


def _estimate(estimate: Estimate) -> EstimateAnswer:
    return {"value": _number(estimate.value), "low": _number(estimate.low), "high": _number(estimate.high)}


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, _DIGITS)
