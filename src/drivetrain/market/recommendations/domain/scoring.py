"""Scores of cars for one buyer: how much each source speaks for a car, in standard deviations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.market.recommendations.domain.fit import FittedIndex
from drivetrain.market.recommendations.domain.likeness import unlikeness
from drivetrain.market.search.domain.columns import FloatArray, ListedCar
from drivetrain.market.search.domain.index import RowArray
from drivetrain.market.search.domain.similar import SimilarCars

RULES = 1
"""Version of the rules of this package; part of a policy's name, so that impressions of two rules are told apart."""

MOST_SEEN = 15
"""The last cars that a taste is read from."""


@dataclass(frozen=True, slots=True)
class SeenCar:
    """A car that a buyer showed interest in.

    Attributes:
        interest: in views, > 0.
        is_liked: whether the buyer likes it, or wrote to the seller.
    """

    car: ListedCar
    interest: float
    is_liked: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """How much speaks for some rows.

    Attributes:
        rows: of the index.
        parts: by source, standard scores among the rows; ``likeness``, ``taste`` and ``popularity``.
        total: what the rows are ordered by.
    """

    rows: RowArray
    parts: Mapping[str, FloatArray]
    total: FloatArray


def scored(
    similar: SimilarCars,
    fitted: FittedIndex,
    seen: Sequence[SeenCar],
    rows: RowArray,
    *,
    currency: str,
    now_s: float,
) -> Scores:
    """Score rows for a buyer: by likeness and taste where the buyer looked at cars, by popularity where not.

    Args:
        seen: latest first; at most ``MOST_SEEN`` count.
        currency: in which prices are compared.
    """
    popularity = _standard(np.log(fitted.popularity(rows, now_s)))
    if not seen:
        return Scores(rows, {"popularity": popularity}, popularity)
    last = seen[:MOST_SEEN]
    cars, weights = [each.car for each in last], np.array([each.interest for each in last])
    parts = {"likeness": _standard(-np.sqrt(unlikeness(similar, cars, weights, currency, rows)))}
    tastes = [
        _standard(taste)
        for level in fitted.fit.levels
        if (taste := fitted.taste(level, cars, weights, rows)) is not None
    ]
    if tastes:
        parts["taste"] = np.mean(tastes, axis=0)
    total = parts["likeness"] + np.sum(tastes, axis=0)
    return Scores(rows, {**parts, "popularity": popularity}, total)


def _standard(numbers: FloatArray) -> FloatArray:
    """In standard deviations from the mean; zeros where all are equal."""
    if not len(numbers):
        return numbers
    spread = float(numbers.std())
    centered: FloatArray = numbers - numbers.mean()
    return centered / spread if spread > 1e-12 else np.zeros_like(numbers)
