"""Scores of cars for one buyer: how much each source speaks for a car, in standard deviations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.market.recommendations.domain.fit import FittedIndex
from drivetrain.market.recommendations.domain.likeness import ScoreArray
from drivetrain.market.search.domain.columns import FloatArray, ListedCar
from drivetrain.market.search.domain.index import RowArray

RULES = 1
"""Version of the rules of this package; part of a policy's name, so that impressions of two rules are told apart."""

MOST_SEEN = 15
"""The last cars that a taste is read from."""

_ROUNDING = 4.0
"""Numbers that differ by no more than so many roundings are equal."""


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
        parts: by source, standard scores among the rows; ``likeness``, and ``taste`` where it is
            known; ``popularity`` alone where nothing is known of the buyer.
        total: what the rows are ordered by.
    """

    rows: RowArray
    parts: Mapping[str, ScoreArray]
    total: ScoreArray


def scored(
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
    if not seen:
        popularity = _standard(np.log(fitted.popularity(rows, now_s)))
        return Scores(rows, {"popularity": popularity}, popularity)
    last = seen[:MOST_SEEN]
    cars, weights = [each.car for each in last], np.array([each.interest for each in last])
    unlike = fitted.likeness.unlikeness(cars, weights, currency, rows)
    parts = {"likeness": _standard(-np.sqrt(np.maximum(unlike, 0.0)))}
    tastes = [
        _standard(taste)
        for level in fitted.fit.levels
        if (taste := fitted.taste(level, cars, weights, rows)) is not None
    ]
    if tastes:
        parts["taste"] = sum(tastes[1:], start=tastes[0]) / np.float32(len(tastes))
    return Scores(rows, parts, sum(tastes, start=parts["likeness"]))


def _standard(numbers: FloatArray | ScoreArray) -> ScoreArray:
    """In standard deviations from the mean; zeros where all are equal."""
    if not len(numbers):
        return numbers.astype(np.float32)
    centered = numbers - numbers.mean()
    spread = np.sqrt(np.dot(centered, centered) / len(centered))
    is_equal = spread <= _ROUNDING * np.finfo(numbers.dtype).eps * max(1.0, abs(float(numbers.mean())))
    standard: ScoreArray = (centered * (0.0 if is_equal else 1.0 / spread)).astype(np.float32)
    return standard
