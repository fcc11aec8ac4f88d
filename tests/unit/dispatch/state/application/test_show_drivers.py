"""The drivers of a part of the map."""

from __future__ import annotations

import pytest
from tests.support.dispatch import NOW, update
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.core.errors import ContractError
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS, DriverStatus, Place
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.application.show_drivers import Box, DriversInBox, ShowDrivers

CITY = Box(40.0, -75.0, 41.0, -73.0)


def shown(box: Box = CITY, most: int = 10) -> DriversInBox:
    log = MemoryEventLog(FixedClock(NOW))
    now = update().occurred_us
    updates = [
        update("idle", vehicle="van"),
        update("busy", status=DriverStatus.ON_TRIP, occurred_us=now - 1),
        update("stale", occurred_us=now - 61_000_000),
        update("far", place=Place(51.5, -0.1)),
    ]
    log.append({DRIVERS: [encode_update(each) for each in updates]})
    following = FollowDrivers(log, decode_updates, FixedClock(NOW), fresh_s=60)
    following.look()
    return ShowDrivers(following)(box, most=most)


def test_drivers_inside_come_with_what_they_do_and_how_old_it_is() -> None:
    drivers = shown()
    assert [(d.driver_id, d.status, d.vehicle, d.is_fresh) for d in drivers.drivers] == [
        ("idle", "idle", "van", True),
        ("busy", "on_trip", "", True),
        ("stale", "idle", "", False),
    ]
    assert (drivers.total, drivers.stale) == (3, 1)
    assert drivers.by_status == {DriverStatus.IDLE: 1, DriverStatus.ON_TRIP: 1, DriverStatus.OFFLINE: 0}


def test_more_than_are_wanted_are_counted_and_not_listed() -> None:
    drivers = shown(most=1)
    assert [d.driver_id for d in drivers.drivers] == ["idle"]
    assert drivers.total == 3


@pytest.mark.parametrize(
    "box",
    [
        Box(41, -75, 40, -73),
        Box(40, -73, 41, -75),
        Box(-91, 0, 1, 1),
        Box(0, 0, 1, 181),
        Box(float("nan"), 0, 1, 1),
    ],
)
def test_a_box_without_an_inside_is_refused(box: Box) -> None:
    with pytest.raises(ContractError):
        shown(box)
