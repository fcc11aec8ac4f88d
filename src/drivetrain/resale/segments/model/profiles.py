"""From interactions to one profile for each buyer: the same arithmetic for one buyer and a million.

Every figure is a count or a quantile, so the order of the interactions cannot matter, not even in the last
bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.resale.segments.model.contract import (
    BODIES,
    BODY_SHARES,
    BUYER_PROFILE,
    FUEL_SHARES,
    FUELS,
    KINDS,
    LIKE,
    OTHER,
    SEARCH,
    VIEW,
)

IndexArray = NDArray[np.intp]

LOOKS = {VIEW: 1, SEARCH: 2, LIKE: 3}
"""How many looks an interaction counts as. A look may be idle curiosity, a search is an intention, and a like is a choice among
what was seen. The ratios are a judgment, not measured: only real logs could tell."""

_UNKNOWN = -1
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Interactions:
    """Checked interactions; arrays of shape (n_interactions,).

    Attributes:
        kind, body, fuel: places in ``KINDS``, ``BODIES`` and ``FUELS``; -1 where it is not said.
        price_eur, age_years, power_kw: NaN where it is not said.
    """

    kind: IndexArray
    price_eur: FloatArray
    age_years: FloatArray
    body: IndexArray
    fuel: IndexArray
    power_kw: FloatArray


def interactions_of(columns: Columns) -> Interactions:
    """Canonical rows of the interactions' contract, column by column, as arrays."""
    return Interactions(
        kind=_places(columns["kind"], KINDS),
        price_eur=_numbers(columns["price_eur"]),
        age_years=_numbers(columns["age_years"]),
        body=_places(columns["body"], BODIES),
        fuel=_places(columns["fuel"], FUELS),
        power_kw=_numbers(columns["power_kw"]),
    )


def profile_of(interactions: Sequence[Row]) -> Row:
    """The profile of one buyer.

    Args:
        interactions: canonical rows, at least one.
    """
    columns = {name: [row[name] for row in interactions] for name in interactions[0]}
    profiles = fold(interactions_of(columns), np.zeros(len(interactions), dtype=np.intp), 1)
    row: Row = {name: values[0] for name, values in profiles.items()}
    return row


def fold(interactions: Interactions, buyer: IndexArray, buyers: int) -> dict[str, list[Any]]:
    """One profile for each buyer, column by column in the order of the contract.

    Args:
        buyer: whose interaction it is, in [0, buyers), shape (n_interactions,); every buyer has one at least.
    """
    kinds = _counts(interactions.kind, buyer, buyers, len(KINDS))
    looks = np.repeat(np.arange(len(buyer)), np.array([LOOKS[kind] for kind in KINDS])[interactions.kind])
    whose = buyer[looks]
    lower, price, upper = _quartiles(interactions.price_eur[looks], whose, buyers)
    both_known = (interactions.body >= 0) & (interactions.fuel >= 0)
    pair = np.where(both_known, interactions.body * len(FUELS) + interactions.fuel, _UNKNOWN)
    bodies = _shares(_counts(interactions.body[looks], whose, buyers, len(BODIES)))
    fuels = _shares(_counts(interactions.fuel[looks], whose, buyers, len(FUELS)))
    columns = {
        "views": kinds[:, KINDS.index(VIEW)].tolist(),
        "likes": kinds[:, KINDS.index(LIKE)].tolist(),
        "searches": kinds[:, KINDS.index(SEARCH)].tolist(),
        "median_price_eur": _values(price),
        "price_ratio": _values(np.nan_to_num(upper / lower, nan=1.0)),
        "median_age_years": _values(_quartiles(interactions.age_years[looks], whose, buyers)[1]),
        "median_power_kw": _values(_quartiles(interactions.power_kw[looks], whose, buyers)[1]),
        **{name: _values(bodies[:, index]) for index, name in enumerate(BODY_SHARES)},
        **{name: _values(fuels[:, index]) for index, name in enumerate(FUEL_SHARES)},
        "kinds_of_car": _values(_breadth(_counts(pair[looks], whose, buyers, len(BODIES) * len(FUELS)))),
    }
    return {name: columns[name] for name in BUYER_PROFILE.names}


def _places(words: Sequence[Any], vocabulary: Sequence[str]) -> IndexArray:
    places = {word: index for index, word in enumerate(vocabulary)}
    other = places.get(OTHER, _UNKNOWN)
    return np.array([_UNKNOWN if word is None else places.get(word, other) for word in words], dtype=np.intp)


def _numbers(values: Sequence[Any]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _counts(codes: IndexArray, buyer: IndexArray, buyers: int, kinds: int) -> NDArray[np.int64]:
    """How often each buyer has each code, shape (buyers, kinds)."""
    known = codes >= 0
    return np.bincount(buyer[known] * kinds + codes[known], minlength=buyers * kinds).reshape(buyers, kinds)


def _shares(counts: NDArray[np.int64]) -> FloatArray:
    """Counts over their sum; 0 for a buyer without any."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), dtype=np.float64)


def _breadth(counts: NDArray[np.int64]) -> FloatArray:
    """The number of equally liked kinds with the same entropy (Hill 1973), >= 1, shape (buyers,)."""
    shares = _shares(counts)
    entropy = np.zeros(len(counts))
    for column in shares.T:
        entropy -= column * np.log(np.where(column > 0, column, 1.0))
    return np.asarray(np.exp(entropy), dtype=np.float64)


def _quartiles(
    values: FloatArray, buyer: IndexArray, buyers: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lower quartile, median and upper quartile for each buyer; NaN where the buyer has no value."""
    known = ~np.isnan(values)
    values, buyer = values[known], buyer[known]
    values = values[np.lexsort((values, buyer))]
    counts = np.bincount(buyer, minlength=buyers)
    starts = np.cumsum(counts) - counts
    values = np.append(values, np.nan)  # something to look at for a buyer without values

    def quantile(level: float) -> FloatArray:
        place = level * np.maximum(counts - 1, 0)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(counts - 1, 0))
        low = values[np.minimum(starts + below, len(values) - 1)]
        high = values[np.minimum(starts + above, len(values) - 1)]
        return np.where(counts > 0, low + (place - below) * (high - low), np.nan)

    return quantile(0.25), quantile(0.5), quantile(0.75)


def _values(numbers: FloatArray) -> list[float | None]:
    """Rounded, as they go through files and the ledger without a change; None for NaN."""
    return [None if number != number else number for number in np.round(numbers, _DIGITS).tolist()]  # noqa: PLR0124
