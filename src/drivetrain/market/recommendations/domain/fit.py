"""What is learned from everybody's interactions: factors of types of cars, and how often each car is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from drivetrain.market.recommendations.domain.car_types import LEVELS, rows_of_types
from drivetrain.market.recommendations.domain.factors import (
    FloatArray,
    IntArray,
    Interest,
    common_to_all,
    fitted_factors,
    folded_in,
)
from drivetrain.market.recommendations.domain.likeness import Likeness, ScoreArray
from drivetrain.market.search.domain.columns import ID_DTYPE, Columns, ListedCar
from drivetrain.market.search.domain.index import RowArray
from drivetrain.market.search.domain.similar import SimilarCars

FEWEST_BUYERS = 50
"""Buyers who looked at two types at least; of fewer no factors are learned."""

PRIOR_DAYS = 7.0
"""A car on sale for a day is not called popular for its first view: rates begin as if seen as often as most for so long."""

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Looks:
    """Who looked at which car how much.

    Attributes:
        buyers: places from 0; shape (n,).
        cars: places in a list of cars; shape (n,).
        amounts: in views; shape (n,).
    """

    buyers: IntArray
    cars: IntArray
    amounts: FloatArray


@dataclass(frozen=True)
class TypeFactors:
    """Factors of the types of one level.

    Attributes:
        types: as in ``LEVELS``.
        factors: shape (n_types, rank).
    """

    types: Sequence[str]
    factors: FloatArray

    def taste(self, level: str, cars: Sequence[ListedCar], weights: FloatArray) -> ScoreArray | None:
        """Scores of all types for who looked at some cars, and a 0 for those that nobody looked at.

        None where nothing is known of any of the cars.
        """
        amounts: dict[int, float] = {}
        for car, weight in zip(cars, weights.tolist(), strict=True):
            place = self._places.get(LEVELS[level](car))
            if place is not None:
                amounts[place] = amounts.get(place, 0.0) + weight
        if not amounts:
            return None
        buyer = folded_in(self.factors, self._common, list(amounts), list(amounts.values()))
        return np.append(self.factors @ buyer, 0.0).astype(np.float32)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {each: place for place, each in enumerate(self.types)}

    @cached_property
    def _common(self) -> FloatArray:
        return common_to_all(self.factors)


@dataclass(frozen=True, slots=True)
class Fit:
    """What was learned at one time; immutable.

    Attributes:
        version: counts up; 0 where nothing was learned yet.
        levels: by level; empty where too few buyers looked at cars.
        viewed: ids of the cars that anybody looked at, ascending; bytes of 32 hexadecimal digits.
        views: how much, in the same order.
        since_s: when counting began, Unix seconds.
        usual_rate: views of a car in a day, > 0.
        buyers: how many there were.
    """

    version: int = 0
    levels: Mapping[str, TypeFactors] = field(default_factory=dict)
    viewed: NDArray[np.bytes_] = field(default_factory=lambda: np.zeros(0, dtype=ID_DTYPE))
    views: FloatArray = field(default_factory=lambda: np.zeros(0))
    since_s: float = 0.0
    usual_rate: float = 1.0
    buyers: int = 0

    def views_of(self, columns: Columns) -> FloatArray:
        """How much each row was looked at."""
        views = np.zeros(len(columns))
        if len(columns):
            found = np.minimum(np.searchsorted(columns.ids, self.viewed), len(columns) - 1)
            is_there = columns.ids[found] == self.viewed
            views[found[is_there]] = self.views[is_there]
        return views

    def popularity(self, views: FloatArray, columns: Columns, rows: RowArray, now_s: float) -> FloatArray:
        """Views a day on sale of some rows, drawn to the usual rate while a car is new; shape (n_rows,).

        Args:
            views: of all rows.
        """
        seen_since_s = np.maximum(columns.live_at_s[rows], self.since_s)
        days = np.maximum(now_s - seen_since_s, 0.0) / DAY_S
        rate: FloatArray = (views[rows] + PRIOR_DAYS * self.usual_rate) / (days + PRIOR_DAYS)
        return rate


def fitted(
    looks: Looks, cars: Sequence[ListedCar], *, version: int, since_s: float, now_s: float, seed: int = 0
) -> Fit:
    """Learn from what buyers looked at since an instant.

    Args:
        cars: that were looked at, each once.
    """
    amounts = np.bincount(looks.cars, looks.amounts, minlength=len(cars)).astype(np.float64)
    ids = np.array([car.listing_id for car in cars], dtype=ID_DTYPE)
    order = np.argsort(ids)
    days = np.array([now_s - max(car.live_at_s, since_s) for car in cars]) / DAY_S
    usual_rate = float(amounts.sum() / np.maximum(days, 1.0).sum()) if len(cars) else 1.0
    n_buyers = int(looks.buyers.max()) + 1 if len(looks.buyers) else 0
    levels = {level: _factors(looks, cars, n_buyers, type_of, seed) for level, type_of in LEVELS.items()}
    return Fit(
        version,
        {level: factors for level, factors in levels.items() if factors is not None},
        ids[order],
        amounts[order],
        since_s,
        usual_rate or 1.0,
        n_buyers,
    )


def _factors(
    looks: Looks, cars: Sequence[ListedCar], n_buyers: int, type_of: Callable[[ListedCar], str], seed: int
) -> TypeFactors | None:
    places: dict[str, int] = {}
    of_car = np.array([places.setdefault(type_of(car), len(places)) for car in cars], dtype=np.int64)
    interest = Interest.summed(looks.buyers, of_car[looks.cars], looks.amounts)
    if np.count_nonzero(np.bincount(interest.buyers, minlength=1) > 1) < FEWEST_BUYERS:
        return None
    return TypeFactors(list(places), fitted_factors(interest, n_buyers, len(places), seed=seed))


class FittedIndex:
    """What was learned, laid over the rows of one index."""

    def __init__(self, fit: Fit, similar: SimilarCars) -> None:
        columns = similar.index.columns
        self.fit = fit
        self.columns = columns
        self.likeness = Likeness(similar)
        self.views = fit.views_of(columns)
        self._types = {
            level: rows_of_types(columns, level, factors.types) for level, factors in fit.levels.items()
        }

    def taste(
        self, level: str, cars: Sequence[ListedCar], weights: FloatArray, rows: RowArray
    ) -> ScoreArray | None:
        """Scores of some rows for who looked at some cars; None where nothing is known of any of these."""
        factors = self.fit.levels.get(level)
        scores = None if factors is None else factors.taste(level, cars, weights)
        return None if scores is None else scores[self._types[level][rows]]

    def popularity(self, rows: RowArray, now_s: float) -> FloatArray:
        """As in ``Fit``."""
        return self.fit.popularity(self.views, self.columns, rows, now_s)
