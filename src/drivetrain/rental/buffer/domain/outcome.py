"""Whether a rule keeps its promise: what one table let expect of it, and what a later table shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from drivetrain.core.statistics import EstimateArray, divide, percentile_interval
from drivetrain.rental.buffer.domain.counts import RuleCounts
from drivetrain.rental.buffer.domain.rule import BufferRule, NumberArray


class PromiseVerdict(StrEnum):
    """How the later conflict rate compares with the promised one."""

    BETTER = "better"
    AS_PROMISED = "as_promised"
    """The interval of the difference holds 0. With few rentals that is weak evidence: look at its width."""
    WORSE = "worse"
    UNKNOWN = "unknown"
    """One of the tables has no booking to compare."""


@dataclass(frozen=True, slots=True, eq=False)
class PolicyOutcome:
    """A rule on two tables, each figure with its interval.

    Attributes:
        promised, observed: figures by name, as in ``figures_under``, of the earlier and of the later table.
        difference: observed minus promised rate of conflicts among the bookings that keep the gap.
        change: observed rate over all bookings minus the earlier one: what the policy was made for.
    """

    promised: Mapping[str, EstimateArray]
    observed: Mapping[str, EstimateArray]
    difference: EstimateArray
    change: EstimateArray
    verdict: PromiseVerdict


def compare_outcome(earlier: RuleCounts, later: RuleCounts, rule: BufferRule) -> PolicyOutcome:
    """Compare a rule on two tables counted with equally many draws of cars.

    Differences are taken draw by draw. The same seed may draw the same cars of both tables, so the draws of
    the later
    one are taken in reverse: draws are exchangeable, and those that meet are then independent.
    """
    promised, observed = figures_under(earlier, rule), figures_under(later, rule)
    observed = {name: np.concatenate([sample[:1], sample[:0:-1]]) for name, sample in observed.items()}
    difference = percentile_interval(observed["conflict_rate_left"] - promised["conflict_rate_left"])
    return PolicyOutcome(
        promised={name: percentile_interval(sample) for name, sample in promised.items()},
        observed={name: percentile_interval(sample) for name, sample in observed.items()},
        difference=difference,
        change=percentile_interval(observed["conflict_rate"] - promised["conflict_rate"]),
        verdict=_judge(difference),
    )


def figures_under(counts: RuleCounts, rule: BufferRule) -> dict[str, NumberArray]:
    """Figures of a rule on the table and on every draw, each of shape (1 + draws,).

    ``below_share``: chained bookings with a gap below the threshold; where the rule is enforced, none are
    left.
    ``conflict_rate``: conflicts among all known ones; ``conflict_rate_left``: among those that keep the gap.
    """
    under, totals = counts.under([rule]), counts.totals
    touched, known, avoided = under.touched[0], under.touched_known[0], under.avoided[0]
    return {
        "chained": totals.chained,
        "below": touched,
        "below_share": divide(touched, totals.chained),
        "conflict_rate": divide(totals.conflicts, totals.known),
        "conflict_rate_left": divide(totals.conflicts - avoided, totals.known - known),
    }


def _judge(difference: EstimateArray) -> PromiseVerdict:
    if np.isnan(difference.low):
        return PromiseVerdict.UNKNOWN
    if difference.low > 0:
        return PromiseVerdict.WORSE
    return PromiseVerdict.BETTER if difference.high < 0 else PromiseVerdict.AS_PROMISED
