"""The drivers as bytes come back as they were, or not at all."""

from __future__ import annotations

import pytest
from tests.support.driver_columns import Update, state_of, table_of

from drivetrain.dispatch.state.adapters import packing
from drivetrain.dispatch.state.adapters.packing import pack, unpack
from drivetrain.dispatch.state.domain import drivers
from drivetrain.dispatch.state.domain.drivers import DriverTable

UPDATES = [
    Update("a", 3, 40.71, -74.0, "idle", "sedan", 17),
    Update("Ärger ✓", 2**62, -33.9, 151.2, "on_trip", "", 2**50),
    Update('quote " and \n', 0, 0.1, 0.2, "offline", "van", 0),
]


def test_drivers_come_back_as_they_were() -> None:
    table = table_of(UPDATES)
    copy = unpack(pack(table, {0: 5, 7: 2**40}, 99))
    assert copy is not None
    assert (copy.offsets, copy.appended_us) == ({0: 5, 7: 2**40}, 99)
    again = DriverTable()
    assert again.apply(copy.updates) == len(UPDATES)
    assert state_of(again) == state_of(table)


def test_a_table_without_drivers_comes_back_empty() -> None:
    copy = unpack(pack(DriverTable(), {}, 0))
    assert copy is not None
    assert len(copy.updates) == 0


def test_drivers_whose_vehicle_is_not_told_apart_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As drivers of any vehicle they would be matched for every wish."""
    monkeypatch.setattr(drivers, "MOST_VEHICLES", 1)
    copy = unpack(pack(table_of(UPDATES), {}, 0))
    assert copy is not None
    assert list(copy.updates.driver_ids) == ["a", "Ärger ✓"]


def test_damaged_bytes_are_noticed() -> None:
    data = pack(table_of(UPDATES), {0: 5}, 99)
    for place in range(0, len(data), 7):
        assert unpack(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]) is None
    for length in (0, 3, 8, len(data) - 1):
        assert unpack(data[:length]) is None


def test_the_copy_of_another_release_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack(table_of(UPDATES), {0: 5}, 99)
    monkeypatch.setattr(packing, "_LAYOUT", "other")
    assert unpack(data) is None
