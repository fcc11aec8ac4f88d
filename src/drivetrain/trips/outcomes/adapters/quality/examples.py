"""What the documentation shows of answers about outcomes and quality; the figures are made up."""

from __future__ import annotations

RECORDED: dict[str, object] = {
    "results": [
        {"trip_id": "019df2f5-6100-8abc-8abc-abcdef000007", "is_new": True, "is_waiting": False},
        {"trip_id": "019df2f5-6100-8abc-8abc-abcdef000008", "is_new": False, "is_waiting": False},
    ],
    "counts": {"ok": 2, "failed": 0, "new": 1, "repeated": 1, "waiting": 0},
}

RECORDED_FILE: dict[str, object] = {
    "counts": {"ok": 99_999, "failed": 1, "new": 99_999, "repeated": 0, "waiting": 12},
    "failed_rows": [
        {
            "row": 7,
            "errors": [
                {
                    "row": 7,
                    "column": "duration_min",
                    "code": "trips.duration_min_out_of_range",
                    "detail": "duration_min must be more than 0 and at most 1,440 minutes.",
                }
            ],
        }
    ],
    "ignored_columns": [],
}

_FIGURES: dict[str, object] = {
    "rides": 10_240,
    "outcomes": 9_871,
    "synthetic_outcomes": 0,
    "unusable_outcomes": 3,
    "hours": 24,
    "are_few": False,
    "mean_absolute_error_min": {"value": 5.41, "low": 5.2, "high": 5.62},
    "median_absolute_error_min": 3.72,
    "bias_min": {"value": 0.31, "low": -0.08, "high": 0.7},
    "r2_score": 0.66,
    "coverage": {"value": 0.897, "low": 0.884, "high": 0.909},
    "baseline_error_min": {"value": 6.9, "low": 6.6, "high": 7.2},
    "gain_min": {"value": 1.49, "low": 1.3, "high": 1.68},
}

QUALITY: dict[str, object] = {
    "from": "2026-05-11T05:00:00.000000Z",
    "to": "2026-05-12T05:00:00.000000Z",
    "by": "day",
    "waiting_outcomes": 12,
    "is_synthetic": False,
    "total": _FIGURES,
    "groups": [{"day": "2026-05-11", **_FIGURES}],
    "reference": {
        "from": "2026-05-04T05:00:00.000000Z",
        "to": "2026-05-11T05:00:00.000000Z",
        "choice": "first_full_week",
        "are_few": False,
        "reason": "The first seven days in a row since the model went live with at least 30 outcomes in 10 hours each.",
    },
    "drift": [
        {
            "input": "pickup_community_area",
            "verdict": "stable",
            "stability_index": 0.021,
            "noise_floor": 0.013,
            "jensen_shannon_distance": 0.06,
            "rides": 10_240,
            "reference_rides": 70_112,
            "categories": 71,
            "changes": [{"category": "76", "share": 0.101, "reference_share": 0.093}],
        }
    ],
    "method": {
        "interval_level": 0.95,
        "intervals_count": "hours",
        "baseline": "Median duration of the pair of areas …",
    },
}
