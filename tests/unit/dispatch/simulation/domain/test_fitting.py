"""Cities from recorded trips find again what the trips were made from."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.simulation.domain.cities import ACCEPTANCE
from drivetrain.dispatch.simulation.domain.fitting import (
    Trips,
    acceptance_by_hour,
    fitted_city,
    fitted_ways,
)

RANDOM = np.random.default_rng(5)


def made_up(count: int = 4_000) -> Trips:
    """Trips of two days within 8 by 8 km that take 100 s and 180 s for each kilometer, give or take 20 %."""
    from_km, to_km = RANDOM.uniform(0, 8, (2, count, 2))
    expected_s = 100 + 180 * np.hypot(*(to_km - from_km).T)
    return Trips(
        day=RANDOM.integers(0, 2, count),
        at_s=RANDOM.uniform(0, 86_400, count),
        from_km=from_km,
        to_km=to_km,
        trip_s=expected_s * np.exp(RANDOM.normal(0, 0.2, count)),
    )


def test_ways_are_found_again() -> None:
    trips = made_up()
    ways = fitted_ways(np.hypot(*(trips.to_km - trips.from_km).T), trips.trip_s)
    assert ways.s_per_km == pytest.approx(180, rel=0.05)
    assert ways.start_s == pytest.approx(100, abs=30)
    assert ways.spread == pytest.approx(0.2, abs=0.02)


def test_a_few_lost_meters_do_not_move_the_ways() -> None:
    distance_km = np.linspace(0.1, 8, 500)
    trip_s = 100 + 180 * distance_km
    trip_s[::50] = 7_000
    ways = fitted_ways(distance_km, trip_s)
    assert (ways.start_s, ways.s_per_km) == pytest.approx((100, 180), rel=0.02)


def test_a_city_has_the_trips_that_can_be_true() -> None:
    trips = made_up()
    trips.trip_s[:10] = 5.0  # too short
    trips.to_km[10:20] = np.nan  # unknown
    trips.from_km[20] = (500.0, 500.0)  # far away
    trips.trip_s[30:40] = np.nan
    city = fitted_city("own.csv", trips, begins_h=8, scale=3.0, is_replay=False)
    assert 3_700 < len(city.demand.trips) <= 3_970  # type: ignore[attr-defined]
    assert city.size_km == pytest.approx(8, abs=0.3)
    assert not city.is_synthetic
    assert "2 days" in city.summary
    demand = city.demand.draw(7_200.0, city.ways, np.random.default_rng(1))
    per_s = 3.0 * len(city.demand.trips) / 2 / 86_400  # type: ignore[attr-defined]
    assert len(demand) == pytest.approx(per_s * 7_200, rel=0.15)
    assert city.markets["overload"] < city.markets["tight"] < city.markets["slack"]


def test_too_few_trips_are_no_city() -> None:
    with pytest.raises(InvalidInputError) as caught:
        fitted_city("own.csv", made_up(150), begins_h=8, scale=1.0, is_replay=False)
    assert caught.value.code == "dispatch.too_few_trips"


def test_nothing_at_all_is_no_city() -> None:
    nothing = made_up().only(np.zeros(0, dtype=np.int64))
    with pytest.raises(InvalidInputError):
        fitted_city("own.csv", nothing, begins_h=8, scale=1.0, is_replay=True)


def test_drivers_accept_by_the_hour_as_in_the_requests() -> None:
    hours = np.repeat([5, 15], 2_000)
    accepted = np.concatenate([np.arange(2_000) < 760, np.arange(2_000) < 1_740]).astype(np.float64)
    found = acceptance_by_hour(hours, accepted)
    usual_min, usual_km = np.array(5.0), np.array(5.0)
    assert found.chances(usual_min, usual_km, 5) == pytest.approx(0.38, abs=0.01)
    assert found.chances(usual_min, usual_km, 15) == pytest.approx(0.87, abs=0.01)
    assert found.chances(usual_min, usual_km, 0) == pytest.approx(
        0.625, abs=0.01
    )  # no offers: as in all hours
    assert (found.per_min, found.driver_sd) == (ACCEPTANCE.per_min, ACCEPTANCE.driver_sd)
