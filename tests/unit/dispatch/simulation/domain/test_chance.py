"""Luck that only the pair decides."""

from __future__ import annotations

import numpy as np
from scipy.stats import kstest

from drivetrain.dispatch.simulation.domain.chance import Luck, pair_chance, pair_normal


def test_a_pair_has_the_same_luck_whenever_it_is_asked() -> None:
    assert pair_chance(3, 17, 4, Luck.REFUSES) == pair_chance(3, 17, 4, Luck.REFUSES)


def test_seed_rider_driver_and_what_is_drawn_all_count() -> None:
    asked = [(3, 17, 4, Luck.REFUSES), (4, 17, 4, Luck.REFUSES), (3, 18, 4, Luck.REFUSES)]
    asked += [(3, 17, 5, Luck.REFUSES), (3, 17, 4, Luck.PICK_UP), (3, 4, 17, Luck.REFUSES)]
    assert len({pair_chance(*one) for one in asked}) == len(asked)


def test_chances_are_uniform_over_riders_and_over_drivers() -> None:
    of_riders = [pair_chance(1, rider, 5, Luck.REFUSES) for rider in range(4_000)]
    of_drivers = [pair_chance(1, 5, driver, Luck.REFUSES) for driver in range(4_000)]
    assert kstest(of_riders, "uniform").pvalue > 0.001
    assert kstest(of_drivers, "uniform").pvalue > 0.001
    assert abs(float(np.corrcoef(of_riders, of_drivers)[0, 1])) < 0.06


def test_normal_luck_is_standard_normal() -> None:
    assert kstest([pair_normal(1, rider, 5, Luck.PICK_UP) for rider in range(4_000)], "norm").pvalue > 0.001
