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


@dataclass(frozen=True, slots=True)
class Margins:
    """How far below and above a predicted duration the true one may lie: straight lines between knots.

    Attributes:
        knots: predicted minutes, ascending, shape (n_knots,).
        below, above: minutes, >= 0, shape (n_knots,).
    """

    knots: FloatArray
    below: FloatArray
    above: FloatArray

    def around(self, duration: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Low and high for predicted minutes."""
        return duration - np.interp(duration, self.knots, self.below), duration + np.interp(
            duration, self.knots, self.above
        )

    def as_dict(self) -> dict[str, list[float]]:
        """Plain values; ``from_dict`` reads them back."""
        return {"knots": self.knots.tolist(), "below": self.below.tolist(), "above": self.above.tolist()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Margins:
        """The margins that ``as_dict`` wrote."""
        return cls(*(np.asarray(plain[name], dtype=np.float64) for name in ("knots", "below", "above")))


@dataclass(frozen=True, slots=True)
class Ranges:
    """The range around a duration: other margins where an end of the trip is not known."""

    known: Margins
    unknown: Margins

    def bounds(self, duration: FloatArray, has_unknown: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        """Low and high, minutes, each of shape (n_rides,)."""
        low, high = self.known.around(duration)
        if has_unknown.any():
            low[has_unknown], high[has_unknown] = self.unknown.around(duration[has_unknown])
        return np.clip(low, SHORTEST_MIN, duration), np.clip(high, duration, LONGEST_PREDICTED_MIN)

    def as_dict(self) -> dict[str, Any]:
        """Plain values; ``from_dict`` reads them back."""
        return {"known": self.known.as_dict(), "unknown": self.unknown.as_dict()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Ranges:
        """The ranges that ``as_dict`` wrote."""
        return cls(Margins.from_dict(plain["known"]), Margins.from_dict(plain["unknown"]))
