"""The numbers a price model sees: the thirteen fields in the order of the contract."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import ListColumn
from drivetrain.lifecycle.learning.features import Columns, FeatureEncoder, FloatArray, fit_encoder
from drivetrain.lifecycle.learning.group_scales import GroupField
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.recipe import PriceRecipe

MAKE = RENTAL_PRICE.names.index("model_key")
"""Column of the make in the matrix."""

GROUP_FIELDS = tuple(
    GroupField(at, len(column.values) + 1 if isinstance(column, ListColumn) else 2)
    for at, column in enumerate(RENTAL_PRICE.columns)
    if at >= RENTAL_PRICE.names.index("fuel")  # from here on every field is a word of a closed list or a flag
)
"""Fields whose groups of cars have scales of their own."""


def price_encoder(rows: Columns, recipe: PriceRecipe) -> FeatureEncoder:
    """Learn the vocabulary of makes from training rows."""
    return fit_encoder(
        RENTAL_PRICE, rows, fewest=recipe.fewest_rows_of_make, most={"mileage": recipe.mileage_cap_km}
    )


def without_make(matrix: FloatArray) -> FloatArray:
    """The matrix of the range model: two makes of one car share its spread, the factors tell them apart."""
    # the make is the first column; a view costs nothing where np.delete costs 10 microseconds
    return matrix[:, MAKE + 1 :]


def is_known_make(word: object) -> bool:
    """True for a make that the contract lists."""
    column = RENTAL_PRICE.columns[MAKE]
    return isinstance(column, ListColumn) and column.knows(word)


def make_codes(matrix: FloatArray) -> NDArray[np.intp]:
    """Code of each row's make, 0 for a rare or unknown one."""
    return matrix[:, MAKE].astype(np.intp)
