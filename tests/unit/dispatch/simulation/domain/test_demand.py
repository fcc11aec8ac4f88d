"""Who asks, and where."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.dispatch.simulation.domain.demand import (
    Demand,
    RecordedDemand,
    Spot,
    SpotDemand,
    Ways,
)

WAYS = Ways(start_s=60.0, s_per_km=200.0, spread=0.2)
SPOTS = SpotDemand(0.5, 10.0, (Spot(0.5, 0.1, 5.0, 5.0, 1.0), Spot(0.5, 0.9)))


def trips(*hours: float) -> Demand:
    """A trip of a kilometer at each hour of the day."""
    at_s = np.array(hours) * 3_600.0
    ends = np.column_stack([np.arange(len(hours)), np.zeros(len(hours))]).astype(np.float64)
    return Demand(at_s, ends, ends + np.array([0.0, 1.0]), np.full(len(hours), 300.0))


def test_the_same_random_numbers_give_the_same_requests() -> None:
    one, other = [SPOTS.draw(7_200.0, WAYS, np.random.default_rng(3)) for _ in range(2)]
    assert len(one) > 3_000
    assert (one.at_s == other.at_s).all()
    assert (one.trip_s == other.trip_s).all()


def test_requests_come_in_order_at_their_rate_within_the_city() -> None:
    demand = SPOTS.draw(36_000.0, WAYS, np.random.default_rng(1))
    assert len(demand) == pytest.approx(18_000, abs=4 * 18_000**0.5)
    assert (np.diff(demand.at_s) >= 0).all()
    for ends in (demand.from_km, demand.to_km):
        assert ((ends >= 0) & (ends <= 10)).all()


def test_rides_take_what_the_ways_say_as_the_median() -> None:
    demand = SPOTS.draw(36_000.0, WAYS, np.random.default_rng(1))
    assert np.median(demand.trip_s / WAYS.expected_s(demand.trip_km)) == pytest.approx(1.0, abs=0.02)


def test_a_replay_gives_each_trip_at_its_time_once() -> None:
    replay = RecordedDemand(trips(6.0, 7.5, 9.0), days=1.0, begins_s=7 * 3_600.0, is_replay=True)
    demand = replay.draw(3 * 3_600.0, WAYS, np.random.default_rng(1))
    assert demand.at_s.tolist() == [1_800.0, 7_200.0]
    assert demand.from_km.tolist() == [[1.0, 0.0], [2.0, 0.0]]


def test_a_replay_goes_on_past_midnight() -> None:
    replay = RecordedDemand(trips(0.5, 23.0), days=1.0, begins_s=22 * 3_600.0, is_replay=True)
    assert replay.draw(4 * 3_600.0, WAYS, np.random.default_rng(1)).at_s.tolist() == [3_600.0, 9_000.0]


def test_a_drawn_day_has_as_many_requests_as_a_recorded_one_by_the_scale() -> None:
    recorded = RecordedDemand(trips(*np.linspace(8.0, 9.9, 1_000)), days=2.0, scale=4.0, begins_s=8 * 3_600.0)
    drawn = recorded.draw(7_200.0, WAYS, np.random.default_rng(1))
    assert len(drawn) == pytest.approx(2_000, abs=4 * 2_000**0.5)
    assert (np.diff(drawn.at_s) >= 0).all()
    assert ((drawn.at_s >= 0) & (drawn.at_s < 7_200)).all()


def test_an_hour_without_a_recorded_trip_has_no_requests() -> None:
    recorded = RecordedDemand(trips(8.0), days=1.0, begins_s=12 * 3_600.0)
    assert len(recorded.draw(3_600.0, WAYS, np.random.default_rng(1))) == 0
