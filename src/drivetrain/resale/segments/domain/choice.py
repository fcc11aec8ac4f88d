"""How many segments there are: a rule that may also say that there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EXCELLENT_STABILITY, LEAST_STABILITY = 0.9, 0.8
"""Adjusted Rand index between two fits on disjoint halves of the buyers, on average. Below 0.8 two analysts with half the
buyers each would not recognize each other's segments. Steinley (2004), Properties of the Hubert-Arabie
adjusted Rand index, calls 0.8 good and 0.9 excellent."""

LEAST_OF_BEST_SILHOUETTE = 0.8
"""Finer segments blur. One may give up so much of the clearest number's silhouette for detail, not more."""

SMALLEST_SHARE = 0.02
"""A segment of fewer buyers is not worth a campaign of its own, and is more often an accident."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was measured for one number of segments.

    Attributes:
        segments: >= 2.
        stability: mean adjusted Rand index between fits on disjoint halves.
        silhouette: mean over buyers, in [-1, 1].
        shuffled_silhouette: the highest that as many segments reach on tables whose questions were shuffled
            apart.
        smallest_share: of the buyers, in (0, 1].
    """

    segments: int
    stability: float
    silhouette: float
    shuffled_silhouette: float
    smallest_share: float

    def is_supported(self) -> bool:
        """True where the segments are found again, are clearer than chance makes them, and are large enough to matter."""
        return (
            self.stability >= LEAST_STABILITY
            and self.silhouette > self.shuffled_silhouette
            and self.smallest_share >= SMALLEST_SHARE
        )


def choose_number(candidates: Sequence[Candidate]) -> int:
    """The number of segments; 1 where nothing supports more.

    Of the supported numbers, those that keep enough of the best silhouette stay. The largest of excellent
    stability is taken, because more detail is more use where it is as reliable; where none is excellent, the
    most stable.

    Source:
        Tibshirani and Walther (2005), Cluster validation by prediction strength: fits on halves, and the
        largest number that holds; Hennig (2007), Cluster-wise assessment of cluster stability.
    """
    supported = [candidate for candidate in candidates if candidate.is_supported()]
    if not supported:
        return 1
    least_clear = LEAST_OF_BEST_SILHOUETTE * max(candidate.silhouette for candidate in supported)
    clear = [candidate for candidate in supported if candidate.silhouette >= least_clear]
    excellent = [candidate.segments for candidate in clear if candidate.stability >= EXCELLENT_STABILITY]
    return (
        max(excellent)
        if excellent
        else max(clear, key=lambda candidate: (candidate.stability, candidate.segments)).segments
    )
