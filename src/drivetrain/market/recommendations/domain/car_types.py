"""Types of cars: what makes two one-of-a-kind cars the same kind of car for counting who looks at which."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from drivetrain.market.search.domain.columns import CodeArray, Columns, FloatArray, ListedCar, word_key

BAND = math.log(1.35)
"""Prices within 35 % of each other are of one band."""

_MOST_BANDS = 128
_BETWEEN = "\x1f"
"""Stands in no word: listings are plain text."""


def _model_of(car: ListedCar) -> str:
    return f"{word_key(car.make)}{_BETWEEN}{word_key(car.model)}"


def _banded_of(car: ListedCar) -> str:
    band = int(price_bands(np.array([car.price]))[0])
    return f"{_model_of(car)}{_BETWEEN}{car.currency}{_BETWEEN}{band}"


LEVELS: Mapping[str, Callable[[ListedCar], str]] = {"banded": _banded_of, "model": _model_of}
"""By level, the type of a car as text: make, model, currency and price band; make and model alone."""


def price_bands(prices: FloatArray) -> NDArray[np.int64]:
    """The band of each price, in its own currency."""
    bands = np.floor(np.log(np.maximum(prices, 1.0)) / BAND).astype(np.int64)
    return np.minimum(bands, _MOST_BANDS - 1)


def rows_of_types(columns: Columns, level: str, types: Sequence[str]) -> NDArray[np.int32]:
    """The place of each row's type in a list of types; the length of the list for rows of none of them."""
    words = columns.words
    parts = [each.split(_BETWEEN) for each in types]
    models: dict[tuple[str, str], int] = {}
    for make, model, *_ in parts:
        models.setdefault((make, model), len(models))
    # models that no type has are the last row of the table below
    of_words = np.full((len(words["make"].words), len(words["model"].words)), -1, dtype=np.int32)
    for (make, model), number in models.items():
        codes = words["make"].code(make), words["model"].code(model)
        if None not in codes:
            of_words[codes] = number
    places = np.full((len(models) + 1, *_shape(columns, level)), len(types), dtype=np.int32)
    for place, (make, model, *rest) in enumerate(parts):
        kind = _kind(columns, rest)
        if kind is not None:
            places[(models[make, model], *kind)] = place
    model_of_row = of_words[words["make"].codes, words["model"].codes]
    found: NDArray[np.int32] = places[(model_of_row, *_kinds_of_rows(columns, level))]
    return found


def _shape(columns: Columns, level: str) -> tuple[int, ...]:
    return () if level == "model" else (len(columns.words["currency"].words), _MOST_BANDS)


def _kinds_of_rows(columns: Columns, level: str) -> tuple[CodeArray, ...]:
    """Currency and band of each row; nothing where make and model are all of a type."""
    if level == "model":
        return ()
    return columns.words["currency"].codes, price_bands(columns.numbers["price"])


def _kind(columns: Columns, rest: Sequence[str]) -> tuple[int, ...] | None:
    """Currency and band as the rows have them; None for a currency that no row has."""
    if not rest:
        return ()
    currency = columns.words["currency"].code(rest[0])
    return None if currency is None else (currency, int(rest[1]))
