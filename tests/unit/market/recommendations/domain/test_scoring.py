"""Cars are ordered by what is known of the buyer, and by what others look at where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.market import listed_car
from tests.support.tastes import circles

from drivetrain.market.recommendations.domain.fit import DAY_S, Fit, FittedIndex, Looks, fitted
from drivetrain.market.recommendations.domain.scoring import MOST_SEEN, SeenCar, scored
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.similar import SimilarCars

NOW_S = 100 * DAY_S


def scores(cars, fit, seen, rows=None):
    index = SearchIndex.of(cars)
    rows = np.arange(len(index)) if rows is None else rows
    fitted_index = FittedIndex(fit, SimilarCars.of(index))
    return scored(fitted_index, seen, rows, currency="EUR", now_s=NOW_S)


def test_without_history_popularity_decides():
    cars = [listed_car(number, live_at_s=0.0) for number in range(4)]
    looks = Looks(np.arange(3), np.array([2, 2, 1]), np.ones(3))
    fit = fitted(looks, cars, version=1, since_s=0.0, now_s=NOW_S)
    assert np.argsort(-scores(cars, fit, []).total, kind="stable").tolist() == [2, 1, 0, 3]


def test_with_history_and_nothing_learned_likeness_decides():
    cars = [listed_car(number, price=5_000.0 * (number + 1)) for number in range(4)]
    found = scores(cars, Fit(), [SeenCar(cars[3], 1.0)])
    assert np.argsort(-found.total).tolist() == [3, 2, 1, 0]
    assert "taste" not in found.parts


def test_taste_tells_apart_what_looks_the_same():
    cars, looks = circles(buyers=200)
    fit = fitted(looks, cars, version=1, since_s=0.0, now_s=NOW_S)
    others = np.arange(1, len(cars))
    found = scores(cars, fit, [SeenCar(cars[0], 1.0)], rows=others)
    best = others[np.argsort(-found.total)[: len(others) // 2]]
    assert set(best % 2) == {0}


def test_only_the_last_cars_count():
    cars = [listed_car(number, price=1_000.0 * (number + 1)) for number in range(20)]
    recent = [SeenCar(cars[1], 1.0)] * MOST_SEEN
    assert scores(cars, Fit(), recent).total == pytest.approx(
        scores(cars, Fit(), [*recent, SeenCar(cars[19], 4.0)]).total
    )


def test_no_rows_have_no_scores():
    cars = [listed_car(1)]
    assert len(scores(cars, Fit(), [SeenCar(cars[0], 1.0)], rows=np.zeros(0, int)).total) == 0
