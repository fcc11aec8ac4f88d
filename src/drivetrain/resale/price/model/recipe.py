"""Everything that decides how a car price model is fitted: written into each version, compared on the same folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from drivetrain.lifecycle.learning.recipes import Recipe, setting


@dataclass(frozen=True, slots=True)
class CarPriceRecipe(Recipe):
    """Settings of one fit: how much of a log price each kind of likeness accounts for, as variances.

    Only their ratios move the price, and halving or doubling any of them but ``length_scale`` moves the
    cross-validated R² by less than 0.01: they were set to round numbers on folds of other seeds.

    Attributes:
        linear_variance: of the linear kernel: what grows in proportion with the sizes.
        make: variance of the make.
        words: variance of the other words, together.
        rbf_variance: of the radial basis kernel: what is smooth in all fields at once, bends and sizes that
            count differently for different cars.
        length_scale: of the radial basis kernel, in standard deviations of a size.
        mismatch_penalty: how much one different word takes off the radial basis kernel, as a log factor.
        noise: variance that no field explains.
        range_offset: added to the variance of the fit before it scales the range: the larger, the more equal
            are the ranges.
        most_rows: a longer table is thinned to so many rows, drawn at random; the work grows with their cube.
        seed: of that draw.
    """

    FORMER_NAMES: ClassVar[Mapping[str, str]] = {
        "straight": "linear_variance",
        "curve": "rbf_variance",
        "reach": "length_scale",
        "swap": "mismatch_penalty",
        "quiet": "range_offset",
    }

    linear_variance: float = setting(0.1, at_least=0.0, at_most=100.0)
    make: float = setting(0.1, at_least=0.0, at_most=100.0)
    words: float = setting(0.1, at_least=0.0, at_most=100.0)
    rbf_variance: float = setting(0.3, at_least=0.0, at_most=100.0)
    length_scale: float = setting(3.0, above=0.0, at_most=100.0)
    mismatch_penalty: float = setting(0.1, at_least=0.0, at_most=100.0)
    noise: float = setting(0.01, at_least=1e-6, at_most=100.0)
    range_offset: float = setting(0.2, above=0.0, at_most=100.0)
    most_rows: int = setting(1_000, at_least=50, at_most=5_000)
    seed: int = setting(1, at_least=0, at_most=2_000_000_000)
