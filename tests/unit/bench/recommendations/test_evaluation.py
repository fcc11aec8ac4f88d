"""Rankers are judged on days of which nothing is known, by figures that a perfect order reaches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench.recommendations.buyers import SimulatedMarket, simulated
from bench.recommendations.evaluation import (
    JUDGED_DAYS,
    SHOWN,
    Catalogue,
    hybrid,
    judged_buyers,
    oracle,
    popularity,
    quality,
)

CUT = 45


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return simulated(5, buyers=300)


@pytest.mark.parametrize(
    ("order", "recall", "ndcg"),
    [
        ([1, 2, 3, 4], 1.0, 1.0),  # perfect
        ([3, 1, 2, 4], 1.0, pytest.approx((1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3)))),
        ([3, 1, 4, 5], 0.5, pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))),
        ([3, 4], 0.0, 0.0),
        ([*range(10, 10 + SHOWN), 1, 2], 0.0, 0.0),  # found behind what is shown
    ],
)
def test_figures_of_an_order(order, recall, ndcg):
    assert quality(np.array(order), frozenset({1, 2})) == (recall, ndcg)


def test_nothing_of_the_judged_days_is_known_at_the_cut(market):
    known = market.day < CUT
    before = replace(market, viewer=market.viewer[known], viewed=market.viewed[known], day=market.day[known])
    of_all, of_before = Catalogue.at(market, CUT), Catalogue.at(before, CUT)
    assert np.array_equal(of_all.fitted.views, of_before.fitted.views)
    for level, factors in of_all.fitted.fit.levels.items():
        assert np.array_equal(factors.factors, of_before.fitted.fit.levels[level].factors)


def test_buyers_are_judged_on_cars_that_they_had_not_opened_and_that_were_on_sale(market):
    weeks = list(judged_buyers(market, CUT))
    assert len(weeks) > 30
    for each in weeks:
        opened = market.viewed[(market.viewer == each.buyer) & (market.day < CUT)]
        later = (market.day >= CUT) & (market.day < CUT + JUDGED_DAYS) & (market.viewer == each.buyer)
        assert set(each.seen) <= set(opened.tolist())
        assert not set(each.rows.tolist()) & set(opened.tolist())
        assert each.wanted == set(market.viewed[later].tolist()) & set(each.rows.tolist())


def test_true_utility_ranks_better_than_the_platform_and_the_platform_better_than_popularity(market):
    catalogue = Catalogue.at(market, CUT)
    means = {}
    for ranker in (popularity, hybrid, oracle):
        found = []
        for each in judged_buyers(market, CUT):
            values = ranker(catalogue, each, catalogue.scores(each))
            found.append(quality(each.rows[np.argsort(-values)], each.wanted)[1])
        means[ranker.__name__] = np.mean(found)
    assert means["oracle"] > means["hybrid"] > means["popularity"]
