"""Types of cars: what makes two one-of-a-kind cars the same kind of car for counting who looks at which."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from drivetrain.market.search.domain.columns import Columns, FloatArray, ListedCar, word_key

BAND = math.log(1.35)
"""Prices within 35 % of each other are of one band."""

_MOST_BANDS = 256
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


def rows_of_types(columns: Columns, level: str, types: Sequence[str]) -> NDArray[np.intp]:
    """The place of each row's type in a list of types; the length of the list for rows of none of them."""
    codes = _codes_of_rows(columns, level)
    known = np.array([_code_of(columns, level, each) for each in types], dtype=np.int64)
    order = np.argsort(known, kind="stable")
    found = np.searchsorted(known[order], codes)
    places = np.full(len(codes), len(types), dtype=np.intp)
    inside = np.flatnonzero(found < len(types))
    hits = inside[known[order][found[inside]] == codes[inside]]
    places[hits] = order[found[hits]]
    return places


def _codes_of_rows(columns: Columns, level: str) -> NDArray[np.int64]:
    words = columns.words
    codes = words["make"].codes.astype(np.int64) * len(words["model"].words) + words["model"].codes
    if level == "model":
        return codes
    currencies = words["currency"]
    banded: NDArray[np.int64] = (codes * len(currencies.words) + currencies.codes) * _MOST_BANDS
    return banded + price_bands(columns.numbers["price"])


def _code_of(columns: Columns, level: str, text: str) -> int:
    """The code that a row of the type has; -1 where no row can be of it."""
    make, model, *rest = text.split(_BETWEEN)
    words = columns.words
    places = [words["make"].code(make), words["model"].code(model)]
    if rest:
        places.append(words["currency"].code(rest[0]))
    if None in places:
        return -1
    code = int(places[0] or 0) * len(words["model"].words) + int(places[1] or 0)
    if level == "model":
        return code
    return (code * len(words["currency"].words) + int(places[2] or 0)) * _MOST_BANDS + int(rest[1])
