"""Cars that are most like another one, exact and under hard limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from drivetrain.market.search.domain.columns import MISSING, FloatArray, ListedCar
from drivetrain.market.search.domain.index import RowArray, SearchIndex
from drivetrain.market.search.domain.query import SearchQuery

USUAL_BUDGET = (0.7, 1.35)
"""Least and most price as shares of the car's own, where nobody names a budget."""

_FIRST_KM = 5_000.0
"""Added to distances before their logarithm: nobody minds whether a new car has been driven 5 or 50 km."""


class Trait(NamedTuple):
    """A number in which cars differ.

    Attributes:
        scale: brings the number to what buyers compare, such as ratios instead of amounts.
        unit: difference on that scale that counts as one: about the spread of the numbers among used cars.
        weight: of a difference of one.
    """

    scale: Callable[[FloatArray], FloatArray]
    unit: float
    weight: float


def _same(numbers: FloatArray) -> FloatArray:
    return numbers


def _log_km(numbers: FloatArray) -> FloatArray:
    logarithms: FloatArray = np.log(numbers + _FIRST_KM)
    return logarithms


def _log(numbers: FloatArray) -> FloatArray:
    logarithms: FloatArray = np.log(np.maximum(numbers, 1e-9))
    return logarithms


PRICE = Trait(_log, 0.6, 1.6)
NUMBERS: Mapping[str, Trait] = {
    "year": Trait(_same, 4.0, 1.0),
    "odometer_km": Trait(_log_km, 1.0, 0.8),
    "power_kw": Trait(_log, 0.4, 0.8),
    "engine_size_l": Trait(_same, 0.8, 0.5),
    "doors": Trait(_same, 2.0, 0.3),
    "seats": Trait(_same, 2.0, 0.5),
}
WORDS: Mapping[str, float] = {
    "body": 1.0,
    "model": 1.0,
    "fuel": 0.8,
    "make": 0.6,
    "gearbox": 0.5,
    "drive": 0.3,
}
"""By field, how much another word counts."""


class Neighbor(NamedTuple):
    """A car beside another one.

    Attributes:
        listing_id: 32 hexadecimal digits.
        difference: >= 0; 0 for a car that is the same in all that is compared.
    """

    listing_id: str
    difference: float


@dataclass(frozen=True, slots=True)
class SimilarCars:
    """Finds the cars of an index that differ least from another car.

    The squared difference is a sum over the traits, each weighted. An unknown number of the other car counts like a
    difference of one, an unknown word like half another word; what is unknown of the car itself is not compared.

    Attributes:
        scaled: by field of ``NUMBERS``, the column of the index on its scale.
    """

    index: SearchIndex
    scaled: Mapping[str, FloatArray]

    @classmethod
    def of(cls, index: SearchIndex) -> SimilarCars:
        """Prepare an index."""
        return cls(index, {name: trait.scale(index.columns.numbers[name]) for name, trait in NUMBERS.items()})

    def nearest(self, car: ListedCar, query: SearchQuery) -> tuple[Sequence[Neighbor], int]:
        """The cars that differ least from a car, and how many there are within the limits.

        Args:
            car: of the index or not; it is not among the answers.
            query: hard limits, the currency of the price and the number of cars; its order and cursor mean nothing.

        Returns:
            Least different first, equally different ones in the order of their ids.
        """
        matching = self.index.matching(query)
        own = np.searchsorted(self.index.columns.ids, car.listing_id.encode("ascii"))
        if own < len(self.index) and self.index.columns.ids[own] == car.listing_id.encode("ascii"):
            matching[own] = False
        rows = np.flatnonzero(matching)
        squares = self._squares(car, rows)
        places = _smallest(squares, query.size)
        ids = self.index.columns.ids[rows[places]]
        differences = np.sqrt(squares[places])
        return [
            Neighbor(identifier.decode("ascii"), difference)
            for identifier, difference in zip(ids, differences.tolist(), strict=True)
        ], len(rows)

    def _squares(self, car: ListedCar, rows: RowArray) -> FloatArray:
        squares = _difference(PRICE, car.price, PRICE.scale(self.index.prices(car.currency)[rows]))
        for name, trait in NUMBERS.items():
            number = getattr(car, name)
            if number is not None:
                squares += _difference(trait, number, self.scaled[name][rows])
        for name, weight in WORDS.items():
            word = getattr(car, name)
            if word is not None:
                column = self.index.columns.words[name]
                costs = np.full(len(column.words), weight**2)
                costs[MISSING] /= 2
                code = column.code(word)
                if code is not None:
                    costs[code] = 0.0
                squares += costs[column.codes[rows]]
        return squares


def _difference(trait: Trait, number: float, column: FloatArray) -> FloatArray:
    """The weighted squares of differences to a number; ``column`` is on the trait's scale."""
    factor = trait.weight / trait.unit
    squares: FloatArray = ((column - trait.scale(np.array([float(number)]))) * factor) ** 2
    squares[np.isnan(squares)] = trait.weight**2
    return squares


def _smallest(numbers: FloatArray, most: int) -> RowArray:
    """Places of the smallest numbers in ascending order, equal ones in the order of their places."""
    if len(numbers) <= most:
        return np.argsort(numbers, kind="stable")
    largest = np.partition(numbers, most - 1)[most - 1]
    candidates = np.flatnonzero(numbers <= largest)
    return candidates[np.argsort(numbers[candidates], kind="stable")][:most]
