"""A slate shows the best cars, not all of one model, and a few by chance with the probability that it says."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from drivetrain.market.recommendations.domain.scoring import Scores
from drivetrain.market.recommendations.domain.slate import (
    CANDIDATES,
    LEARNING_PLACES,
    MAKE_SHARE,
    MODEL_SHARE,
    slate_of,
)

CARS, SIZE = 1_000, 20


def scores_of(totals) -> Scores:
    totals = np.asarray(totals, dtype=float)
    return Scores(np.arange(len(totals)), {}, totals)


def slate(totals, makes, models, size=SIZE, seed=1):
    return slate_of(scores_of(totals), np.asarray(makes), np.asarray(models), size, random.Random(seed))


DESCENDING = -np.arange(CARS) / 100


def test_where_all_cars_differ_the_best_come_first_but_in_the_places_for_learning():
    slots = slate(DESCENDING, np.arange(CARS), np.arange(CARS))
    assert [slot.position for slot in slots] == list(range(1, SIZE + 1))
    assert [slot.position for slot in slots if slot.is_drawn] == list(LEARNING_PLACES)
    assert [slot.place for slot in slots if not slot.is_drawn] == list(range(SIZE - len(LEARNING_PLACES)))


def test_no_model_and_no_make_takes_more_than_its_share():
    makes, models = np.zeros(CARS, int), np.zeros(CARS, int)
    makes[500:], models[500:] = np.arange(500) % 7 + 1, np.arange(500) % 50 + 1
    slots = [slot for slot in slate(DESCENDING, makes, models) if not slot.is_drawn]
    assert Counter(makes[slot.place] for slot in slots)[0] <= MAKE_SHARE * SIZE
    assert Counter(models[slot.place] for slot in slots)[0] <= MODEL_SHARE * SIZE


def test_where_there_is_one_model_only_the_slate_is_full_of_it():
    slots = slate(DESCENDING[:50], np.zeros(50, int), np.zeros(50, int))
    assert len(slots) == SIZE


@pytest.mark.parametrize("count", [0, 1, 2, 19, 20, 21, 22, CANDIDATES + 1])
def test_every_car_stands_once_and_no_place_is_empty(count):
    slots = slate(DESCENDING[:count], np.arange(count) % 3, np.arange(count) % 5)
    assert [slot.position for slot in slots] == list(range(1, min(count, SIZE) + 1))
    assert len({slot.place for slot in slots}) == len(slots)


def test_a_drawn_car_comes_as_often_as_its_propensity_says():
    count = 30
    drawn = Counter(
        slot.place
        for seed in range(4_000)
        for slot in slate(DESCENDING[:count], np.arange(count), np.arange(count), seed=seed)
        if slot.position == LEARNING_PLACES[0]
    )
    (propensity,) = {
        slot.propensity
        for slot in slate(DESCENDING[:count], np.arange(count), np.arange(count))
        if slot.position == LEARNING_PLACES[0]
    }
    assert set(drawn) == set(range(SIZE, count))
    for times in drawn.values():
        assert times / 4_000 == pytest.approx(propensity, abs=0.03)
