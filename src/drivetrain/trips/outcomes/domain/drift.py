"""Drift of inputs: how far what is scored now differs from what was scored first, beyond what chance does.

Two measures of the distance of two distributions p (now) and q (reference):

- population stability index, sum of (p - q) ln(p / q), with the customary marks 0.1 and 0.25 (Siddiqi, Credit
  Risk Scorecards, 2006);
- Jensen-Shannon distance, the root of the divergence to base 2, from 0 (equal) to 1 (nothing in common).

Neither is 0 for two samples of one distribution. When both are, (1/n + 1/m)^-1 times the index follows a
chi-squared distribution with one degree of freedom fewer than categories (Yurdakul and Naranjo, J. Risk Model
Validation 14(4), 2020). Its 99 % quantile is the noise floor; an index below it is no drift, whatever its
size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.statistics import jensen_shannon

FloatArray = NDArray[np.float64]

SHIFTED, DRIFTED = 0.1, 0.25
FEWEST_RIDES = 100
"""In either sample; with fewer nothing is said."""

FEWEST_PER_CATEGORY = 5.0
"""Expected in the smaller sample; thinner categories are taken together, as for any chi-squared figure."""

_Z99 = 2.3263478740408408  # standard normal quantile of 0.99
_SHOWN = 5
OTHER = "other"


class Verdict(StrEnum):
    """What an index means."""

    TOO_FEW = "too_few"
    STABLE = "stable"
    SHIFTED = "shifted"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Change:
    """A category with its share of the rides now and in the reference."""

    category: str
    share: float
    reference_share: float


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one input has moved.

    Attributes:
        rides, reference_rides: size of both samples.
        categories: after thin ones were taken together.
        index: population stability index; None with too few rides.
        noise_floor: what chance alone stays below in 99 of 100 cases.
        distance: Jensen-Shannon distance, in [0, 1].
        changes: the categories that moved most.
    """

    rides: int
    reference_rides: int
    categories: int
    index: float | None
    noise_floor: float | None
    distance: float | None
    verdict: Verdict
    changes: tuple[Change, ...] = ()


def drift_of(counts_now: Mapping[str, float], reference: Mapping[str, float]) -> Drift:
    """Compare two samples.

    Args:
        counts_now, reference: rides by category. Whole numbers, or numbers that add up to the rides.
    """
    names = sorted(set(counts_now) | set(reference))
    ours, theirs = (
        np.array([counts.get(name, 0.0) for name in names], dtype=np.float64)
        for counts in (counts_now, reference)
    )
    n, m = float(ours.sum()), float(theirs.sum())
    if min(n, m) < FEWEST_RIDES:
        return Drift(round(n), round(m), len(names), None, None, None, Verdict.TOO_FEW)
    categories, ours, theirs = _taken_together(names, ours, theirs)
    index = stability_index(ours, theirs)
    floor = noise_floor(len(categories), n, m)
    p, q = ours / n, theirs / m
    largest = np.argsort(-np.abs(p - q), kind="stable")[:_SHOWN]
    return Drift(
        round(n),
        round(m),
        len(categories),
        index,
        floor,
        math.sqrt(max(0.0, jensen_shannon(p, q))),
        _verdict(index, floor),
        tuple(Change(categories[index], float(p[index]), float(q[index])) for index in largest),
    )


def by_exposure(
    counts_now: Mapping[str, float],
    reference: Mapping[str, float],
    hours_now: Mapping[str, float],
    hours_reference: Mapping[str, float],
) -> tuple[dict[str, float], dict[str, float]]:
    """Counts as they would be if both windows held every hour of the week equally often.

    A window from Wednesday to Sunday differs from a whole week by the calendar alone. Each hour of the week
    counts by its rides per hour observed; hours that either window lacks are left out. The sums stay those of
    the rides left.

    Args:
        counts_now, reference: rides by hour of the week.
        hours_now, hours_reference: how often each window holds it.
    """
    common = [hour for hour in hours_now if hours_now[hour] and hours_reference.get(hour)]
    return _even(counts_now, hours_now, common), _even(reference, hours_reference, common)


def stability_index(ours: FloatArray, theirs: FloatArray) -> float:
    """Population stability index of counts by category, both of shape (n_categories,); half a ride is added to each."""
    p = (ours + 0.5) / (ours.sum() + 0.5 * len(ours))
    q = (theirs + 0.5) / (theirs.sum() + 0.5 * len(theirs))
    return float(((p - q) * np.log(p / q)).sum())


def noise_floor(categories: int, n: float, m: float) -> float:
    """Index that two samples of one distribution stay below in 99 of 100 cases.

    The quantile of chi-squared is Wilson and Hilferty's (1931), right to 1 % from three degrees of freedom
    on.
    """
    freedom = categories - 1
    if freedom < 1:
        return 0.0
    part = 2 / (9 * freedom)
    return float((1 / n + 1 / m) * freedom * (1 - part + _Z99 * math.sqrt(part)) ** 3)


def _taken_together(
    names: Sequence[str], ours: FloatArray, theirs: FloatArray
) -> tuple[list[str], FloatArray, FloatArray]:
    """Thin categories as one, by what both samples together say is to be expected in the smaller one."""
    expected = (ours + theirs) / (ours.sum() + theirs.sum()) * min(ours.sum(), theirs.sum())
    thin = expected < FEWEST_PER_CATEGORY
    categories = [name for name, is_thin in zip(names, thin, strict=True) if not is_thin]
    if not thin.any():
        return categories, ours, theirs
    together = [np.append(counts[~thin], counts[thin].sum()) for counts in (ours, theirs)]
    return [*categories, OTHER], together[0], together[1]


def _verdict(index: float, floor: float) -> Verdict:
    if index <= floor or index < SHIFTED:
        return Verdict.STABLE
    return Verdict.SHIFTED if index < DRIFTED else Verdict.DRIFTED


def _even(counts: Mapping[str, float], hours: Mapping[str, float], common: Sequence[str]) -> dict[str, float]:
    rates = {hour: counts.get(hour, 0.0) / hours[hour] for hour in common}
    total, rides = sum(rates.values()), sum(counts.get(hour, 0.0) for hour in common)
    return {hour: rate / total * rides for hour, rate in rates.items()} if total else {}
