"""Windows as bytes go on where they were, or are not used at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.ride_steps import DAY_US, HOUR_US, START_US, Step, a_log, step_columns

from drivetrain.dispatch.features.adapters import packing
from drivetrain.dispatch.features.adapters.packing import pack, unpack
from drivetrain.dispatch.features.domain.views import DRIVER_STATUS, STATS_LAYOUT, compile_layout
from drivetrain.dispatch.features.domain.windows import DriverWindows, windows_of

DRIVERS = ["d0", "d1", "d2", "Ärger ✓"]


def counted(steps: list[Step]) -> DriverWindows:
    windows = DriverWindows()
    windows.apply(step_columns(steps))
    return windows


@settings(max_examples=25)
@given(st.integers(0, 1_000), st.integers(0, 90))
def test_a_copy_goes_on_as_the_first_one_does(seed: int, cut: int) -> None:
    steps = a_log(seed, 80, DRIVERS, 2 * HOUR_US)
    first = counted(steps[:cut])
    copy = unpack(pack(first, {0: 5, 3: 2**40}, first.newest_us))
    assert copy is not None
    assert copy.offsets == {0: 5, 3: 2**40}
    for windows in (first, copy.windows):
        windows.apply(step_columns(steps[cut:]))
        windows.apply(step_columns([Step(0, "later", 1, "d9", START_US + DAY_US, "accept", 10)]))
    as_of_us = START_US + DAY_US
    ours, theirs = (windows_of(windows, [*DRIVERS, "d9"], as_of_us) for windows in (copy.windows, first))
    for name in STATS_LAYOUT.names:
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_damaged_bytes_are_not_used() -> None:
    data = pack(counted([Step(0, "r", 2, "d0", START_US, "accept", 10)]), {0: 5}, START_US)
    for place in range(0, len(data), 11):
        assert unpack(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]) is None


def test_windows_of_other_definitions_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack(counted([Step(0, "r", 2, "d0", START_US, "accept", 10)]), {0: 5}, START_US)
    monkeypatch.setattr(packing, "STATS_LAYOUT", compile_layout((DRIVER_STATUS,)))
    assert unpack(data) is None
