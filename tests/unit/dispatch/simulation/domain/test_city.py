"""A synthetic city moves the same by the same seed, and its drivers do what they are asked."""

from __future__ import annotations

import math

from drivetrain.dispatch.events.domain.events import DriverStatus, Place
from drivetrain.dispatch.simulation.domain.city import Position, Rider, SyntheticCity

CENTER = Place(41.88, -87.63)


def city(drivers: int = 50, seed: int = 7, run: str = "run") -> SyntheticCity:
    return SyntheticCity(drivers=drivers, center=CENTER, radius_km=5.0, seed=seed, run=run)


def all_of(one: SyntheticCity) -> list[Position]:
    return one.positions(range(len(one)))


def km_between(one: Place, other: Place) -> float:
    north = (one.latitude - other.latitude) * 111.195
    east = (one.longitude - other.longitude) * 111.195 * math.cos(math.radians(41.88))
    return math.hypot(north, east)


def test_the_same_seed_and_steps_give_the_same_city() -> None:
    one, other = city(), city()
    for each in (one, other):
        each.move(1.0)
        each.riders(3.0, 10.0)
        each.move(2.0)
    assert all_of(one) == all_of(other)
    assert all_of(city(seed=8)) != all_of(city())


def test_every_id_says_that_it_is_synthetic() -> None:
    one = city()
    riders = one.riders(5.0, 10.0)
    ids = [p.driver_id for p in all_of(one)] + [r.rider_id for r in riders] + [r.request_id for r in riders]
    assert all(name.startswith("synthetic-7-") for name in ids)
    assert len(set(ids)) == len(ids)


def test_drivers_cruise_and_stay_near_the_city() -> None:
    one = city()
    before = all_of(one)
    for _ in range(600):
        one.move(1.0)
    after = all_of(one)
    assert all(km_between(a.place, b.place) > 0 for a, b in zip(before, after, strict=True))
    assert all(km_between(p.place, CENTER) < 5.0 * math.sqrt(2) + 0.5 for p in after)


def test_a_driver_fetches_a_rider_brings_them_and_is_free_again() -> None:
    one = city()
    rider = Rider("q", "r", Place(41.881, -87.63), Place(41.89, -87.62))
    (driver,) = one.positions([3])
    assert one.assign(driver.driver_id, rider)
    assert not one.assign(driver.driver_id, rider)  # not twice
    assert one.positions([3])[0].status is DriverStatus.ON_TRIP
    assert one.busy == 1
    places = []
    while one.busy:
        one.move(1.0)
        places.append(one.positions([3])[0].place)
    assert min(km_between(place, rider.pickup) for place in places) < 0.02
    assert km_between(places[-1], rider.dropoff) < 0.02
    assert one.positions([3])[0].status is DriverStatus.IDLE


def test_strangers_are_not_assigned() -> None:
    one = city(drivers=5)
    rider = Rider("q", "r", CENTER, CENTER)
    for name in ("driver_7", "synthetic-7-driver-5", "synthetic-8-driver-1", "synthetic-7-driver-x", ""):
        assert not one.assign(name, rider)


def test_riders_come_at_the_rate_that_was_asked_for() -> None:
    one = city()
    count = sum(len(one.riders(2.0, 1.0)) for _ in range(2_000))
    assert abs(count - 4_000) < 5 * math.sqrt(4_000)
    assert one.riders(0.0, 10.0) == []


def test_two_runs_of_one_seed_move_the_same_and_make_other_requests() -> None:
    """The platform knows the requests of the first run, and refuses them for as long as their offers last."""
    one, other = city(run="a"), city(run="b")
    requests = [{rider.request_id for rider in each.riders(5.0, 10.0)} for each in (one, other)]
    assert requests[0]
    assert not requests[0] & requests[1]
    assert all_of(one) == all_of(other)
