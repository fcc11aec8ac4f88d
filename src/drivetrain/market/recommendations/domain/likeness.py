"""How like some cars all cars of an index are: content, as a taste in fields that everybody can see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drivetrain.market.search.domain.columns import MISSING, FloatArray, ListedCar
from drivetrain.market.search.domain.index import RowArray
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.similar import NUMBERS, PRICE, WORDS, SimilarCars, Trait


def unlikeness(
    similar: SimilarCars, cars: Sequence[ListedCar], weights: FloatArray, currency: str, rows: RowArray
) -> FloatArray:
    """How far each of some rows is from the middle of some cars, by the traits and weights of similar cars.

    The mean of the squared differences to all of the cars, less what is the same for every row: one pass for any number
    of cars.

    Args:
        cars: at least one.
        weights: of the cars, > 0; shape (n_cars,).
        currency: in which prices are compared.

    Returns:
        Shape (n_rows,); >= 0, lower is more alike.
    """
    index = similar.index
    prices = _prices(cars, currency, index.rates)
    total = _from_middle(PRICE, prices, weights, PRICE.scale(index.prices(currency)[rows]))
    for name, trait in NUMBERS.items():
        numbers = np.array([getattr(car, name) for car in cars], dtype=np.float64)
        if not np.isnan(numbers).all():
            total += _from_middle(trait, numbers, weights, similar.scaled[name][rows])
    for name, weight in WORDS.items():
        column = index.columns.words[name]
        known = [
            (column.code(word), of)
            for car, of in zip(cars, weights, strict=True)
            if (word := getattr(car, name))
        ]
        if known:
            sum_of_weights = sum(of for _, of in known)
            costs = np.full(len(column.words), sum_of_weights)
            for code, of in known:
                if code is not None:
                    costs[code] -= of
            costs[MISSING] = sum_of_weights / 2
            total += (weight**2 / weights.sum() * costs)[column.codes[rows]]
    return total


def _prices(cars: Sequence[ListedCar], currency: str, rates: RateTable) -> FloatArray:
    return np.array([rates.converted(car.price, car.currency, currency) for car in cars], dtype=np.float64)


def _from_middle(trait: Trait, numbers: FloatArray, weights: FloatArray, column: FloatArray) -> FloatArray:
    """Weighted squares of the differences to the mean of the known numbers; an unknown row counts like one."""
    known = ~np.isnan(numbers)
    share = weights[known].sum() / weights.sum()
    if not share:
        return np.zeros(len(column))
    middle = np.average(trait.scale(numbers[known]), weights=weights[known])
    squares: FloatArray = ((column - middle) * (trait.weight / trait.unit)) ** 2
    squares[np.isnan(squares)] = trait.weight**2
    squares *= share
    return squares
