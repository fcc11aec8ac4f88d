"""Everything that decides how segments are found: written into each version, compared on the same halves of the buyers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from drivetrain.lifecycle.learning.recipes import read_recipe


@dataclass(frozen=True, slots=True)
class SegmentsRecipe:
    """Settings of one fit.

    Attributes:
        segments: how many; 0 has the rule choose.
        most_segments: the rule looks at 2 to this many.
        fewest_interactions: segments are learned from buyers with at least so many; the others are assigned
            to them. A buyer of three looks is mostly chance, and chance would make segments of its own.
        halvings: how often the buyers are halved to see whether both halves give the same segments.
        shuffles: tables with their questions shuffled apart, to see how clear segments get by chance.
        starts: of k-means, the best of which counts.
        most_buyers: the number is chosen on so many buyers, drawn at random; the final fit takes all.
        seed: of every draw.
    """

    segments: int = 0
    most_segments: int = 10
    fewest_interactions: int = 10
    halvings: int = 10
    shuffles: int = 5
    starts: int = 8
    most_buyers: int = 2_000
    seed: int = 1

    def as_dict(self) -> dict[str, Any]:
        """Plain values; ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> SegmentsRecipe:
        """The recipe that ``as_dict`` or a person wrote; what is left out keeps its default.

        Raises:
            InvalidInputError: a setting is not known or has the wrong type.
        """
        return read_recipe(cls, plain)
