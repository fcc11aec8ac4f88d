"""The rows of a slot's copy are its rides, in their order, with their ids."""

from __future__ import annotations

from uuid import UUID

import numpy as np
from tests.support.trip_fakes import BEGIN, PlainModel, PlainSource

from drivetrain.trips.slots.adapters.copy import STAGED, staged_rows
from drivetrain.trips.slots.application.ports import ScoredRides
from drivetrain.trips.slots.domain.ids import trip_ids


def test_every_ride_is_a_row_with_its_id_its_areas_and_its_estimate() -> None:
    drawn = PlainSource(7).rides(BEGIN, 5)
    estimates = PlainModel().estimate_rides(drawn)
    rows = staged_rows(BEGIN, ScoredRides(drawn, estimates, "1", "plain"))
    assert (rows["fields"] == len(STAGED.columns)).all()
    ids = [UUID(bytes=each) for each in rows["trip_id"].tolist()]
    assert ids == [UUID(bytes=each) for each in trip_ids(BEGIN, 7).tolist()]
    for name in ("pickup_community_area", "dropoff_community_area", "fare", "trip_total", "trip_miles"):
        assert np.array_equal(rows[name], getattr(drawn, name), equal_nan=True)
    for name, values in (
        ("predicted_duration", estimates.duration_min),
        ("predicted_low", estimates.low),
        ("predicted_high", estimates.high),
    ):
        assert np.array_equal(rows[name], values, equal_nan=True)
