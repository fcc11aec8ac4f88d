"""Policies beside each other: each in the same cities as the first, and what it differs by, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import t as student

from drivetrain.core.statistics import LEVEL, Estimate
from drivetrain.dispatch.simulation.domain.measures import NAMES, Measures
from drivetrain.dispatch.state.domain.drivers import FloatArray

HIGHER_IS_BETTER = frozenset({"served", "utilization", "earnings_per_h"})


class Verdict(StrEnum):
    """How a figure compares with that of the reference."""

    BETTER = "better"
    WORSE = "worse"
    TIE = "tie"
    """The interval of the difference contains 0."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure against that of the reference in the same cities.

    Attributes:
        estimate: of the difference, with its interval.
        relative: the difference by the reference's mean; None where that is 0.
    """

    estimate: Estimate
    relative: Estimate | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """One policy in one market.

    Attributes:
        means: over the seeds, by measure.
        differences: from the reference, by measure; empty for the reference itself.
        is_among_best: whether no other policy served more riders beyond chance.
    """

    key: str
    means: Mapping[str, float]
    differences: Mapping[str, Difference]
    is_among_best: bool


def standings(runs: Mapping[str, Sequence[Measures]], reference: str) -> list[Standing]:
    """Policies of one market, those who served most first.

    Args:
        runs: by policy one run for each seed, in the order of the seeds, at least two.
        reference: the policy that the others are compared with.
    """
    figures = {key: columns(measures) for key, measures in runs.items()}
    most = max(figures, key=lambda key: float(figures[key]["served"].mean()))
    standing = [
        Standing(
            key,
            {name: float(own[name].mean()) for name in NAMES},
            {}
            if key == reference
            else {name: compared(own[name], figures[reference][name], name) for name in NAMES},
            key == most or compared(own["served"], figures[most]["served"], "served").verdict is Verdict.TIE,
        )
        for key, own in figures.items()
    ]
    return sorted(standing, key=lambda one: -one.means["served"])


def columns(measures: Sequence[Measures]) -> dict[str, FloatArray]:
    """Each measure over the seeds."""
    return {name: np.array([getattr(one, name) for one in measures]) for name in NAMES}


def compared(own: FloatArray, reference: FloatArray, measure: str) -> Difference:
    """The mean of paired differences, with Student's interval."""
    estimate = mean_with_interval(own - reference)
    base = float(reference.mean())
    relative = Estimate(estimate.value / base, estimate.low / base, estimate.high / base) if base else None
    if estimate.low <= 0.0 <= estimate.high:
        return Difference(estimate, relative, Verdict.TIE)
    is_better = (estimate.value > 0) == (measure in HIGHER_IS_BETTER)
    return Difference(estimate, relative, Verdict.BETTER if is_better else Verdict.WORSE)


def mean_with_interval(differences: FloatArray) -> Estimate:
    """The mean of independent differences, shape (n,), n >= 2.

    Source:
        Student, "The probable error of a mean", Biometrika 6 (1908), 1-25.
    """
    count = len(differences)
    half = float(student.ppf((1 + LEVEL) / 2, count - 1) * differences.std(ddof=1) / np.sqrt(count))
    mean = float(differences.mean())
    return Estimate(mean, mean - half, mean + half)
