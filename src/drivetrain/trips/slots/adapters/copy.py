"""Scored rides as the rows of a binary COPY."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from drivetrain.adapters.postgres.binary_copy import CopyLayout
from drivetrain.trips.slots.application.ports import ScoredRides
from drivetrain.trips.slots.domain.ids import trip_ids

STAGED = CopyLayout(
    {
        "trip_id": "uuid",
        "pickup_community_area": "smallint",
        "dropoff_community_area": "smallint",
        "trip_start_timestamp": "timestamptz",
        "fare": "double precision",
        "trip_total": "double precision",
        "trip_miles": "double precision",
        "predicted_duration": "double precision",
        "predicted_low": "double precision",
        "predicted_high": "double precision",
    }
)
"""The columns that differ from ride to ride."""


def staged_rows(slot_at: datetime, scored: ScoredRides) -> NDArray[np.void]:
    """The rides of a slot with their estimates and ids, ready to be copied."""
    rides, estimates = scored.rides, scored.estimates
    return STAGED.rows(
        {
            "trip_id": trip_ids(slot_at, len(rides)),
            "pickup_community_area": rides.pickup_community_area,
            "dropoff_community_area": rides.dropoff_community_area,
            "trip_start_timestamp": rides.trip_start_timestamp,
            "fare": rides.fare,
            "trip_total": rides.trip_total,
            "trip_miles": rides.trip_miles,
            "predicted_duration": estimates.duration_min,
            "predicted_low": estimates.low,
            "predicted_high": estimates.high,
        }
    )
