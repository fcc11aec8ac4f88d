"""The board: what this process knows of drivers, and one reading for all who look at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import pytest
from tests.support.dispatch import NOW, update
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.board.application import read_board
from drivetrain.dispatch.board.application.ports import ListedRide, RideCursor, RidesNow, WaitingRider
from drivetrain.dispatch.board.application.read_board import SHARED_S, Board, ReadBoard
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS, DriverStatus, DriverUpdate, Place
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.matching.domain.life import RideState
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers

NEW_YORK = City("New York", 40.5, -74.3, 41.0, -73.6)


class FewRides:
    """One rider who waits; counts how often it is asked."""

    def __init__(self, rider_id: str) -> None:
        self.rider_id = rider_id
        self.reads = 0
        self.error: UnavailableError | None = None
        self.is_synthetic = False

    def now(self) -> RidesNow:
        self.reads += 1
        if self.error is not None:
            raise self.error
        rider = WaitingRider("q", self.rider_id, RideState.REQUESTED, NOW, None, None)
        return RidesNow(NOW, {RideState.REQUESTED: 1}, [rider], [], self.is_synthetic)

    def latest(self, state: RideState | None, before: RideCursor | None, most: int) -> Sequence[ListedRide]:
        return ()


class Timer:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def board(
    updates: Sequence[DriverUpdate] = (), rider_id: str = "r", cities: Sequence[City] = (), unread: int = 0
) -> ReadBoard:
    log = MemoryEventLog(FixedClock(NOW))
    log.append({DRIVERS: [encode_update(each) for each in updates]})
    following = FollowDrivers(log, decode_updates, FixedClock(NOW), fresh_s=60)
    following.look()
    log.append({DRIVERS: [encode_update(update(f"unread{number}")) for number in range(unread)]})
    return ReadBoard(FewRides(rider_id), following, log, cities, Timer())


def test_fresh_drivers_are_counted_by_status_and_by_the_age_of_their_positions() -> None:
    now = update().occurred_us
    ages = [update(f"d{age}", occurred_us=now - age * 1_000_000) for age in range(21)]
    others = [update("away", status=DriverStatus.OFFLINE), update("old", occurred_us=now - 61_000_000)]
    drivers = board([*ages, *others], unread=3)().drivers
    assert drivers.by_status == {DriverStatus.IDLE: 21, DriverStatus.ON_TRIP: 0, DriverStatus.OFFLINE: 1}
    assert (drivers.stale, drivers.total) == (1, 23)
    assert (drivers.median_age_s, drivers.p95_age_s) == (9.5, pytest.approx(18.95))
    assert (drivers.newest_update_age_s, drivers.behind) == (0.0, 3)


def test_before_the_first_position_there_is_no_age_and_no_place() -> None:
    drivers = board()().drivers
    assert (drivers.median_age_s, drivers.newest_update_age_s, drivers.behind) == (None, None, 0)
    assert drivers.places == ()


def test_the_map_shows_the_cities_served_or_where_drivers_are() -> None:
    updates = [update("a", place=Place(40.7, -74.0)), update("b", place=Place(40.9, -73.8))]
    assert board(updates)().drivers.places == (City("", 40.7, -74.0, 40.9, -73.8),)
    assert board(updates, cities=[NEW_YORK])().drivers.places == [NEW_YORK]


@pytest.mark.parametrize(
    ("driver_id", "rider_id", "is_synthetic"),
    [
        ("driver", "rider", False),
        ("synthetic-1-driver-1", "rider", True),
        ("driver", "synthetic-1-rider-1", True),
    ],
)
def test_whoever_is_made_up_marks_the_board(driver_id: str, rider_id: str, is_synthetic: bool) -> None:
    assert board([update(driver_id)], rider_id)().is_synthetic is is_synthetic


def test_who_looks_within_a_second_sees_the_same_reading() -> None:
    rides, timer = FewRides("r"), Timer()
    template = board()
    read = ReadBoard(rides, template.following, template.log, (), timer)
    read()
    timer.at = SHARED_S / 2
    read()
    assert rides.reads == 1
    timer.at = SHARED_S
    read()
    assert rides.reads == 2


def test_a_reading_that_failed_is_shared_like_any_other() -> None:
    rides, timer = FewRides("r"), Timer()
    template = board()
    read = ReadBoard(rides, template.following, template.log, (), timer)
    rides.error = UnavailableError("Away.", code="database.unavailable")
    for _ in range(3):
        with pytest.raises(UnavailableError) as raised:
            read()
        assert raised.value.code == "database.unavailable"
    assert rides.reads == 1
    rides.error, timer.at = None, SHARED_S
    assert read().rides.by_state == {RideState.REQUESTED: 1}


def test_who_looks_while_a_reading_takes_long_sees_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_board, "LONGEST_WAIT_S", 0.0)
    timer, template = Timer(), board()

    class SlowRides(FewRides):
        """Another desk looks during each reading."""

        def now(self) -> RidesNow:
            with pytest.raises(UnavailableError) if self.reads == 0 else nullcontext():
                seen.append(read())
            return super().now()

    seen: list[Board] = []
    read = ReadBoard(SlowRides("r"), template.following, template.log, (), timer)
    first = read()
    timer.at = SHARED_S
    assert read() is not first
    assert seen == [first]


def test_requests_that_are_made_up_mark_the_board_when_nobody_waits_any_more() -> None:
    rides, template = FewRides("rider"), board()
    rides.is_synthetic = True
    assert ReadBoard(rides, template.following, template.log, (), Timer())().is_synthetic


def test_an_update_that_another_clock_appended_later_than_now_has_no_age_yet() -> None:
    read = board([update()])
    read.following.appended_us += 5_000_000
    assert read().drivers.newest_update_age_s == 0.0
