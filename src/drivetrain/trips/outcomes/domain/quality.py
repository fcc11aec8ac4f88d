"""How well trip durations were predicted: error, bias, explained share and coverage, each with its interval.

Everything is computed from sums by pick-up area, hour and version, which the database makes of any number of
rides.
Rides of one hour share the traffic and the weather, so the hour, not the ride, is what intervals count: the
error of a mean is that of a ratio of sums over hours (Cochran, Sampling Techniques, 3rd ed., section 2.11),
never less than that of as many independent rides. Coverage has Wilson's interval, with the number of rides
that would be as uncertain if they were independent (Kish's design effect).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.statistics import UNDEFINED, Estimate, Z, wilson
from drivetrain.trips.city.domain.civil_time import CHICAGO

FEW_OUTCOMES, FEW_HOURS = 30, 10
"""Below either, a figure is called one of few: the normal approximation behind its interval is not to be
trusted."""

UNKNOWN = "unknown"
"""Age of a version that was never released."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class By(StrEnum):
    """What rides are grouped by."""

    AREA = "area"
    HOUR = "hour"
    VERSION = "version"
    MODEL_AGE = "model_age"
    DAY = "day"


Label = int | str


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums over the rides of one pick-up area, hour and version; one array per sum, each of shape (n_cells,).

    Sums of errors run over rides with a usable outcome; an error is predicted minus actual, minutes.

    Attributes:
        area: pick-up area, 0 to 77.
        hour: begin of the hour, ``datetime64[h]``, UTC.
        version: of the model, text.
        rides: scored.
        outcomes: with a usable outcome.
        synthetic: of these, with a drawn one.
        unusable: whose reported end does not fit their start.
        error, absolute_error, squared_error: sums, minutes and minutes squared.
        actual, squared_actual: sums of what rides took, minutes and minutes squared.
        covered: inside their range.
        baseline_rides, baseline_error, compared_error: rides for which there is a baseline, and the sums of
            the baseline's and of the model's absolute errors over them, minutes.
    """

    area: IntArray
    hour: NDArray[np.datetime64]
    version: NDArray[np.str_]
    rides: IntArray
    outcomes: IntArray
    synthetic: IntArray
    unusable: IntArray
    error: FloatArray
    absolute_error: FloatArray
    squared_error: FloatArray
    actual: FloatArray
    squared_actual: FloatArray
    covered: IntArray
    baseline_rides: IntArray
    baseline_error: FloatArray
    compared_error: FloatArray

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.area)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group of rides.

    Attributes:
        hours: with at least one outcome.
        mean_absolute_error_min, bias_min: of predicted minus actual, minutes.
        r2_score: share of the variance of durations that the predictions explain; negative when the mean
            explains more.
        coverage: share of actual durations inside their range.
        baseline_error_min: mean absolute error of the baseline.
        gain_min: how much smaller the model's is on the same rides, minutes; positive is better.
    """

    rides: int
    outcomes: int
    synthetic: int
    unusable: int
    hours: int
    mean_absolute_error_min: Estimate
    bias_min: Estimate
    r2_score: float | None
    coverage: Estimate
    baseline_error_min: Estimate
    gain_min: Estimate

    @property
    def are_few(self) -> bool:
        """True where there is too little for the interval to be trusted."""
        return self.outcomes < FEW_OUTCOMES or self.hours < FEW_HOURS


def figures_of(cells: Cells, mask: NDArray[np.bool_] | None = None) -> Figures:
    """The figures of some cells, all by default.

    Args:
        mask: shape (n_cells,).
    """
    chosen = np.ones(len(cells), dtype=np.bool_) if mask is None else mask
    hours, hour_index = np.unique(cells.hour[chosen], return_inverse=True)

    def by_hour(column: NDArray[np.int64] | FloatArray) -> FloatArray:
        sums: FloatArray = np.bincount(hour_index, weights=column[chosen], minlength=len(hours)).astype(
            np.float64
        )
        return sums

    n = by_hour(cells.outcomes)
    compared = by_hour(cells.baseline_rides)
    squares = float(by_hour(cells.squared_error).sum())
    baseline = by_hour(cells.baseline_error)
    return Figures(
        rides=int(cells.rides[chosen].sum()),
        outcomes=int(n.sum()),
        synthetic=int(cells.synthetic[chosen].sum()),
        unusable=int(cells.unusable[chosen].sum()),
        hours=int((n > 0).sum()),
        mean_absolute_error_min=mean_of(by_hour(cells.absolute_error), n, squares),
        bias_min=mean_of(by_hour(cells.error), n, squares),
        r2_score=_explained(
            n.sum(), squares, by_hour(cells.actual).sum(), by_hour(cells.squared_actual).sum()
        ),
        coverage=share_of(by_hour(cells.covered), n),
        baseline_error_min=mean_of(baseline, compared),
        gain_min=mean_of(baseline - by_hour(cells.compared_error), compared),
    )


def grouped(cells: Cells, by: By, released: Mapping[str, datetime]) -> dict[Label, Figures]:
    """The figures of each group, in the order of their labels; what is unknown comes last.

    Args:
        released: when each version was first released, aware.
    """
    labels = labels_of(cells, by, released)
    order = sorted(set(labels), key=lambda label: (isinstance(label, str), _natural(label)))
    label_of = np.array(labels, dtype=object)
    return {label: figures_of(cells, label_of == label) for label in order}


def labels_of(cells: Cells, by: By, released: Mapping[str, datetime]) -> list[Label]:
    """The group of each cell.

    Returns:
        Area, civil hour in Chicago, version, whole days since the version's release, or civil date.
    """
    if by is By.AREA:
        return [int(area) for area in cells.area]
    if by is By.VERSION:
        return [str(version) for version in cells.version]
    if by is By.MODEL_AGE:
        pairs = zip(cells.version.tolist(), _instants(cells.hour), strict=True)
        return [_age(released.get(version), instant) for version, instant in pairs]
    civil = CHICAGO.times(cells.hour)
    dates = civil.astype("datetime64[D]")
    if by is By.HOUR:
        hours: list[Label] = (civil.astype("datetime64[h]") - dates).astype(np.int64).tolist()
        return hours
    return [str(day) for day in dates]


def mean_of(sums: FloatArray, counts: FloatArray, squares: float | None = None) -> Estimate:
    """A mean over rides with its interval over hours.

    Args:
        sums, counts: by hour, shape (n_hours,).
        squares: sum of squares over rides, by which one hour alone has an interval too; None when it is not
            known.
    """
    total = counts.sum()
    if total == 0:
        return UNDEFINED
    mean = float(sums.sum() / total)
    variances = [_variance_over_hours(sums, counts, mean)]
    if squares is not None and total > 1:
        variances.append(max(0.0, squares / total - mean**2) / (total - 1))
    finite = [variance for variance in variances if variance is not None]
    if not finite:
        return Estimate(mean)
    half = Z * math.sqrt(max(finite))
    return Estimate(mean, mean - half, mean + half)


def share_of(hits: FloatArray, counts: FloatArray) -> Estimate:
    """A share of rides with Wilson's interval, for as many rides as are worth as much independent ones.

    Args:
        hits, counts: by hour, shape (n_hours,).
    """
    total = float(counts.sum())
    if total == 0:
        return UNDEFINED
    share = float(hits.sum()) / total
    worth = total
    variance = _variance_over_hours(hits, counts, share)
    if variance and 0 < share < 1:
        worth = min(total, share * (1 - share) / variance)
    return wilson(share, worth)


def _variance_over_hours(sums: FloatArray, counts: FloatArray, mean: float) -> float | None:
    """Variance of a ratio of sums; None for fewer than two hours."""
    clusters = int((counts > 0).sum())
    if clusters < 2:
        return None
    spread = float(((sums - mean * counts) ** 2).sum())
    return clusters / (clusters - 1) * spread / float(counts.sum()) ** 2


def _explained(n: float, squares: float, actual: float, squared_actual: float) -> float | None:
    if n < 2:
        return None
    around_mean = squared_actual - actual**2 / n
    return None if around_mean <= 1e-9 * squared_actual else float(1 - squares / around_mean)


def _instants(hours: NDArray[np.datetime64]) -> list[int]:
    """Unix seconds."""
    seconds: list[int] = hours.astype("datetime64[s]").astype(np.int64).tolist()
    return seconds


def _age(released_at: datetime | None, instant: int) -> Label:
    return UNKNOWN if released_at is None else math.floor((instant - released_at.timestamp()) / 86_400)


def _natural(label: Label) -> tuple[float, str]:
    """Numbers by size, also those written as text, as versions are."""
    text = str(label)
    return (float(text), "") if text.lstrip("-").isdecimal() else (math.inf, text)
