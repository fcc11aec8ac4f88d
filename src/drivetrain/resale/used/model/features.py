"""The numbers a used-car model sees: the fields in the order of the contract, the model by its make and name together.

Where listings have a variant, the words it begins with follow as features of their own: the whole of it is often
unique, its first words name the trim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import Contract, is_optional
from drivetrain.lifecycle.learning.features import (
    RARE,
    Columns,
    Feature,
    FeatureEncoder,
    FloatArray,
    fit_encoder,
    frequent_words,
)
from drivetrain.lifecycle.learning.group_scales import GroupField
from drivetrain.resale.used.model.countries import Country

KNOWN, NEW_MODEL, NEW_MAKE = range(3)
"""How well a car is known; the range differs by it."""

VARIANT = "variant"
VARIANT_WORDS = ("variant_word_1", "variant_word_2", "variant_word_3")
"""Features made of the variant; versions of earlier releases lack them."""

AGE_CLASSES = 14
"""One for each year of age; the last is that of all older cars, of which a year has too few."""

_WORD = re.compile(r"[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class FeatureIndex:
    """Where the fields that are treated apart stand in the matrix.

    Attributes:
        variant: -1 in a market without.
        hidden: for each optional field, ``(column, what stands there when nothing is known)`` of all that is made of it.
        of_range: what the range trees see: all fields but the model, whose rows are too few for a spread of its own.
        directions: for each feature 1 where the price may only rise, -1 where it may only fall, else 0.
    """

    make: int
    model: int
    year: int
    distance: int
    variant: int
    categorical: tuple[int, ...]
    hidden: tuple[tuple[tuple[int, float], ...], ...]
    of_range: NDArray[np.intp]
    directions: tuple[int, ...]


def used_encoder(contract: Contract, country: Country, rows: Columns, fewest: int) -> FeatureEncoder:
    """Learn the names of training rows. Years past the table's count as its last: nothing newer is known."""
    columns = named(rows)
    encoder = fit_encoder(contract, columns, fewest=fewest, most={"year": float(country.reference_year)})
    words = (name for name in VARIANT_WORDS if name in columns)
    made = (Feature(name, (*frequent_words(columns[name], fewest), None)) for name in words)
    return FeatureEncoder((*encoder.features, *made))


def used_matrix(encoder: FeatureEncoder, rows: Columns) -> FloatArray:
    """Rows as numbers, shape (n_rows, n_features)."""
    return encoder.matrix(named(rows))


def named(rows: Columns) -> Columns:
    """The rows with each model named by its make too, as a Ford Golf is not known, and with the words of variants."""
    columns = {
        **rows,
        "model": [f"{make} {model}" for make, model in zip(rows["make"], rows["model"], strict=True)],
    }
    if VARIANT in rows:
        words = [_first_words(variant) for variant in rows[VARIANT]]
        columns.update({name: [each[at] for each in words] for at, name in enumerate(VARIANT_WORDS)})
    return columns


def _first_words(variant: str | None) -> Sequence[str | None]:
    """As many words as there are features of them; None for those that the variant has not."""
    count = len(VARIANT_WORDS)
    words = _WORD.findall(variant.casefold())[:count] if variant else []
    return [*words, *[None] * (count - len(words))]


def feature_index(contract: Contract, encoder: FeatureEncoder, country: Country) -> FeatureIndex:
    """Find the fields in the matrix."""
    names = encoder.names
    of_variant = [index for index, name in enumerate(names) if name in VARIANT_WORDS]
    hidden = [
        tuple(
            (index, _nothing(encoder.features[index]))
            for index in (field, *(of_variant if column.name == VARIANT else ()))
        )
        for field, column in enumerate(contract.columns)
        if is_optional(column)
    ]
    falling = {country.distance: -1, "year": 1}
    return FeatureIndex(
        make=names.index("make"),
        model=names.index("model"),
        year=names.index("year"),
        distance=names.index(country.distance),
        variant=names.index(VARIANT) if VARIANT in names else -1,
        categorical=tuple(encoder.categorical),
        hidden=tuple(hidden),
        of_range=np.asarray([at for at, name in enumerate(contract.names) if name != "model"]),
        directions=tuple(falling.get(name, 0) for name in names),
    )


def _nothing(feature: Feature) -> float:
    """What stands for a value that is not known: NaN, or the code of the last word, which is None."""
    return float("nan") if feature.vocabulary is None else float(len(feature.vocabulary))


def group_fields(contract: Contract, encoder: FeatureEncoder, country: Country) -> list[GroupField]:
    """Fields whose groups of cars have ranges of their own: every word, and the age."""
    words = [
        GroupField(column, len(feature.vocabulary) + 1)
        for column, feature in enumerate(encoder.features[: len(contract.names)])
        if feature.vocabulary is not None
    ]
    oldest = country.reference_year - AGE_CLASSES + 1
    return [*words, GroupField(encoder.names.index("year"), AGE_CLASSES, oldest)]


def effects_by_field(effects: FloatArray, index: FeatureIndex, fields: int) -> FloatArray:
    """Effects of features as those of the contract's fields: what the words of a variant do counts as the variant's.

    Args:
        effects: shape (n_features,).
        fields: how many there are.
    """
    by_field = effects[:fields].copy()
    if len(effects) > fields:
        by_field[index.variant] += effects[fields:].sum()
    return by_field


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
    for position, columns in enumerate(index.hidden):
        for column, nothing in columns:
            poorer[is_hidden[:, position], column] = nothing
    return poorer
