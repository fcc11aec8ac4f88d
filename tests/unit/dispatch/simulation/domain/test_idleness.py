"""Where a driver stands idle for how long."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.dispatch.simulation.domain.idleness import HORIZON_MIN, Idleness

BUSY = Idleness(np.array([[0.5, 0.5]] * 10), per_s=0.1, size_km=10.0)
NOBODY = np.zeros((0, 2))


def test_nobody_asks_far_away_so_a_driver_stands_idle_there() -> None:
    by_cell = BUSY.by_cell(NOBODY)
    assert BUSY.at(by_cell, np.array([[9.5, 9.5]]))[0] == HORIZON_MIN
    riders = 0.1 * 60 * HORIZON_MIN
    assert BUSY.at(by_cell, np.array([[0.5, 0.5]]))[0] == pytest.approx(HORIZON_MIN / (1 + riders))


def test_drivers_who_stand_there_already_make_it_longer() -> None:
    place = np.array([[0.5, 0.5]])
    alone, crowded = BUSY.by_cell(NOBODY), BUSY.by_cell(np.array([[0.5, 1.5]] * 20))
    assert BUSY.at(crowded, place)[0] > BUSY.at(alone, place)[0]


def test_an_idle_driver_is_sent_to_where_riders_ask_unless_the_way_eats_it_up() -> None:
    by_cell = BUSY.by_cell(NOBODY)
    assert BUSY.better_place(by_cell, (4.5, 0.5), min_per_km=2.0) == (1.5, 0.5)
    assert BUSY.better_place(by_cell, (4.5, 0.5), min_per_km=20.0) is None
    assert BUSY.better_place(by_cell, (0.6, 0.6), min_per_km=2.0) is None
