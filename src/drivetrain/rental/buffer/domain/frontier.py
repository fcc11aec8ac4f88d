"""The frontier: for every threshold, what a buffer rule costs in bookings and what it saves in conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import EstimateArray, divide, percentile_interval, share_interval
from drivetrain.rental.buffer.domain.counts import Counts, RuleCounts, Totals
from drivetrain.rental.buffer.domain.rule import STEP_MIN, BufferRule, BufferScope, IntArray, NumberArray

Figures = dict[str, NumberArray]


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Where a figure would lie if the unknown delays were known, seen from the rule; shape as the figure.

    Attributes:
        worst: every unknown delay under the rule on time, every other one late.
        best: the other way round.
    """

    worst: NumberArray
    best: NumberArray


@dataclass(frozen=True, slots=True, eq=False)
class Frontier:
    """Figures along thresholds (or along a list of rules), as docs/products/rental-buffer.md defines them.

    Attributes:
        figures: name to estimate, each of shape (n_points,).
        bands: name to band, for the figures that unknown delays can move.
    """

    figures: Mapping[str, EstimateArray]
    bands: Mapping[str, Band]


def frontier(counts: RuleCounts, scope: BufferScope, *, step_min: int = STEP_MIN) -> Frontier:
    """The frontier of one scope over all counted thresholds.

    Args:
        counts: from ``count_rules``, its thresholds 0, 1, 2, ... minutes.
        step_min: distance over which marginal figures are taken, whole minutes, >= 1.

    Raises:
        InvalidInputError: the step is less than a minute.
    """
    if step_min < 1:
        raise InvalidInputError("The step must be at least one minute.", code="rental.step_out_of_range")
    along = counts.along(scope)
    before = np.searchsorted(counts.thresholds_min, counts.thresholds_min - step_min)
    return _frontier(along, counts.totals, before)


def compare_rules(counts: RuleCounts, rules: Sequence[BufferRule]) -> Frontier:
    """The same figures for chosen rules, for example any pair of thresholds; without the marginal ones."""
    return _frontier(counts.under(rules), counts.totals, None)


def summary(totals: Totals) -> dict[str, EstimateArray]:
    """Rentals, chained ones, known ones and conflicts of the table, and the share of conflicts among the known."""
    return {
        "rentals": percentile_interval(totals.rentals),
        "chained": percentile_interval(totals.chained),
        "known": percentile_interval(totals.known),
        "unknown": percentile_interval(totals.chained - totals.known),
        "conflicts": percentile_interval(totals.conflicts),
        "conflict_rate": share_interval(totals.conflicts, totals.known),
    }


def _frontier(counts: Counts, totals: Totals, before: IntArray | None) -> Frontier:
    samples = _figures(counts, totals, before)
    worst, best = (_figures(*scenario, before) for scenario in _scenarios(counts, totals))
    bands = {name: Band(worst[name][:, 0], best[name][:, 0]) for name in samples if name in _MOVED_BY_UNKNOWN}
    figures = {name: percentile_interval(sample) for name, sample in samples.items()}
    return Frontier({**figures, **_shares_of_conflicts(counts, totals)}, bands)


def _shares_of_conflicts(counts: Counts, totals: Totals) -> dict[str, EstimateArray]:
    """The figures that few conflicts make uncertain, with intervals that hold for few."""
    rate = share_interval(counts.avoided, counts.touched_known)
    return {
        "avoided_share": share_interval(
            counts.avoided, np.broadcast_to(totals.conflicts, counts.avoided.shape)
        ),
        "conflicts_per_touched": rate,
        "break_even": EstimateArray(
            *(divide(np.ones_like(end), end) for end in (rate.value, rate.high, rate.low))
        ),
    }


_MOVED_BY_UNKNOWN = frozenset(
    {
        "avoided",
        "avoided_share",
        "without_need",
        "conflicts_per_touched",
        "break_even",
        "marginal_conflicts_per_touched",
        "marginal_break_even",
    }
)


def _figures(counts: Counts, totals: Totals, before: IntArray | None) -> Figures:
    """Every figure, shape (n_points, 1 + draws); ratios of conflicts to bookings use known delays only."""
    figures: Figures = {
        "touched": counts.touched,
        "share_of_all": divide(counts.touched, totals.rentals),
        "share_of_chained": divide(counts.touched, totals.chained),
        "unknown_touched": counts.touched - counts.touched_known,
        "avoided": counts.avoided,
        "avoided_share": divide(counts.avoided, totals.conflicts),
        "cleared_by_moving": counts.cleared,
        "wait_avoided_h": counts.wait_avoided_min / 60.0,
        "without_need": counts.touched_known - counts.avoided,
        "conflicts_per_touched": divide(counts.avoided, counts.touched_known),
        "break_even": divide(counts.touched_known, counts.avoided),
    }
    if before is not None:
        more_touched = counts.touched_known - counts.touched_known[before]
        more_avoided = counts.avoided - counts.avoided[before]
        figures["marginal_conflicts_per_touched"] = divide(more_avoided, more_touched)
        figures["marginal_break_even"] = divide(more_touched, more_avoided)
    return figures


def _scenarios(counts: Counts, totals: Totals) -> tuple[tuple[Counts, Totals], tuple[Counts, Totals]]:
    """The table (without draws) with its unknown delays filled in against the rule, and in its favor."""
    first = counts.take(np.arange(len(counts.touched)))
    first = Counts(*(getattr(first, name)[:, :1] for name in Counts.__slots__))
    whole = Totals(*(getattr(totals, name)[:1] for name in Totals.__slots__))
    unknown_touched = first.touched - first.touched_known
    unknown_elsewhere = (whole.chained - whole.known) - unknown_touched
    everything_known = replace(first, touched_known=first.touched)
    worst = everything_known, replace(whole, conflicts=whole.conflicts + unknown_elsewhere)
    best = (
        replace(everything_known, avoided=first.avoided + unknown_touched),
        replace(whole, conflicts=whole.conflicts + unknown_touched),
    )
    return worst, best
