"""Everything that decides how a used-car model is fitted: written into each version, compared on the same folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from drivetrain.lifecycle.learning.recipes import Recipe, setting


@dataclass(frozen=True, slots=True)
class UsedCarRecipe(Recipe):
    """Settings of one fit. The trees learn the logarithm of the price.

    Attributes:
        trees, learning_rate, leaves, leaf_rows: of the boosted trees.
        huber: log residuals beyond this count linearly, so that entry errors do not steer.
        price_weight: a row weighs its price to this power. At 0 every car's percent counts alike, at 1 every
            car's money; between the two both figures are near their best.
        row_share, column_share: drawn for each tree.
        fewest_rows_of_name: a make, model or variant with fewer rows shares the code of the unknown ones.
        masked_share: rows shown a second time under an unknown model (one in four also under an unknown
            make), so that the model can answer for one.
        hidden_share: rows shown a second time without some of their optional values.
        is_monotone: False drops the constraints; only for showing what they cost.
        seed: of everything random.
    """

    MONOTONE: ClassVar[Mapping[str, object]] = {"is_monotone": True}

    trees: int = setting(160, at_least=1, at_most=5_000)
    learning_rate: float = setting(0.22, above=0.0, at_most=1.0)
    leaves: int = setting(127, at_least=2, at_most=1_024)
    leaf_rows: int = setting(10, at_least=1, at_most=10_000)
    huber: float = setting(0.2, above=0.0, at_most=10.0)
    price_weight: float = setting(0.5, at_least=0.0, at_most=2.0)
    row_share: float = setting(0.9, above=0.0, at_most=1.0)
    column_share: float = setting(0.8, above=0.0, at_most=1.0)
    fewest_rows_of_name: int = setting(5, at_least=1, at_most=100_000)
    masked_share: float = setting(0.05, at_least=0.0, at_most=1.0)
    hidden_share: float = setting(0.1, at_least=0.0, at_most=1.0)
    is_monotone: bool = True
    seed: int = setting(1, at_least=0, at_most=2_000_000_000)

    def booster_params(self, directions: list[int]) -> dict[str, object]:
        """The same settings in LightGBM's words; training is deterministic for a seed.

        Args:
            directions: for each feature 1 where the price may only rise, -1 where it may only fall, else 0.
        """
        params: dict[str, object] = {
            "objective": "huber",
            "alpha": self.huber,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.leaf_rows,
            "feature_fraction": self.column_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "cat_smooth": 5.0,
            "cat_l2": 5.0,
            "min_data_per_group": 20,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,  # folds run side by side instead
            "verbose": -1,
        }
        if self.is_monotone:
            params["monotone_constraints"] = directions
            # The method that bounds every leaf by its split. LightGBM's "advanced" one lets prices rise with
            # mileage here and there (hundreds of 200,000 steps on the British table); "intermediate" does
            # not, and fits no better.
            params["monotone_constraints_method"] = "basic"
        return params


RECIPES: Mapping[str, UsedCarRecipe] = {
    # Few, steep and large trees: 300 at 0.13 come a percent closer, and cost twice as much to train, to ask
    # and to explain.
    "uk": UsedCarRecipe(),
    "au": UsedCarRecipe(trees=300, learning_rate=0.1, leaves=47, leaf_rows=8, huber=0.3, column_share=0.5),
    "in": UsedCarRecipe(
        trees=400, learning_rate=0.06, leaves=15, leaf_rows=8, huber=0.3, price_weight=0.25, column_share=0.5
    ),
}
"""Defaults by the code of the market; the smaller the table, the smaller the trees."""
