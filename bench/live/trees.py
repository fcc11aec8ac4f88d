"""A stand-in for a learned ranking: 80 trees that learn the waits of the first one. It shows what trees cost, nothing else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.live.stand_ins import TREES_FILE
from drivetrain.dispatch.matching.domain.policy import SCORE_MIN, PickUpPolicy, Ranking
from drivetrain.dispatch.state.domain.cells import Nearby
from drivetrain.lifecycle.learning.trees import Trees

TREES, LEAVES, FEATURES = 80, 31, 8
_ROWS, _SEED = 20_000, 1


def fit(file: Path, *, rows: int = _ROWS) -> None:
    """Fit the trees on waits that are made up, and write them."""
    import lightgbm  # takes more than a second, and only whoever fits needs it

    draw = np.random.default_rng(_SEED)
    features = draw.random((rows, FEATURES)) * [10.0, 60.0, 30.0, 1.0, 1.0, 1_440.0, 100.0, 1.0]
    waits = (
        2.21
        + 3.29 * features[:, 0]
        + features[:, 1] / 120
        + np.sin(features[:, 5] / 200)
        + draw.normal(size=rows)
    )
    booster = lightgbm.train(
        {"objective": "regression", "num_leaves": LEAVES, "num_threads": 1, "seed": _SEED, "verbose": -1},
        lightgbm.Dataset(features, waits),
        num_boost_round=TREES,
    )
    file.write_text(booster.model_to_string(), encoding="utf-8")


def load(file: Path) -> Trees:
    """The trees of a file, ready for a hundred rows at once."""
    trees = Trees(file.read_bytes())
    trees.prepare()
    return trees


@dataclass(frozen=True, slots=True)
class TreesPolicy(PickUpPolicy):
    """The first policy with its waits from trees."""

    trees: Any = None

    def rank(self, nearby: Nearby, *, now_us: int) -> Ranking:
        """All candidates, the one with the shortest wait first."""
        return ranking(self, self.trees, nearby, now_us)


def ranking(policy: PickUpPolicy, trees: Trees, nearby: Nearby, now_us: int) -> Ranking:
    """Candidates in the order of the waits that trees expect."""
    age_s = np.maximum((now_us - nearby.at_us) / 1e6, 0.0)
    eta_min = policy.start_min + policy.min_per_km * nearby.distances_km
    features = np.empty((len(nearby), FEATURES))
    for column, values in enumerate(
        (
            nearby.distances_km,
            age_s,
            eta_min,
            nearby.latitudes % 1.0,
            nearby.longitudes % 1.0,
            np.full(len(nearby), now_us / 6e7 % 1_440.0),
            np.arange(len(nearby), dtype=np.float64),
            np.zeros(len(nearby)),
        )
    ):
        features[:, column] = values
    waits = trees.predict(features) if len(nearby) else np.empty(0)
    rows = np.argsort(waits, kind="stable")
    return Ranking(rows, age_s[rows], eta_min[rows], age_s[rows] / 120.0, np.exp(-waits[rows] / SCORE_MIN))


def rank_by_trees() -> None:
    """Have every policy of this process rank by the trees that ``TREES_FILE`` names."""

    @cache
    def trees() -> Trees:  # by the first match: workers are copied from a process that matches nobody
        return load(Path(os.environ[TREES_FILE]))

    def rank(self: PickUpPolicy, nearby: Nearby, *, now_us: int) -> Ranking:
        return ranking(self, trees(), nearby, now_us)

    PickUpPolicy.rank = rank  # type: ignore[method-assign]
