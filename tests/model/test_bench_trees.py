"""The stand-in of 80 trees ranks whole columns, as the first policy does, and by waits that it has learned."""

from __future__ import annotations

import numpy as np
import pytest
from bench.live.trees import TREES, TreesPolicy, fit, load
from scipy.stats import spearmanr

from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.domain.cells import Nearby

NOW_US = 1_777_627_800_000_000


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> TreesPolicy:
    file = tmp_path_factory.mktemp("trees") / "trees.txt"
    fit(file, rows=2_000)
    assert file.read_text().count("\nTree=") == TREES
    return TreesPolicy(trees=load(file))


def nearby(count: int) -> Nearby:
    draw = np.random.default_rng(2)
    return Nearby(
        [f"d{number}" for number in range(count)],
        draw.uniform(40.6, 40.8, count),
        draw.uniform(-74.1, -73.9, count),
        np.sort(draw.uniform(0.0, 10.0, count)),
        NOW_US - draw.integers(0, 60_000_000, count),
    )


def test_the_nearer_half_comes_mostly_first(policy: TreesPolicy) -> None:
    ranking, plain = (each.rank(nearby(100), now_us=NOW_US) for each in (policy, PickUpPolicy()))
    assert sorted(ranking.rows.tolist()) == list(range(100))
    assert spearmanr(np.argsort(ranking.rows), np.argsort(plain.rows)).statistic > 0.95
    assert bool((np.diff(ranking.scores) <= 0).all())
    assert bool(((ranking.scores > 0) & (ranking.scores <= 1)).all())


def test_each_column_is_in_the_order_of_the_rows(policy: TreesPolicy) -> None:
    ranking, plain = (each.rank(nearby(20), now_us=NOW_US) for each in (policy, PickUpPolicy()))
    by_row = dict(zip(plain.rows.tolist(), plain.eta_min.tolist(), strict=True))
    assert ranking.eta_min.tolist() == [by_row[row] for row in ranking.rows.tolist()]


def test_nobody_is_ranked_where_nobody_is(policy: TreesPolicy) -> None:
    assert len(policy.rank(nearby(0), now_us=NOW_US)) == 0
