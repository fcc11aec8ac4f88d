"""Everything that decides how a duration model is fitted: written into each version, compared on the same split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from drivetrain.lifecycle.learning.recipes import read_recipe


@dataclass(frozen=True, slots=True)
class DurationRecipe:
    """Settings of one fit. The trees learn minutes.

    Attributes:
        trees, learning_rate, leaves, leaf_rows: of the boosted trees.
        huber_min: residuals beyond this many minutes count linearly: the mean of ordinary trips, unmoved by
            the few that stood in a jam or on a meter left running. Much smaller it would be the median, which
            is short of the mean.
        row_share, column_share: drawn for each tree.
        lambda_l2: pulls the leaves toward 0.
        days_for_week: with fewer civil days in the table all working days are one kind of day, and all days
            off: one Tuesday says nothing about Tuesdays.
        seed: of everything random.
    """

    trees: int = 300
    learning_rate: float = 0.05
    leaves: int = 15
    leaf_rows: int = 40
    huber_min: float = 12.0
    row_share: float = 0.8
    column_share: float = 0.7
    lambda_l2: float = 5.0
    days_for_week: int = 14
    seed: int = 1

    def booster_params(self) -> dict[str, Any]:
        """The same settings in LightGBM's words; training is deterministic for a seed."""
        return {
            "objective": "huber",
            "alpha": self.huber_min,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.leaf_rows,
            "feature_fraction": self.column_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "lambda_l2": self.lambda_l2,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,  # fits run side by side instead
            "verbose": -1,
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain values; ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> DurationRecipe:
        """The recipe that ``as_dict`` or a person wrote; what is left out keeps its default.

        Raises:
            InvalidInputError: a setting is not known or has the wrong type.
        """
        return read_recipe(cls, plain)
