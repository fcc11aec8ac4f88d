"""From the trees' numbers to a duration and its range: the same lines for calibrating and for serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.trips.duration.domain.duration import LONGEST_PREDICTED_MIN, SHORTEST_MIN


def point_duration(predicted: FloatArray) -> FloatArray:
    """Minutes as the trees have them, held inside what counts as a trip."""
    clipped: FloatArray = np.clip(predicted, SHORTEST_MIN, LONGEST_PREDICTED_MIN)
    return clipped


LEAST_SPREAD_MIN = 0.3
"""No trip is foretold to less than that: the meter's minutes and the way around the corner."""


def spread_of(predicted: FloatArray) -> FloatArray:
    """Typical absolute error as the trees have it, minutes."""
    spread: FloatArray = np.maximum(predicted, LEAST_SPREAD_MIN)
    return spread


@dataclass(frozen=True, slots=True)
class Margins:
    """How many spreads below and above a predicted duration the true one may lie: straight lines between knots.

    Attributes:
        knots: predicted minutes, ascending, shape (n_knots,).
        below, above: multiples of the spread, >= 0, shape (n_knots,); minutes where versions know no spread.
    """

    knots: FloatArray
    below: FloatArray
    above: FloatArray

    def around(self, duration: FloatArray, spread: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Low and high for predicted minutes."""
        below, above = (np.interp(duration, self.knots, side) for side in (self.below, self.above))
        return duration - below * spread, duration + above * spread

    def at_least(self, below: float, above: float) -> Margins:
        """The same, nowhere narrower than that."""
        return Margins(self.knots, np.maximum(self.below, below), np.maximum(self.above, above))

    def as_dict(self) -> dict[str, list[float]]:
        """Plain values; ``from_dict`` reads them back."""
        return {"knots": self.knots.tolist(), "below": self.below.tolist(), "above": self.above.tolist()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Margins:
        """The margins that ``as_dict`` wrote."""
        return cls(*(np.asarray(plain[name], dtype=np.float64) for name in ("knots", "below", "above")))


@dataclass(frozen=True, slots=True)
class Ranges:
    """The range around a duration: other margins where an end is not known, or no trip ran between the two.

    Attributes:
        new: of pairs without training trips, both ends known; as ``known`` in versions that do not tell them apart.
    """

    known: Margins
    unknown: Margins
    new: Margins

    def bounds(
        self,
        duration: FloatArray,
        spread: FloatArray,
        has_unknown: NDArray[np.bool_],
        is_new: NDArray[np.bool_],
    ) -> tuple[FloatArray, FloatArray]:
        """Low and high, minutes, each of shape (n_rides,).

        Args:
            duration, spread: minutes, shape (n_rides,).
            has_unknown, is_new: shape (n_rides,); a pair with an unknown end counts as unknown.
        """
        low, high = self.known.around(duration, spread)
        for margins, rows in ((self.new, is_new), (self.unknown, has_unknown)):
            if rows.any():
                low[rows], high[rows] = margins.around(duration[rows], spread[rows])
        return np.clip(low, SHORTEST_MIN, duration), np.clip(high, duration, LONGEST_PREDICTED_MIN)

    def as_dict(self) -> dict[str, Any]:
        """Plain values; ``from_dict`` reads them back."""
        return {
            "known": self.known.as_dict(),
            "unknown": self.unknown.as_dict(),
            "new": self.new.as_dict(),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Ranges:
        """The ranges that ``as_dict`` wrote."""
        parts = (plain["known"], plain["unknown"], plain.get("new", plain["known"]))
        return cls(*(Margins.from_dict(part) for part in parts))
