"""How like some cars all cars of an index are: content, as a taste in fields that everybody can see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.market.search.domain.columns import MISSING, FloatArray, ListedCar
from drivetrain.market.search.domain.index import RowArray
from drivetrain.market.search.domain.similar import NUMBERS, PRICE, WORDS, SimilarCars, Trait

ScoreArray = NDArray[np.float32]
"""Seven digits are more than an order of cars needs, and half of the memory to go through."""


class Likeness:
    """The cars of an index, prepared for being compared with several others in one pass.

    The square of a difference is a sum of the square of a row's number, the number and a constant, so that the squares
    of all traits are one product of a matrix and a vector.
    """

    def __init__(self, similar: SimilarCars) -> None:
        self._index = similar.index
        self._numbers = {name: _Terms.of(similar.scaled[name]) for name in NUMBERS}
        self._matrix = np.concatenate([terms.matrix for terms in self._numbers.values()], axis=1)
        self._prices: dict[str, _Terms] = {}

    def unlikeness(
        self, cars: Sequence[ListedCar], weights: FloatArray, currency: str, rows: RowArray
    ) -> ScoreArray:
        """How far each of some rows is from the middle of some cars, by the traits and weights of similar cars.

        The mean of the squared differences to all of the cars, less what is the same for every row.

        Args:
            cars: at least one.
            weights: of the cars, > 0; shape (n_cars,).
            currency: in which prices are compared.

        Returns:
            Shape (n_rows,); >= 0 but for rounding, lower is more alike.
        """
        rates = self._index.rates
        prices = [rates.converted(car.price, car.currency, currency) for car in cars]
        of_price = self._price_terms(currency)
        by_number = [
            self._numbers[name].factors(trait, [getattr(car, name) for car in cars], weights)
            for name, trait in NUMBERS.items()
        ]
        total = self._matrix @ np.concatenate([factors for factors, _ in by_number])
        by_price, constant = of_price.factors(PRICE, prices, weights)
        total += of_price.matrix @ by_price
        total += np.float32(constant + sum(each for _, each in by_number))
        for name, weight in WORDS.items():
            costs = self._costs(name, cars, weights)
            if costs is not None:
                total += (weight**2 * costs).astype(np.float32)[self._index.columns.words[name].codes]
        unlike: ScoreArray = total[rows]
        return unlike

    def _price_terms(self, currency: str) -> _Terms:
        """As of other numbers, in a currency; made once for each."""
        if currency not in self._prices:
            self._prices[currency] = _Terms.of(PRICE.scale(self._index.prices(currency)))
        return self._prices[currency]

    def _costs(self, name: str, cars: Sequence[ListedCar], weights: FloatArray) -> FloatArray | None:
        """By code, the share of the cars that have another word; half of it for no word. None where no car has one."""
        column = self._index.columns.words[name]
        words = [getattr(car, name) for car in cars]
        known = sum(of for word, of in zip(words, weights.tolist(), strict=True) if word is not None)
        if not known:
            return None
        costs = np.full(len(column.words), known)
        for word, of in zip(words, weights.tolist(), strict=True):
            code = None if word is None else column.code(word)
            if code is not None:
                costs[code] -= of
        costs[MISSING] = known / 2
        shares: FloatArray = costs / weights.sum()
        return shares


@dataclass(frozen=True, slots=True)
class _Terms:
    """A column of numbers on the scale of its trait, as the terms of a square.

    Attributes:
        center: that the numbers are counted from, so that their squares are small enough for seven digits.
        matrix: of each row the square, the number, and 1 for an unknown one; shape (n_rows, 3).
    """

    center: float
    matrix: ScoreArray

    @classmethod
    def of(cls, numbers: FloatArray) -> _Terms:
        """The terms of a column, NaN for unknown."""
        unknown = np.isnan(numbers)
        center = 0.0 if unknown.all() else float(np.nanmean(numbers))
        from_center = np.where(unknown, 0.0, numbers - center)
        matrix = np.column_stack([from_center**2, from_center, unknown]).astype(np.float32)
        return cls(center, matrix)

    def factors(
        self, trait: Trait, numbers: Sequence[float | None], weights: FloatArray
    ) -> tuple[ScoreArray, float]:
        """What the terms count, and what each row has beside them.

        Together the squared difference to the mean of the known numbers, and one for an unknown row.
        """
        values = np.array(numbers, dtype=np.float64)
        known = ~np.isnan(values)
        share = weights[known].sum() / weights.sum()
        if not share:
            return np.zeros(3, dtype=np.float32), 0.0
        middle = np.average(trait.scale(values[known]), weights=weights[known]) - self.center
        square = (trait.weight / trait.unit) ** 2
        constant = share * square * middle**2
        counted = [share * square, -2 * share * square * middle, share * trait.weight**2 - constant]
        return np.array(counted, dtype=np.float32), float(constant)
