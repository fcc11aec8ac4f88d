"""The numbers a used-car model sees: the fields in the order of the contract, the model by its make and name together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import Contract, is_optional
from drivetrain.lifecycle.learning.features import RARE, Columns, FeatureEncoder, FloatArray, fit_encoder
from drivetrain.resale.used.model.countries import Country

KNOWN, NEW_MODEL, NEW_MAKE = range(3)
"""How well a car is known; the range differs by it."""


@dataclass(frozen=True, slots=True)
class FeatureIndex:
    """Where the fields that are treated apart stand in the matrix.

    Attributes:
        hidden: ``(column, what stands there when nothing is known)`` of the optional fields.
        directions: for each feature 1 where the price may only rise, -1 where it may only fall, else 0.
    """

    make: int
    model: int
    year: int
    distance: int
    categorical: tuple[int, ...]
    hidden: tuple[tuple[int, float], ...]
    directions: tuple[int, ...]


def used_encoder(contract: Contract, country: Country, rows: Columns, fewest: int) -> FeatureEncoder:
    """Learn the names of training rows. Years past the table's count as its last: nothing newer is known."""
    return fit_encoder(contract, named(rows), fewest=fewest, most={"year": float(country.reference_year)})


def used_matrix(encoder: FeatureEncoder, rows: Columns) -> FloatArray:
    """Rows as numbers, shape (n_rows, n_features)."""
    return encoder.matrix(named(rows))


def named(rows: Columns) -> Columns:
    """The rows with each model named by its make too: a Golf is a Volkswagen, and a Ford Golf is not known."""
    return {
        **rows,
        "model": [f"{make} {model}" for make, model in zip(rows["make"], rows["model"], strict=True)],
    }


def feature_index(contract: Contract, encoder: FeatureEncoder, country: Country) -> FeatureIndex:
    """Find the fields in the matrix."""
    names = encoder.names
    hidden = [
        # None is its last word
        (index, float("nan") if feature.vocabulary is None else float(len(feature.vocabulary)))
        for index, (feature, column) in enumerate(zip(encoder.features, contract.columns, strict=True))
        if is_optional(column)
    ]
    falling = {country.distance: -1, "year": 1}
    return FeatureIndex(
        make=names.index("make"),
        model=names.index("model"),
        year=names.index("year"),
        distance=names.index(country.distance),
        categorical=tuple(encoder.categorical),
        hidden=tuple(hidden),
        directions=tuple(falling.get(name, 0) for name in names),
    )


def familiarity(matrix: FloatArray, index: FeatureIndex) -> NDArray[np.intp]:
    """``KNOWN``, ``NEW_MODEL`` or ``NEW_MAKE`` for each row, shape (n_rows,)."""
    new_model = matrix[:, index.model] == RARE
    new_make = matrix[:, index.make] == RARE
    return np.where(new_make, NEW_MAKE, np.where(new_model, NEW_MODEL, KNOWN)).astype(np.intp)


def with_unknown(matrix: FloatArray, index: FeatureIndex, *, make: bool) -> FloatArray:
    """The rows as if their model, and with ``make`` their make too, had never been seen."""
    masked = matrix.copy()
    masked[:, index.model] = RARE
    if make:
        masked[:, index.make] = RARE
    return masked


def with_hidden(matrix: FloatArray, index: FeatureIndex, is_hidden: NDArray[np.bool_]) -> FloatArray:
    """The rows without some of their optional values.

    Args:
        is_hidden: shape (n_rows, n_optional).
    """
    poorer = matrix.copy()
    for position, (column, nothing) in enumerate(index.hidden):
        poorer[is_hidden[:, position], column] = nothing
    return poorer
