"""What is learned from looks: popularity by exposure, and tastes for types that several buyers share."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.market import listed_car
from tests.support.tastes import circles

from drivetrain.market.recommendations.domain.fit import (
    DAY_S,
    FEWEST_BUYERS,
    Fit,
    FittedIndex,
    Looks,
    fitted,
)
from drivetrain.market.search.domain.columns import Columns
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.similar import SimilarCars

NOW_S = 100 * DAY_S


def laid(fit, cars):
    return FittedIndex(fit, SimilarCars.of(SearchIndex.of(cars)))


def test_a_car_seen_as_often_in_fewer_days_is_more_popular():
    cars = [listed_car(1, live_at_s=0.0), listed_car(2, live_at_s=90 * DAY_S), listed_car(3, live_at_s=0.0)]
    looks = Looks(np.array([0, 1, 2, 3]), np.array([0, 0, 1, 1]), np.ones(4))
    popular = laid(fitted(looks, cars[:2], version=1, since_s=0.0, now_s=NOW_S), cars)
    old, young, unseen = popular.popularity(np.arange(3), NOW_S)
    assert young > old > unseen


def test_days_before_counting_began_are_no_exposure():
    cars = [listed_car(1, live_at_s=0.0), listed_car(2, live_at_s=80 * DAY_S)]
    looks = Looks(np.array([0, 1]), np.array([0, 1]), np.ones(2))
    fit = fitted(looks, cars, version=1, since_s=80 * DAY_S, now_s=NOW_S)
    first, second = laid(fit, cars).popularity(np.arange(2), NOW_S)
    assert first == second


def test_where_nothing_was_learned_new_cars_come_first_and_no_taste_is_known():
    cars = [listed_car(1, live_at_s=0.0), listed_car(2, live_at_s=99 * DAY_S)]
    nothing = laid(Fit(), cars)
    old, young = nothing.popularity(np.arange(2), NOW_S)
    assert young > old
    assert nothing.taste("model", cars[:1], np.ones(1), np.arange(2)) is None


def test_who_looked_at_one_model_of_a_circle_has_a_taste_for_the_others():
    cars, looks = circles(buyers=200)
    fit = fitted(looks, cars, version=1, since_s=0.0, now_s=NOW_S)
    columns = Columns.of(cars)
    rows = np.arange(len(cars))
    scores = laid(fit, cars).taste("model", [cars[0]], np.ones(1), rows)
    circle = np.array([int(identifier, 16) % 2 for identifier in columns.ids])
    own = int(cars[0].listing_id, 16) % 2
    assert scores[circle == own].min() > scores[circle != own].max()


def test_of_too_few_buyers_no_taste_is_learned():
    cars, looks = circles(buyers=FEWEST_BUYERS - 1)
    assert fitted(looks, cars, version=1, since_s=0.0, now_s=NOW_S).levels == {}


def test_a_car_of_a_type_that_nobody_looked_at_leaves_the_taste_unknown():
    cars, looks = circles(buyers=200)
    fit = fitted(looks, cars, version=1, since_s=0.0, now_s=NOW_S)
    fitted_index = laid(fit, cars)
    assert fitted_index.taste("model", [listed_car(9, "Lada", "Niva")], np.ones(1), np.arange(4)) is None


def test_cars_that_are_gone_leave_the_views_of_the_others_where_they_are():
    cars = [listed_car(number) for number in range(1, 5)]
    looks = Looks(np.zeros(4, int), np.arange(4), np.array([1.0, 2.0, 3.0, 4.0]))
    fit = fitted(looks, cars, version=1, since_s=0.0, now_s=NOW_S)
    assert fit.views_of(Columns.of([cars[1], cars[3], listed_car(9)])) == pytest.approx([2.0, 4.0, 0.0])
    assert len(fit.views_of(Columns.of([]))) == 0
