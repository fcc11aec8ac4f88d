"""The quality of trip durations as JSON values."""

from __future__ import annotations

import math
from typing import Any

from drivetrain.core.statistics import LEVEL, Estimate
from drivetrain.core.time import iso_utc
from drivetrain.trips.outcomes.application.read_quality import LEAST_PER_PAIR, Group, Quality, Window
from drivetrain.trips.outcomes.domain.drift import Drift
from drivetrain.trips.outcomes.domain.quality import By

_DIGITS = 4

BASELINE = (
    "Median duration of the pair of areas in the reference; of all its rides where the pair has fewer than "
    f"{LEAST_PER_PAIR} outcomes there."
)


def quality_answer(quality: Quality, by: By) -> dict[str, Any]:
    """A window with its groups."""
    total = quality.total.figures
    return {
        **_window(quality.window),
        "by": by.value,
        "waiting_outcomes": quality.waiting,
        "is_synthetic": total.synthetic > 0,
        "total": group_figures(quality.total),
        "groups": [{by.value: group.label, **group_figures(group)} for group in quality.groups[by]],
        "reference": None if quality.reference is None else _window(quality.reference),
        "drift": [{"input": name, **_drift(drift)} for name, drift in quality.drift.items()],
        "method": {"interval_level": LEVEL, "intervals_count": "hours", "baseline": BASELINE},
    }


def group_figures(group: Group) -> dict[str, Any]:
    """The figures of one group."""
    found = group.figures
    return {
        "rides": found.rides,
        "outcomes": found.outcomes,
        "synthetic_outcomes": found.synthetic,
        "unusable_outcomes": found.unusable,
        "hours": found.hours,
        "are_few": found.are_few,
        "mean_absolute_error_min": _estimate(found.mean_absolute_error_min),
        "median_absolute_error_min": _number(group.median_absolute_error_min),
        "bias_min": _estimate(found.bias_min),
        "r2_score": _number(found.r2_score),
        "coverage": _estimate(found.coverage),
        "baseline_error_min": _estimate(found.baseline_error_min),
        "gain_min": _estimate(found.gain_min),
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
                "category": each.category,
                "share": _number(each.share),
                "reference_share": _number(each.reference_share),
            }
            for each in drift.changes
        ],
    }


def _window(window: Window) -> dict[str, str]:
    return {"from": iso_utc(window.begin), "to": iso_utc(window.end)}


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {"value": _number(estimate.value), "low": _number(estimate.low), "high": _number(estimate.high)}


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, _DIGITS)
