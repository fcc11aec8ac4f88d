"""Everything that decides how a car price model is fitted: written into each version, compared on the same folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from drivetrain.lifecycle.learning.recipes import read_recipe


@dataclass(frozen=True, slots=True)
class CarPriceRecipe:
    """Settings of one fit: how much of a log price each kind of likeness accounts for, as variances.

    Only their ratios move the price, and halving or doubling any of them but ``reach`` moves the
    cross-validated R² by less than 0.01: they were set to round numbers on folds of other seeds.

    Attributes:
        straight: of what grows in proportion with the sizes.
        make: of the make.
        words: of the other words, together.
        curve: of what is smooth in all fields at once: bends, and sizes that count differently for different
            cars.
        reach: how far the curve carries, in standard deviations of a size.
        swap: how much one different word takes off the likeness of the curve, as a log factor.
        noise: of what no field tells.
        quiet: what the doubt of the fit is added to before it scales the range: the larger, the more equal
            are the ranges.
        most_rows: a longer table is thinned to so many rows, drawn at random; the work grows with their cube.
        seed: of that draw.
    """

    straight: float = 0.1
    make: float = 0.1
    words: float = 0.1
    curve: float = 0.3
    reach: float = 3.0
    swap: float = 0.1
    noise: float = 0.01
    quiet: float = 0.2
    most_rows: int = 1_000
    seed: int = 1

    def as_dict(self) -> dict[str, Any]:
        """Plain values; ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> CarPriceRecipe:
        """The recipe that ``as_dict`` or a person wrote; what is left out keeps its default.

        Raises:
            InvalidInputError: a setting is not known or has the wrong type.
        """
        return read_recipe(cls, plain)
