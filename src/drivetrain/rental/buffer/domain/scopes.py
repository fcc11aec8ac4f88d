"""Whether a rule by check-in type beats one threshold for all cars, at equal bookings touched.

A scope with fewer rentals touches fewer bookings, so thresholds cannot be compared with each other: the
comparison is at the same number of touched bookings, where the uniform frontier is interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import EstimateArray, percentile_interval
from drivetrain.rental.buffer.domain.counts import RuleCounts
from drivetrain.rental.buffer.domain.rule import (
    STEP_MIN,
    BufferRule,
    BufferScope,
    FloatArray,
    NumberArray,
    thresholds_by_step,
)

SIGNIFICANCE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class UniformComparison:
    """Some rules against the uniform frontier.

    Attributes:
        rules: what was compared.
        touched, avoided: of each rule, in the table.
        difference: conflicts avoided, minus what the uniform frontier avoids at the same bookings touched.
        mean_difference: over the rules.
        p_value: of "none of these rules avoids more than the uniform frontier", one-sided, over all rules
            at once (largest studentized difference), by resampling cars; 1.0 without rules.
        best: index of the rule with the largest studentized difference; None without rules.
    """

    rules: tuple[BufferRule, ...]
    touched: FloatArray
    avoided: FloatArray
    difference: EstimateArray
    mean_difference: EstimateArray
    p_value: float
    best: int | None

    @property
    def is_better(self) -> bool:
        """True when some rule beats the uniform frontier by more than chance explains."""
        return self.p_value < SIGNIFICANCE


@dataclass(frozen=True, slots=True, eq=False)
class ScopeVerdict:
    """One family of rules against the uniform frontier, in two ranges.

    Attributes:
        reachable_from: fewest bookings a uniform threshold above 0 touches.
        reachable: the rules that touch at least that many: here a uniform threshold is a real alternative.
        below: the rules that touch fewer. No uniform threshold does; the interpolated one would apply the
            shortest gap to a random part of the requests.
    """

    reachable_from: int
    reachable: UniformComparison
    below: UniformComparison


def scope_rules(scope: BufferScope, step_min: int = STEP_MIN) -> list[BufferRule]:
    """The rules that apply a threshold above 0 to one check-in type only.

    Raises:
        InvalidInputError: the scope is all cars.
    """
    steps = thresholds_by_step(step_min)[1:]
    if scope is BufferScope.ALL:
        raise InvalidInputError(
            "The uniform rule is what the others are compared with.", code="rental.scope_not_partial"
        )
    return [BufferRule(step, 0) if scope is BufferScope.CONNECT else BufferRule(0, step) for step in steps]


def pair_rules(step_min: int = STEP_MIN) -> list[BufferRule]:
    """Every rule with two different thresholds."""
    steps = thresholds_by_step(step_min)
    return [BufferRule(connect, mobile) for connect in steps for mobile in steps if connect != mobile]


def judge_scope(counts: RuleCounts, rules: Sequence[BufferRule]) -> ScopeVerdict:
    """Compare rules with the uniform frontier where a uniform threshold reaches, and below."""
    touched_by_uniform = counts.along(BufferScope.ALL).touched[:, 0]
    effective = touched_by_uniform[touched_by_uniform > 0]
    reachable_from = int(effective[0]) if len(effective) else 0
    touched = counts.under(rules).touched[:, 0]
    return ScopeVerdict(
        reachable_from,
        compare_with_uniform(
            counts, [rule for rule, n in zip(rules, touched, strict=True) if n >= reachable_from]
        ),
        compare_with_uniform(
            counts, [rule for rule, n in zip(rules, touched, strict=True) if 0 < n < reachable_from]
        ),
    )


def compare_with_uniform(counts: RuleCounts, rules: Sequence[BufferRule]) -> UniformComparison:
    """Compare rules with the interpolated uniform frontier, on the table and on every draw of cars.

    Source:
        H. White, "A reality check for data snooping", Econometrica 68 (2000), 1097-1126, with studentized
        differences as in P. R. Hansen, "A test for superior predictive ability", JBES 23 (2005), 365-380.
    """
    chosen = counts.under(rules)
    everything = counts.along(BufferScope.ALL)
    corners = np.searchsorted(counts.thresholds_min, thresholds_by_step())
    touched, avoided = everything.touched[corners], everything.avoided[corners]
    uniform = np.empty(chosen.touched.shape)
    for draw in range(uniform.shape[1]):
        uniform[:, draw] = _interpolate(chosen.touched[:, draw], touched[:, draw], avoided[:, draw])
    difference = chosen.avoided - uniform
    p_value, best = _superiority(difference)
    mean = difference.mean(axis=0, keepdims=True) if len(rules) else np.full((1, uniform.shape[1]), np.nan)
    return UniformComparison(
        tuple(rules),
        chosen.touched[:, 0].astype(np.float64),
        chosen.avoided[:, 0].astype(np.float64),
        percentile_interval(difference),
        percentile_interval(mean),
        p_value,
        best,
    )


def _interpolate(positions: NumberArray, touched: NumberArray, avoided: NumberArray) -> FloatArray:
    """The uniform frontier between its corners; of thresholds that touch the same bookings, the first stands for all."""
    corner = np.concatenate([[True], touched[1:] > touched[:-1]])
    return np.asarray(np.interp(positions, touched[corner], avoided[corner]), dtype=np.float64)


def _superiority(difference: FloatArray) -> tuple[float, int | None]:
    """p-value of the largest studentized difference, and where it is.

    Args:
        difference: shape (n_rules, 1 + draws); column 0 is the table.
    """
    table, drawn = difference[:, :1], difference[:, 1:]
    error = drawn.std(axis=1, keepdims=True)
    varies = np.flatnonzero(error[:, 0] > 0)  # a rule that never differs from the uniform one says nothing
    if not len(varies):
        return 1.0, None
    observed = (table / np.where(error > 0, error, 1.0))[varies, 0]
    by_chance = ((drawn[varies] - table[varies]) / error[varies]).max(axis=0)
    exceeding = int(np.count_nonzero(by_chance >= observed.max()))
    return (1 + exceeding) / (1 + drawn.shape[1]), int(varies[np.argmax(observed)])
