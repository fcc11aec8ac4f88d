"""A ranking model on the platform's best candidates, to see what it would gain: it is not served."""

from __future__ import annotations

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np

from bench.recommendations.buyers import SimulatedMarket
from bench.recommendations.cars import DAY_S, FloatArray, IntArray
from bench.recommendations.evaluation import Catalogue, Judged, Ranker, judged_buyers
from drivetrain.market.recommendations.domain.scoring import Scores
from drivetrain.market.recommendations.domain.slate import CANDIDATES

TAUGHT_BEFORE = (21, 14, 7)
"""Weeks that end before a cut, from which the model of the cut learns."""

_PARAMETERS = {
    "objective": "lambdarank",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "lambdarank_truncation_level": 20,
    "num_threads": 1,
    "deterministic": True,
    "seed": 1,
    "verbosity": -1,
}
_ROUNDS = 150


class LambdaRanker:
    """Orders the candidates of a cut by a model of the weeks before it."""

    def __init__(self, market: SimulatedMarket) -> None:
        self._market = market
        self._models: dict[int, lgb.Booster] = {}

    def __call__(self, catalogue: Catalogue, judged: Judged, scores: Scores) -> FloatArray:
        """Scores of the buyer's rows; those that are no candidates come last."""
        if catalogue.cut not in self._models:
            self._models[catalogue.cut] = _model(self._market, catalogue.cut)
        candidates = _candidates(scores)
        ranked = np.full(len(judged.rows), -np.inf)
        ranked[candidates] = self._models[catalogue.cut].predict(
            _features(catalogue, judged, scores, candidates)
        )
        return ranked


def ranker_of(market: SimulatedMarket) -> Ranker:
    """The ranking model of a market."""
    return LambdaRanker(market)


def _model(market: SimulatedMarket, cut: int) -> lgb.Booster:
    features: list[FloatArray] = []
    labels: list[FloatArray] = []
    for before in TAUGHT_BEFORE:
        catalogue = Catalogue.at(market, cut - before)
        for each in judged_buyers(market, cut - before):
            scores = catalogue.scores(each)
            candidates = _candidates(scores)
            is_wanted = np.isin(each.rows[candidates], list(each.wanted)).astype(float)
            if is_wanted.any():
                features.append(_features(catalogue, each, scores, candidates))
                labels.append(is_wanted)
    groups = [len(each) for each in labels]
    table = lgb.Dataset(np.concatenate(features), np.concatenate(labels), group=groups)
    return lgb.train(_PARAMETERS, table, _ROUNDS)


def _candidates(scores: Scores) -> IntArray:
    best: IntArray = np.argsort(-scores.total, kind="stable")[:CANDIDATES]
    return best


def _features(catalogue: Catalogue, judged: Judged, scores: Scores, places: IntArray) -> FloatArray:
    """What speaks for each candidate, and how it differs from the cars that the buyer opened."""
    cars, rows = catalogue.market.cars, judged.rows[places]
    seen = np.array(judged.seen)
    in_index = np.searchsorted(catalogue.cars, rows)
    nothing = np.zeros(len(scores.rows), dtype=np.float32)
    parts = [scores.parts.get(name, nothing)[places] for name in ("likeness", "taste")]
    popular = catalogue.fitted.popularity(in_index, catalogue.cut * DAY_S)
    apart = [of[rows] - of[seen].mean() for of in (cars.log_price, cars.age, cars.log_km, cars.power)]
    same: Sequence[FloatArray] = [
        (cars.model[rows][:, None] == cars.model[seen]).mean(axis=1),
        (cars.is_electric[rows][:, None] == cars.is_electric[seen]).mean(axis=1),
        (cars.is_suv[rows][:, None] == cars.is_suv[seen]).mean(axis=1),
    ]
    price_share = np.array([cars.listed[row].price_share for row in rows])
    days = catalogue.cut - np.array([cars.listed[row].live_at_s for row in rows]) / DAY_S
    return np.column_stack([scores.total[places], *parts, popular, *apart, *same, price_share, days])
