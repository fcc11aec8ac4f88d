"""What the documentation shows of the buffer's bodies and answers; figures are those of the public table."""

from __future__ import annotations

_ID = "0198c0de-0000-7000-8000-000000000000"
_TABLE = {
    "source": "rental-delays e160f02c082e: Getaround delay case study",
    "sha256": "e160f02c082e…",
    "is_synthetic": False,
    "rows": 17195,
    "used": 17195,
    "refused": 0,
}
_PROVENANCE = {
    "analysis": _ID,
    "table": _TABLE,
    "method": {"interval_level": 0.95, "draws": 1000, "seed": 7, "resampled": "cars"},
}

FRONTIER: dict[str, object] = {
    "scope": "all",
    "rentals": 17195,
    "chained": 1488,
    "known": 1391,
    "unknown": 97,
    "conflicts": 176,
    "conflict_rate": 0.126528,
    "intervals": {"conflicts": {"low": 148, "high": 204}},
    "points": [
        {
            "threshold_min": 60,
            "touched": 322,
            "share_of_all": 0.018726,
            "share_of_chained": 0.216398,
            "unknown_touched": 19,
            "avoided": 116,
            "avoided_share": 0.659091,
            "cleared_by_moving": 98,
            "wait_avoided_h": 121.4,
            "without_need": 187,
            "conflicts_per_touched": 0.382838,
            "break_even": 2.612069,
            "intervals": {"touched": {"low": 280, "high": 368}, "avoided": {"low": 93, "high": 140}},
            "if_unknown_were_known": {"avoided": {"worst": 116, "best": 135}},
        }
    ],
    "marginal_over_min": 30,
    **_PROVENANCE,
}

GROUPS: dict[str, object] = {
    "delay_edges_min": [-120, -60, -30, 0, 30, 60, 120, 240],
    "gap_edges_min": [60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 660],
    "groups": [
        {
            "state": "ended",
            "checkin_type": "connect",
            "delay": 4,
            "gap": 0,
            "previous": "late",
            "rentals": 12,
        }
    ],
    **_PROVENANCE,
}

ANSWERS: dict[str, object] = {
    "answers": [
        {
            "question": "How many problem cases would it solve, by threshold and scope?",
            "words": "At 60 minutes for all cars 116 (93 to 140) of 176 conflicts are avoided by refusing the booking; …",
            "figures": [{"scope": "all", "threshold_min": 60, "avoided": 116}],
            "method": "Conflicts with a planned gap below the threshold; …",
        }
    ],
    **_PROVENANCE,
}

DECIDE_REQUEST: dict[str, object] = {
    "booking_value": 60,
    "conflict_cost": 250,
    "currency": "EUR",
    "recapture_share": 0.3,
    "shift_share": 0.4,
    "shift_up_to_min": 60,
}

DECIDE: dict[str, object] = {
    "inputs": DECIDE_REQUEST,
    "gains_per_chained_rentals": 100,
    "uniform": {
        "threshold_min": 90,
        "gain": 1444.773544,
        "interval": {"low": 1091.606061, "high": 1805.790716},
        "chosen_share": 0.667,
        "best_threshold_interval_min": [60, 120],
        "optimism": 12.41,
        "gain_if_unknown_were_known": {"worst": 1302.9, "best": 1790.2},
        "stays_best_for": {"conflict_cost": {"from": 201.272727, "to": 291.529412}},
    },
    "pair": {
        "connect_min": 90,
        "mobile_min": 120,
        "gain": 1467.2,
        "interval": {"low": 1102.4, "high": 1833.9},
        "optimism": 21.7,
        "gain_if_unknown_were_known": {"worst": 1310.5, "best": 1822.6},
        "chosen_share": 0.41,
        "best_threshold_interval_min": {"connect_min": [30, 120], "mobile_min": [60, 150]},
        "stays_best_for": {"conflict_cost": {"from": 231.4, "to": 262.8}},
    },
    "curve": [
        {"threshold_min": 90, "gain": 1444.773544, "interval": {"low": 1091.606061, "high": 1805.790716}}
    ],
    **_PROVENANCE,
}

QUEUED: dict[str, object] = {"analysis": _ID, "status": "queued"}

ANALYSIS: dict[str, object] = {
    "analysis": _ID,
    "status": "running",
    "progress": {"stage": "count rules", "done": 2, "total": 7},
    "source": "our_rentals.xlsx",
    "created_at": "2026-05-01T09:30:00.000000Z",
    "created_by": "a client",
    "finished_at": None,
    "error": None,
    "result": None,
}

POLICY_REQUEST: dict[str, object] = {
    "connect_min": 30,
    "mobile_min": 60,
    "reason": "Late returns spoiled the summer.",
}

POLICY: dict[str, object] = {
    "version": 3,
    "connect_min": 30,
    "mobile_min": 60,
    "shift_up_to_min": 720,
    "reason": "Late returns spoiled the summer.",
    "author": "an operator",
    "effective_from": "2026-05-01T09:30:00.000000Z",
    "created_at": "2026-05-01T09:30:00.000000Z",
    "analysis": _ID,
}

CHECK_REQUEST: dict[str, object] = {
    "car_id": "359049",
    "checkin_type": "mobile",
    "previous_planned_end_at": "2026-05-01T10:00:00Z",
    "requested_start_at": "2026-05-01T10:30:00Z",
}

CHECK: dict[str, object] = {
    "verdict": "later",
    "earliest_start_at": "2026-05-01T11:00:00.000000Z",
    "gap_min": 30.0,
    "threshold_min": 60,
    "policy": {"name": "rental-buffer-policy", "version": "3"},
    "decision_id": _ID,
}

OUTCOME: dict[str, object] = {
    "policy": POLICY,
    "verdict": "as_promised",
    "words": "Nothing speaks against the promise: 5.4% of the bookings that keep the gap were in conflict, …",
    "promised": {"conflict_rate_left": {"value": 0.055147, "low": 0.042, "high": 0.069}},
    "observed": {"conflict_rate_left": {"value": 0.054, "low": 0.039, "high": 0.071}},
    "difference_of_rates": {"value": -0.001, "low": -0.02, "high": 0.02},
    "change_of_conflict_rate": {"value": -0.031, "low": -0.052, "high": -0.01},
    "interval_level": 0.95,
    "promised_by": {"analysis": _ID, **_TABLE},
    "observed_in": {"analysis": _ID, **_TABLE, "source": "our_rentals.xlsx"},
}
