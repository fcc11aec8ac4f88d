"""From figures to places on a chart: linear scales with round ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map of values to places.

    Attributes:
        low, high: values at the ends, low < high.
        start, end: places of the ends, in units of the chart.
        ticks: round values to write at the axis.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """The place of a value; beyond the ends, the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def scale_of(
    values: Sequence[float], start: float, end: float, *, most_ticks: int = 8, ends_at: float | None = None
) -> Scale:
    """A scale from 0 (or the lowest negative tick) up to the first round tick that covers the values.

    Args:
        values: finite; none gives a scale from 0 to 1.
        ends_at: the end of the scale where the values alone should not decide.
    """
    lowest = min((*values, 0.0))
    highest = max(values, default=1.0) if ends_at is None else ends_at
    if highest <= lowest:
        highest = lowest + 1.0
    step = _round_step((highest - lowest) / most_ticks)
    first = math.floor(lowest / step)
    last = math.ceil(highest / step - 1e-9)
    ticks = tuple(round(step * place, 10) for place in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, end, ticks)


def tick_label(value: float, suffix: str = "") -> str:
    """A tick as people write it."""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
    return f"{text}{suffix}"


def _round_step(least: float) -> float:
    size = 10.0 ** math.floor(math.log10(least))
    return next(size * factor for factor in _ROUND if size * factor >= least * (1 - 1e-9))
