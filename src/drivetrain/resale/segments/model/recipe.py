"""Everything that decides how segments are found: written into each version, compared on the same halves of the buyers."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.lifecycle.learning.recipes import Recipe, setting


@dataclass(frozen=True, slots=True)
class SegmentsRecipe(Recipe):
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

    segments: int = setting(0, at_least=0, at_most=50)
    most_segments: int = setting(10, at_least=2, at_most=50)
    fewest_interactions: int = setting(10, at_least=1, at_most=1_000)
    halvings: int = setting(10, at_least=2, at_most=100)
    shuffles: int = setting(5, at_least=1, at_most=100)
    starts: int = setting(8, at_least=1, at_most=100)
    most_buyers: int = setting(2_000, at_least=100, at_most=1_000_000)
    seed: int = setting(1, at_least=0, at_most=2_000_000_000)
