"""Reasons are exact Shapley values: they equal the average over all orders of the fields, and add up."""

from __future__ import annotations

import itertools
from math import factorial

import numpy as np
import pytest
from tests.support.cars import COMPACT, LIMOUSINE, NEW_MAKE, small_fit, small_table

from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.resale.price.model.contract import CAR_PRICE
from drivetrain.resale.price.model.reasons import REFERENCES, Reasons, reference_rows

FIELDS = len(CAR_PRICE.columns)


@pytest.fixture(scope="module")
def references() -> np.ndarray:
    point, table = small_fit()[0], small_table()
    return point.encoder.matrix(table.rows)[reference_rows(table.target)]


def features_of(car) -> np.ndarray:
    return small_fit()[0].encoder.matrix(as_columns([car], CAR_PRICE.names))[0]


def shapley_by_enumeration(value, players) -> np.ndarray:
    """The definition: each player's mean contribution, weighed by how many orders lead there."""
    count = len(players)
    shares = np.zeros(count)
    for place, player in enumerate(players):
        others = [other for other in players if other != player]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for group in itertools.combinations(others, size):
                shares[place] += weight * (value({*group, player}) - value(set(group)))
    return shares


@pytest.mark.parametrize("car", [COMPACT, LIMOUSINE, NEW_MAKE], ids=["compact", "limousine", "new make"])
def test_they_add_up_to_log_price_minus_average(car, references):
    model = small_fit()[0].model
    reasons = Reasons(model, references)
    features = features_of(car)
    log_price, _ = model.log_prices(features[np.newaxis])
    assert reasons.effects(features).sum() == pytest.approx(log_price[0] - reasons.average, abs=1e-12)


def test_they_are_the_shapley_values_of_the_definition(references):
    """Six fields differ between the car and a reference; the other twelve are equal and must get nothing."""
    model = small_fit()[0].model
    reference = references[10]
    features = features_of(LIMOUSINE)
    players = [0, 3, 6, 9, 12, 15]
    features[[at for at in range(FIELDS) if at not in players]] = reference[
        [at for at in range(FIELDS) if at not in players]
    ]

    def log_price(group) -> float:
        mixed = np.where([at in group for at in range(FIELDS)], features, reference)
        return float(model.log_prices(mixed[np.newaxis])[0][0])

    effects = Reasons(model, reference[np.newaxis]).effects(features)
    assert effects[players] == pytest.approx(shapley_by_enumeration(log_price, players), abs=1e-12)
    assert np.delete(effects, players) == pytest.approx(0, abs=1e-12)


def test_the_reference_cars_span_the_prices():
    prices = small_table().target
    chosen = prices[reference_rows(prices)]
    assert len(chosen) == REFERENCES
    assert (np.diff(chosen) >= 0).all()
    assert chosen[0] < np.quantile(prices, 0.1) < np.quantile(prices, 0.9) < chosen[-1]


def test_a_tiny_table_is_its_own_reference():
    assert reference_rows(np.asarray([3.0, 1.0, 2.0])) == [1, 2, 0]
