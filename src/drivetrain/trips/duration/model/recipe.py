"""Everything that decides how a duration model is fitted: written into each version, compared on the same split."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.lifecycle.learning.recipes import Recipe, setting

_SPREAD_RATE = 0.1
_SPREAD_LEAF_ROWS = 150
"""Errors vary more than durations: fewer trips say nothing of their spread."""


@dataclass(frozen=True, slots=True)
class DurationRecipe(Recipe):
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
        tract_dropout: share of the training trips that are learned from by their areas alone: a request without
            tracts is about any trip of its areas, while the published table withholds the tracts of rare ones.
        spread_trees, spread_leaves: of the trees that learn how far such durations are off; they cost each answer.
        seed: of everything random.
    """

    trees: int = setting(300, at_least=1, at_most=5_000)
    learning_rate: float = setting(0.05, above=0.0, at_most=1.0)
    leaves: int = setting(15, at_least=2, at_most=1_024)
    leaf_rows: int = setting(40, at_least=1, at_most=10_000)
    huber_min: float = setting(12.0, above=0.0, at_most=1_440.0)
    row_share: float = setting(0.8, above=0.0, at_most=1.0)
    column_share: float = setting(0.7, above=0.0, at_most=1.0)
    lambda_l2: float = setting(5.0, at_least=0.0, at_most=10_000.0)
    days_for_week: int = setting(14, at_least=1, at_most=366)
    tract_dropout: float = setting(0.3, at_least=0.0, at_most=1.0)
    spread_trees: int = setting(60, at_least=1, at_most=1_000)
    spread_leaves: int = setting(8, at_least=2, at_most=256)
    seed: int = setting(1, at_least=0, at_most=2_000_000_000)

    def spread_params(self) -> dict[str, object]:
        """Settings of the trees of absolute errors: the median of such trips, which no single lost meter moves."""
        return {
            **self.booster_params(),
            "objective": "l1",
            "learning_rate": _SPREAD_RATE,
            "num_leaves": self.spread_leaves,
            "min_data_in_leaf": _SPREAD_LEAF_ROWS,
            "feature_fraction": 1.0,
            "bagging_fraction": 1.0,
        }

    def booster_params(self) -> dict[str, object]:
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
