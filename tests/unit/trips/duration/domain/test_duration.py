"""Durations are answered in hundredths of a minute, with their range."""

from __future__ import annotations

import numpy as np

from drivetrain.trips.duration.domain.duration import TripDuration, durations


def test_durations_are_rounded_and_written_with_their_range():
    (answered,) = durations(np.asarray([12.3456]), np.asarray([6.001]), np.asarray([20.999]))
    assert answered == TripDuration(12.35, 6.0, 21.0)
    assert answered.as_dict() == {"duration_min": 12.35, "range": {"low": 6.0, "high": 21.0, "coverage": 0.9}}
    assert answered.relative_width() == 15 / 12.35
