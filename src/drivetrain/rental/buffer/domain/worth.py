"""Which threshold gains the most, for somebody who knows what a booking and a conflict are worth to them.

Nothing here knows a price. Without the user's inputs only break-even ratios exist (see ``buffer_frontier``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import ClusterBootstrap, EstimateArray, divide, percentile_interval
from drivetrain.rental.buffer.domain.counts import Steps, count_totals, only, sums_along, touched_steps
from drivetrain.rental.buffer.domain.rule import (
    LONGEST_GAP_MIN,
    STEP_MIN,
    BoolArray,
    BufferRule,
    ChainedRentals,
    FloatArray,
    IntArray,
    thresholds_by_step,
)

PER_CHAINED = 100
"""Gains are stated per hundred chained rentals with a known previous delay, so that they carry over to other
fleets."""


@dataclass(frozen=True, slots=True)
class WorthInputs:
    """What the user says a rule costs and saves; every amount in one currency.

    Attributes:
        booking_value: what a carried-out booking is worth to the user, >= 0.
        conflict_cost: what a conflict costs the user, all things included (refund, support, a driver lost),
            >= 0.
        recapture_share: of the refused drivers, who book another car instead and so are not lost.
        shift_share: of the drivers whose start would move by at most ``shift_up_to_min``, who accept that.
        shift_up_to_min: 0 to 720.
    """

    booking_value: float
    conflict_cost: float
    recapture_share: float = 0.0
    shift_share: float = 0.0
    shift_up_to_min: int = 0

    def __post_init__(self) -> None:
        """Refuse amounts and shares that cannot be."""
        for name in ("booking_value", "conflict_cost"):
            if not 0 <= getattr(self, name) < math.inf:
                raise InvalidInputError(
                    f"{name} must be an amount of at least 0.", code=f"rental.{name}_out_of_range"
                )
        for name in ("recapture_share", "shift_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidInputError(
                    f"{name} must lie between 0 and 1.", code=f"rental.{name}_out_of_range"
                )
        if not 0 <= self.shift_up_to_min <= LONGEST_GAP_MIN:
            raise InvalidInputError(
                f"shift_up_to_min must lie between 0 and {LONGEST_GAP_MIN} minutes.",
                code="rental.shift_up_to_min_out_of_range",
            )


@dataclass(frozen=True, slots=True, eq=False)
class WorthAnswer:
    """The rule that gains the most, and how firm that is. Gains are per ``PER_CHAINED`` chained rentals.

    Attributes:
        gain: of the best rule against no rule, with its interval.
        optimism: how much of it is owed to choosing the best on the same table, on average over the draws.
        gain_worst, gain_best: with every touched booking of unknown delay on time; with every one late, or the gain
            itself where the rule loses money on them even then. In the unit of the gain, which leaves them out.
        chosen_share: in how many of the draws this rule is the best.
        connect_range_min, mobile_range_min: where the best thresholds of 95 % of the draws lie.
        regions: for each input, the values between which the rule stays the best while the others stay as
            they are.
    """

    rule: BufferRule
    gain: tuple[float, float, float]
    optimism: float
    gain_worst: float
    gain_best: float
    chosen_share: float
    connect_range_min: tuple[int, int]
    mobile_range_min: tuple[int, int]
    regions: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What gains are made of, for one check-in type or both; each of shape (n_thresholds, 1 + draws).

    Attributes:
        held: touched bookings that were carried out; a canceled one brought nothing to lose.
        held_near: those whose start would have to move by at most the accepted minutes.
        avoided: conflicts among the touched.
        late_still: near ones in conflict whose car would not be back at the moved start either.
        unknown, held_unknown, held_near_unknown: the same of bookings with unknown previous delay.
    """

    held: FloatArray
    held_near: FloatArray
    avoided: FloatArray
    late_still: FloatArray
    unknown: FloatArray
    held_unknown: FloatArray
    held_near_unknown: FloatArray

    def __add__(self, other: _Parts) -> _Parts:
        return _Parts(*(getattr(self, name) + getattr(other, name) for name in _Parts.__slots__))

    def gain(self, inputs: WorthInputs) -> FloatArray:
        """Money saved minus money lost, known delays only."""
        refused = self.held - inputs.shift_share * self.held_near
        ended = self.avoided - inputs.shift_share * self.late_still
        return inputs.conflict_cost * ended - inputs.booking_value * (1 - inputs.recapture_share) * refused

    def unknown_loss(self, inputs: WorthInputs) -> FloatArray:
        """Money lost on the touched bookings of unknown previous delay."""
        refused = self.held_unknown - inputs.shift_share * self.held_near_unknown
        return inputs.booking_value * (1 - inputs.recapture_share) * refused


class BufferWorth:
    """The money question on one table; counted once, asked with many inputs of the same ``shift_up_to_min``."""

    def __init__(
        self,
        rentals: ChainedRentals,
        resampling: ClusterBootstrap,
        *,
        shift_up_to_min: int = 0,
        step_min: int = STEP_MIN,
    ) -> None:
        self.thresholds_min: IntArray = np.array(thresholds_by_step(step_min), dtype=np.int64)
        self.shift_up_to_min = shift_up_to_min
        self._totals = count_totals(rentals, resampling)
        self._connect = self._count(rentals, rentals.is_connect, resampling)
        self._mobile = self._count(rentals, ~rentals.is_connect, resampling)

    def curve(self, inputs: WorthInputs) -> EstimateArray:
        """The gain of every uniform threshold, per ``PER_CHAINED`` chained rentals, shape (n_thresholds,)."""
        self._expect(inputs)
        return percentile_interval(self._per_known((self._connect + self._mobile).gain(inputs)))

    def best_uniform(self, inputs: WorthInputs) -> WorthAnswer:
        """The one threshold for all cars that gains the most; of equal ones the shortest."""
        self._expect(inputs)
        total = self._connect + self._mobile
        chosen = total.gain(inputs).argmax(axis=0)
        return self._answer(inputs, chosen, chosen, _region(total, inputs, int(chosen[0])))

    def best_pair(self, inputs: WorthInputs) -> WorthAnswer:
        """The two thresholds that gain the most together; as gains add up, each is the best of its own kind."""
        self._expect(inputs)
        connect, mobile = (parts.gain(inputs).argmax(axis=0) for parts in (self._connect, self._mobile))
        regions = {
            name: (max(low, other[0]), min(high, other[1]))
            for (name, (low, high)), other in zip(
                _region(self._connect, inputs, int(connect[0])).items(),
                _region(self._mobile, inputs, int(mobile[0])).values(),
                strict=True,
            )
        }
        return self._answer(inputs, connect, mobile, regions)

    def _answer(
        self,
        inputs: WorthInputs,
        connect: IntArray,
        mobile: IntArray,
        regions: Mapping[str, tuple[float, float]],
    ) -> WorthAnswer:
        """Describe the rule chosen on the table, given the positions chosen on the table and on every draw."""
        by_connect, by_mobile = (
            self._per_known(parts.gain(inputs)) for parts in (self._connect, self._mobile)
        )
        draws = np.arange(by_connect.shape[1])
        apparent = (by_connect[connect, draws] + by_mobile[mobile, draws])[1:]
        on_table = (by_connect[connect, 0] + by_mobile[mobile, 0])[1:]
        gain = percentile_interval(by_connect[connect[0]] + by_mobile[mobile[0]])
        worst, best = self._band(inputs, int(connect[0]), int(mobile[0]), float(gain.value))
        thresholds = self.thresholds_min
        return WorthAnswer(
            rule=BufferRule(int(thresholds[connect[0]]), int(thresholds[mobile[0]])),
            gain=(float(gain.value), float(gain.low), float(gain.high)),
            optimism=float(np.mean(apparent - on_table)),
            gain_worst=worst,
            gain_best=best,
            chosen_share=float(np.mean((connect[1:] == connect[0]) & (mobile[1:] == mobile[0]))),
            connect_range_min=_range(thresholds[connect]),
            mobile_range_min=_range(thresholds[mobile]),
            regions=regions,
        )

    def _band(self, inputs: WorthInputs, connect: int, mobile: int, gain: float) -> tuple[float, float]:
        """The gain, in its own unit, with every touched unknown delay on time, and with every one late or left out."""
        worst = best = 0.0
        for parts, index in ((self._connect, connect), (self._mobile, mobile)):
            low = parts.gain(inputs)[index, 0] - parts.unknown_loss(inputs)[index, 0]
            worst += low
            best += low + inputs.conflict_cost * parts.unknown[index, 0]
        scale = PER_CHAINED / max(1.0, float(self._totals.known[0]))
        return min(gain, float(scale * worst)), max(gain, float(scale * best))

    def _per_known(self, gain: FloatArray) -> FloatArray:
        return divide(PER_CHAINED * gain, self._totals.known)

    def _expect(self, inputs: WorthInputs) -> None:
        if inputs.shift_up_to_min != self.shift_up_to_min:
            raise InvalidInputError(
                f"This table was counted for starts moved by up to {self.shift_up_to_min} minutes.",
                code="rental.shift_up_to_min_not_counted",
            )

    def _count(self, rentals: ChainedRentals, in_scope: BoolArray, resampling: ClusterBootstrap) -> _Parts:
        grid = self.thresholds_min
        touched = touched_steps(rentals, grid)
        moved_too_far = np.searchsorted(grid, rentals.gap_min + self.shift_up_to_min, side="right")
        back = np.searchsorted(grid, rentals.previous_delay_min, side="left")
        near = replace(touched, ends=moved_too_far)
        still_out = replace(touched, ends=np.minimum(moved_too_far, back))
        known, completed = rentals.is_known, ~rentals.is_canceled
        steps: list[Steps] = [
            only(touched, known & completed),
            only(near, known & completed),
            only(touched, rentals.is_conflict),
            only(still_out, rentals.is_conflict),
            only(touched, ~known),
            only(touched, ~known & completed),
            only(near, ~known & completed),
        ]
        return _Parts(*sums_along(rentals, steps, in_scope, resampling, len(grid)))


def _range(chosen: IntArray) -> tuple[int, int]:
    interval = percentile_interval(chosen.astype(np.float64))
    return int(interval.low), int(interval.high)


_NEGLIGIBLE = 1e-9  # slopes that rounding alone makes
_LIMITS = {"booking_value": math.inf, "conflict_cost": math.inf, "recapture_share": 1.0, "shift_share": 1.0}


def _region(parts: _Parts, inputs: WorthInputs, best: int) -> dict[str, tuple[float, float]]:
    """Between which values of each input the threshold at ``best`` stays the best, on the table.

    The gain is a straight line in each input alone, so every rival bounds the region at one crossing.
    """
    regions = {}
    for name, limit in _LIMITS.items():
        at_zero = parts.gain(_with(inputs, name, 0.0))[:, 0]
        at_one = parts.gain(_with(inputs, name, 1.0))[:, 0]
        lead = at_zero[best] - at_zero  # lead + slope * x >= 0 keeps the best ahead
        slope = (at_one - at_zero)[best] - (at_one - at_zero)
        crossing = divide(-lead, slope)
        current = float(getattr(inputs, name))
        lows, highs = crossing[slope > _NEGLIGIBLE], crossing[slope < -_NEGLIGIBLE]
        regions[name] = (
            min(current, max(0.0, float(lows.max(initial=0.0)))),
            max(current, min(limit, float(highs.min(initial=math.inf)))),
        )
    return regions


def _with(inputs: WorthInputs, name: str, value: float) -> WorthInputs:
    """The inputs with one amount or share changed."""
    changed: dict[str, Any] = {name: value}
    return replace(inputs, **changed)
