"""Tables of quantiles give back the distributions they were made of."""

from __future__ import annotations

import numpy as np

from drivetrain.trips.rides.model.quantiles import LEVELS, normal_table, quantile_of, quantile_table


def test_a_table_draws_what_it_was_made_of() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.exponential(size=5_000), rng.normal(50.0, size=5_000)])
    groups = np.repeat([0, 1], 5_000)
    table = quantile_table(values, groups, 2, parents=np.zeros(2, dtype=np.int64), fewest=100)
    drawn = quantile_of(table, groups, rng.random(10_000))
    assert abs(drawn[:5_000].mean() - 1.0) < 0.06
    assert abs(drawn[5_000:].mean() - 50.0) < 0.06
    assert (np.diff(table, axis=1) >= 0).all()


def test_a_thin_group_has_its_parents_and_an_empty_family_everybodys() -> None:
    values = np.concatenate([np.zeros(200), np.ones(200)])
    groups = np.repeat([0, 1], 200)
    groups[:5] = 2
    table = quantile_table(values, groups, 4, parents=np.array([0, 1, 0, 3]), fewest=100)
    assert (table[2] == 0).all()
    assert table[3].min() == 0
    assert table[3].max() == 1


def test_the_ends_are_reached_and_not_passed() -> None:
    table = normal_table([0.0], [1.0])
    assert table.shape == (1, LEVELS)
    ends = quantile_of(table, np.zeros(2, dtype=np.int64), np.array([0.0, np.nextafter(1.0, 0.0)]))
    assert np.allclose(ends, [table[0, 0], table[0, -1]])
