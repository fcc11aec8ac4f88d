"""Everything that decides how a price model is fitted: written into each version, compared on the same folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from drivetrain.lifecycle.learning.recipes import Recipe, setting

FALLING = ("mileage",)
"""More of it never raises the price."""

POWER = "engine_power"
"""More of it may lower the price where the recipe leaves it free: in the published table it stands for the generation
of the engine, which a newer and weaker one may have."""

RISING = (
    "private_parking_available",
    "has_gps",
    "has_air_conditioning",
    "automatic_car",
    "has_getaround_connect",
    "has_speed_regulator",
    "winter_tires",
)
"""More of it never lowers the price, whatever the power does."""


@dataclass(frozen=True, slots=True)
class PriceRecipe(Recipe):
    """Settings of one fit.

    Attributes:
        trees, learning_rate, leaves, leaf_rows: of the boosted trees.
        huber_eur: residuals beyond this count linearly, so that entry errors (10 EUR a day) do not steer.
        row_share, column_share: drawn for each tree.
        mileage_cap_km: an odometer beyond this counts as this; past it the table has entry errors, not cars.
        fewest_rows_of_make: a make with fewer rows shares the code of the unknown ones.
        masked_share: rows shown a second time under an unknown make, so that the model can answer for one.
        is_monotone: False drops the constraints; only for showing what they cost, as the gate counts mileage and
            equipment all the same.
        is_power_monotone: True constrains the power of the engine too.
        seed: of everything random.
    """

    FORMER_VALUES: ClassVar[Mapping[str, object]] = {"is_power_monotone": True}
    MONOTONE: ClassVar[Mapping[str, object]] = {"is_monotone": True, "is_power_monotone": True}

    trees: int = setting(400, at_least=1, at_most=5_000)
    learning_rate: float = setting(0.04, above=0.0, at_most=1.0)
    leaves: int = setting(31, at_least=2, at_most=1_024)
    leaf_rows: int = setting(4, at_least=1, at_most=10_000)
    huber_eur: float = setting(40.0, above=0.0, at_most=10_000.0)
    row_share: float = setting(0.9, above=0.0, at_most=1.0)
    column_share: float = setting(0.6, above=0.0, at_most=1.0)
    mileage_cap_km: float = setting(400_000.0, at_least=1_000.0, at_most=10_000_000.0)
    fewest_rows_of_make: int = setting(5, at_least=1, at_most=100_000)
    masked_share: float = setting(0.05, at_least=0.0, at_most=1.0)
    is_monotone: bool = True
    is_power_monotone: bool = False
    seed: int = setting(1, at_least=0, at_most=2_000_000_000)

    @property
    def directions(self) -> dict[str, int]:
        """The constrained fields: 1 where more never lowers the price, -1 where more never raises it."""
        if not self.is_monotone:
            return {}
        rising = (POWER, *RISING) if self.is_power_monotone else RISING
        return {**dict.fromkeys(FALLING, -1), **dict.fromkeys(rising, 1)}

    @property
    def required_directions(self) -> dict[str, int]:
        """The directions that no version may violate: mileage and equipment always, power where it is constrained."""
        return {**PriceRecipe().directions, **self.directions}

    def booster_params(self, feature_names: tuple[str, ...]) -> dict[str, object]:
        """The same settings in LightGBM's words; training is deterministic for a seed."""
        params: dict[str, object] = {
            "objective": "huber",
            "alpha": self.huber_eur,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.leaf_rows,
            "feature_fraction": self.column_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "cat_smooth": 1.0,
            "cat_l2": 1.0,
            "min_data_per_group": 10,
            "max_cat_to_onehot": 4,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            # small tables: threads cost more than they give; folds run side by side instead
            "num_threads": 1,
            "verbose": -1,
        }
        if self.is_monotone:
            params["monotone_constraints"] = [self.directions.get(name, 0) for name in feature_names]
            # "advanced" lets single steps slip through
            params["monotone_constraints_method"] = "intermediate"
        return params
