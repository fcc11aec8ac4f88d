"""The numbers by which buyers are alike: six questions that count the same, however many fields each has.

Price, age, power, body, fuel and breadth of interest. Sizes are logarithms in robust standard deviations;
shares are square roots (Hellinger), so that the difference between 0 and 5 % counts for more than that
between 45 and 50 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.resale.segments.model.contract import BODY_SHARES, FUEL_SHARES

PRICE, AGE, POWER, BODY, FUEL, BREADTH = QUESTIONS = ("price", "age", "power", "body", "fuel", "breadth")
_SIZES = (
    ("median_price_eur", PRICE, 0.0),
    ("median_age_years", AGE, 1.0),  # a year more is much for a new car and little for an old one
    ("median_power_kw", POWER, 0.0),
    ("price_ratio", BREADTH, 0.0),
    ("kinds_of_car", BREADTH, 0.0),
)
"""Field, question, and what is added before the logarithm."""

_SHARES = ((BODY_SHARES, BODY), (FUEL_SHARES, FUEL))

FEATURES = (*(name for name, _, _ in _SIZES), *BODY_SHARES, *FUEL_SHARES)
QUESTION_OF = (
    *(question for _, question, _ in _SIZES),
    *(question for names, question in _SHARES for _ in names),
)
"""The question that each feature belongs to."""

FARTHEST = 3.5
"""Robust standard deviations past which a size counts as this far: one odd buyer must not become a
segment."""

_NORMAL_IQR = 1.349


@dataclass(frozen=True, slots=True)
class FeatureSpace:
    """What training buyers taught about the scale of each question.

    Attributes:
        center: middle of each feature, shape (n_features,).
        unit: what one step of each feature is worth, > 0, shape (n_features,).
    """

    center: FloatArray
    unit: FloatArray

    def matrix(self, rows: Columns) -> FloatArray:
        """Profiles as points, shape (n_rows, n_features), finite; what a profile does not say counts as the middle."""
        scaled = (_raw(rows) - self.center) / self.unit
        sizes = len(_SIZES)
        limit = FARTHEST / np.sqrt(_members()[:sizes])
        scaled[:, :sizes] = np.clip(scaled[:, :sizes], -limit, limit)
        return np.nan_to_num(scaled, nan=0.0)

    def as_dict(self) -> dict[str, list[float]]:
        """Plain values; ``from_dict`` reads them back."""
        return {"center": self.center.tolist(), "unit": self.unit.tolist()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Sequence[float]]) -> FeatureSpace:
        """The space that ``as_dict`` wrote."""
        return cls(np.asarray(plain["center"], dtype=np.float64), np.asarray(plain["unit"], dtype=np.float64))


def fit_space(rows: Columns) -> FeatureSpace:
    """Learn the scale from training profiles."""
    raw = _raw(rows)
    known = ~np.isnan(raw)
    raw = np.where(known.any(axis=0), raw, 0.0)  # a field that nobody's profile says is the same for all
    sizes = len(_SIZES)
    center, unit = np.empty(raw.shape[1]), np.empty(raw.shape[1])
    lower, center[:sizes], upper = np.nanquantile(raw[:, :sizes], [0.25, 0.5, 0.75], axis=0)
    spread = (upper - lower) / _NORMAL_IQR
    spread = np.where(spread > 0, spread, np.nanstd(raw[:, :sizes], axis=0))
    unit[:sizes] = np.where(spread > 0, spread, 1.0) * np.sqrt(_members()[:sizes])
    center[sizes:] = np.nanmean(raw[:, sizes:], axis=0)
    for _, question in _SHARES:
        places = [column for column, its_question in enumerate(QUESTION_OF) if its_question == question]
        total = float(np.nanvar(raw[:, places], axis=0).sum())
        unit[places] = np.sqrt(total) if total > 0 else 1.0
    return FeatureSpace(center, unit)


def squared_distances(matrix: FloatArray, centers: FloatArray, question: str | None = None) -> FloatArray:
    """Squared distances to the centers, shape (n_rows, n_centers), of one question or all of them.

    Feature by feature, not by a matrix product: its bits would depend on how many rows come together.
    """
    distances = np.zeros((len(matrix), len(centers)))
    for column, own in enumerate(QUESTION_OF):
        if question in {None, own}:
            distances += (matrix[:, column, np.newaxis] - centers[:, column]) ** 2
    return distances


def _members() -> FloatArray:
    """How many features share each feature's question."""
    return np.array([QUESTION_OF.count(question) for question in QUESTION_OF], dtype=np.float64)


def _raw(rows: Columns) -> FloatArray:
    """Logarithms of sizes and square roots of shares; NaN where a profile does not say."""
    columns = [np.log(_numbers(rows[name]) + added) for name, _, added in _SIZES]
    for names, _ in _SHARES:
        shares = [_numbers(rows[name]) for name in names]
        total = np.zeros(len(shares[0]))
        for share in shares:
            total += share
        total[total <= 0] = np.nan  # nothing is said of it
        columns += [np.sqrt(share / total) for share in shares]
    return np.column_stack(columns)


def _numbers(values: Sequence[Any]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
