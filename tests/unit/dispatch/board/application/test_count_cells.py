"""Drivers by cells: each fresh one is counted once, in a cell that holds them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.dispatch import NOW, update
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.core.errors import ContractError
from drivetrain.dispatch.board.application.count_cells import CELLS_ACROSS, Cell, CountCells
from drivetrain.dispatch.events.adapters.encoding import encode_update
from drivetrain.dispatch.events.domain.events import DRIVERS, DriverStatus, DriverUpdate, Place
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
from drivetrain.dispatch.state.application.show_drivers import Box

CITY = Box(40.0, -75.0, 41.0, -73.0)


def counter(updates: list[DriverUpdate]) -> CountCells:
    log = MemoryEventLog(FixedClock(NOW))
    log.append({DRIVERS: [encode_update(each) for each in updates]})
    following = FollowDrivers(log, decode_updates, FixedClock(NOW), fresh_s=60)
    following.look()
    return CountCells(following)


def cells(updates: list[DriverUpdate], box: Box = CITY) -> list[Cell]:
    return list(counter(updates)(box))


def holding(all_cells: list[Cell], place: Place) -> list[Cell]:
    return [
        cell
        for cell in all_cells
        if cell.box.south <= place.latitude <= cell.box.north
        and cell.box.west <= place.longitude <= cell.box.east
    ]


def test_every_fresh_driver_inside_is_in_the_cell_around_them() -> None:
    random = np.random.default_rng(5)
    places = [Place(float(a), float(b)) for a, b in random.uniform((39.9, -75.1), (41.1, -72.9), (300, 2))]
    status = [DriverStatus.ON_TRIP, DriverStatus.IDLE]
    counted = cells([update(f"d{n}", place=place, status=status[n % 2]) for n, place in enumerate(places)])
    inside = [n for n, p in enumerate(places) if 40 <= p.latitude <= 41 and -75 <= p.longitude <= -73]
    assert sum(cell.on_trip for cell in counted) == sum(n % 2 == 0 for n in inside)
    assert sum(cell.idle for cell in counted) == sum(n % 2 == 1 for n in inside)
    assert all(holding(counted, places[n]) for n in inside)


def test_the_edges_of_the_box_are_inside() -> None:
    corners = [Place(latitude, longitude) for latitude in (40.0, 41.0) for longitude in (-75.0, -73.0)]
    counted = cells([update(f"d{n}", place=corner) for n, corner in enumerate(corners)])
    assert [cell.idle for cell in counted] == [1, 1, 1, 1]
    assert (counted[0].box.south, counted[0].box.west) == (40.0, -75.0)
    assert (counted[3].box.north, counted[3].box.east) == pytest.approx((41.0, -73.0))


def test_stale_and_offline_drivers_are_nowhere() -> None:
    old = update().occurred_us - 61_000_000
    assert cells([update("a", occurred_us=old), update("b", status=DriverStatus.OFFLINE)]) == []


@pytest.mark.parametrize("box", [CITY, Box(0, 0, 0.001, 10), Box(60, 10, 70, 10.001)])
def test_a_box_has_no_more_cells_than_fit_its_longer_side(box: Box) -> None:
    middle = Place((box.south + box.north) / 2, (box.west + box.east) / 2)
    (cell,) = cells([update("d", place=middle)], box)
    assert (cell.box.north - cell.box.south) * CELLS_ACROSS >= (box.north - box.south) * (1 - 1e-9)
    assert (cell.box.east - cell.box.west) * CELLS_ACROSS >= (box.east - box.west) * (1 - 1e-9)


@pytest.mark.parametrize(
    "box",
    [
        Box(41, -75, 40, -73),
        Box(40, -73, 41, -75),
        Box(float("nan"), 0, 1, 1),
        Box(0, 0, 5e-324, 5e-324),  # a fortieth of it is nothing
        Box(0, 0, 1, 9e-7),
    ],
)
def test_a_box_without_inside_is_refused(box: Box) -> None:
    with pytest.raises(ContractError):
        cells([], box)


def test_the_smallest_box_has_cells() -> None:
    box = Box(0, 0, 1.1e-6, 1.1e-6)
    assert len(cells([update(place=Place(5e-7, 5e-7))], box)) == 1


def test_a_driver_who_is_made_up_marks_the_cells() -> None:
    assert counter([update("d"), update("synthetic-1-driver-1")]).is_synthetic
    assert not counter([update("d")]).is_synthetic
