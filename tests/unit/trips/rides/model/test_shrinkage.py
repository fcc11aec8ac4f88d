"""Shrinkage finds by itself how much a group says."""

from __future__ import annotations

import numpy as np

from drivetrain.trips.rides.model.shrinkage import dirichlet_strength, shrunk_mean


def test_the_strength_is_found_again() -> None:
    rng = np.random.default_rng(1)
    toward = np.full((400, 12), 1 / 12)
    for strength in (5.0, 100.0):
        counts = np.array([rng.multinomial(80, rng.dirichlet(strength * row)) for row in toward]).astype(
            float
        )
        assert strength / 1.6 < dirichlet_strength(counts, toward) < strength * 1.6


def test_groups_that_differ_by_chance_only_are_one_and_others_stay_apart() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(50), 20)
    noise = rng.normal(size=1_000)
    assert np.abs(shrunk_mean(noise, groups, 51)).max() < 0.3
    of_groups = rng.normal(scale=2.0, size=50)
    found = shrunk_mean(noise + of_groups[groups], groups, 51)
    assert np.abs(found[:50] - of_groups).max() < 0.8
    assert found[50] == 0  # an empty group


def test_values_without_differences_are_all_drawn_to_zero() -> None:
    assert not shrunk_mean(np.zeros(10), np.arange(10), 10).any()
