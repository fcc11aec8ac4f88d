"""Honest figures: repeated cross-validation, intervals that know the folds overlap, conformal quantiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from drivetrain.core.statistics import Estimate

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Folds:
    """``repeats`` random partitions of the rows into ``parts`` parts, the same for every model compared.

    Attributes:
        group: rows that share a number share a part, shape (rows,), numbers from 0 without gaps; None where each
            stands alone.
    """

    rows: int
    parts: int
    repeats: int
    seed: int
    group: IndexArray | None = None

    def assignments(self) -> Iterator[IndexArray]:
        """For each repeat the part of every row, shape (rows,)."""
        for repeat in range(self.repeats):
            yield random_parts(self.rows, self.parts, self.seed + repeat, self.group)

    def splits(self) -> Iterator[tuple[IndexArray, IndexArray]]:
        """Training and test rows of every fold, repeat by repeat."""
        for parts in self.assignments():
            for part in range(self.parts):
                yield np.flatnonzero(parts != part), np.flatnonzero(parts == part)


def twins(rows: Mapping[str, Sequence[Any]]) -> IndexArray:
    """Numbers, from 0, that rows share which are equal in every input, shape (n_rows,).

    A model that has learned one of two twins knows the other: parts must keep them together.
    """
    numbers: dict[tuple[Any, ...], int] = {}
    cars = zip(*rows.values(), strict=True)
    return np.asarray([numbers.setdefault(car, len(numbers)) for car in cars], dtype=np.intp)


def random_parts(rows: int, parts: int, seed: int, group: IndexArray | None = None) -> IndexArray:
    """Parts of nearly equal size, drawn at random, shape (rows,); rows of one group share a part."""
    if group is not None:
        return random_parts(int(group.max()) + 1, parts, seed)[group]
    assignment = np.empty(rows, dtype=np.intp)
    assignment[np.random.default_rng(seed).permutation(rows)] = np.arange(rows) % parts
    return assignment


def balanced_groups(names: NDArray[Any], most: int) -> IndexArray:
    """Whole names in groups of about equal rows, so that few fits leave every name out once.

    Args:
        names: of each row, shape (n_rows,).
        most: groups; fewer where there are fewer names.

    Returns:
        The group of each row, shape (n_rows,), from 0; all 0 where there is one name.
    """
    unique, place, counts = np.unique(names, return_inverse=True, return_counts=True)
    load = np.zeros(min(most, len(unique)))
    group_of = np.empty(len(unique), dtype=np.intp)
    for index in np.argsort(-counts, kind="stable"):
        group_of[index] = int(np.argmin(load))
        load[group_of[index]] += counts[index]
    return group_of[place]


def mean_over_folds(values: Sequence[float], parts: int) -> Estimate:
    """Mean over the folds of a repeated cross-validation, with its 95 % interval.

    The folds share training rows, so their spread understates the error of the mean; the variance is
    inflated by the share of test to training rows.

    Args:
        values: one for each fold and repeat.
        parts: parts of the partition, >= 2.

    Source:
        Nadeau and Bengio (2003), Inference for the generalization error, equation 10.
    """
    sample = np.asarray(values, dtype=np.float64)
    mean = float(sample.mean())
    if len(sample) < 2:
        return Estimate(mean, mean, mean)
    spread = float(np.sqrt(sample.var(ddof=1) * (1 / len(sample) + 1 / (parts - 1))))
    half = float(stats.t.ppf(0.975, len(sample) - 1)) * spread
    return Estimate(mean, mean - half, mean + half)


def rmse(truth: FloatArray, predicted: FloatArray) -> float:
    """Root of the mean squared error, in the unit of the target."""
    return float(np.sqrt(np.mean((truth - predicted) ** 2)))


def mae(truth: FloatArray, predicted: FloatArray) -> float:
    """Mean absolute error, in the unit of the target."""
    return float(np.mean(np.abs(truth - predicted)))


def r2(truth: FloatArray, predicted: FloatArray) -> float:
    """Share of the test rows' variance explained; of rows that do not vary all or nothing."""
    unexplained = float(np.sum((truth - predicted) ** 2))
    variance = float(np.sum((truth - truth.mean()) ** 2))
    if variance == 0:
        return 1.0 if unexplained == 0 else 0.0
    return 1 - unexplained / variance


def point_errors(truth: FloatArray, predicted: FloatArray) -> dict[str, float]:
    """The figures of one fold, by the names metrics have everywhere."""
    return {
        "rmse_error": rmse(truth, predicted),
        "mae_error": mae(truth, predicted),
        "r2_score": r2(truth, predicted),
    }


def summarize(folds: Sequence[dict[str, float]], parts: int) -> dict[str, Estimate]:
    """Means by name over the folds."""
    return {name: mean_over_folds([fold[name] for fold in folds], parts) for name in folds[0]}


def conformal_quantile(scores: FloatArray, level: float) -> float:
    """The smallest score that at least ``level`` of new scores do not exceed, if exchangeable.

    Args:
        scores: shape (n,), n >= 1.
        level: in (0, 1).

    Source:
        Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World; the
        ceil(level (n + 1))-th smallest score.
    """
    ordered = np.sort(scores)
    return float(ordered[min(len(ordered), int(np.ceil(level * (len(ordered) + 1)))) - 1])


def weighted_quantile(values: FloatArray, weights: FloatArray, level: float) -> float:
    """The smallest value below which, itself included, the share ``level`` of the weight lies.

    Args:
        values: shape (n,), n >= 1.
        weights: shape (n,), > 0.
        level: in (0, 1).
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][min(len(order) - 1, int(np.searchsorted(reached, level * reached[-1])))])
