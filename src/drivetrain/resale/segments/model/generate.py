"""Generated interactions of buyers whose taste is known: made up by this project, learned from no real buyer.

A buyer is drawn from one of six tastes, has leanings of their own around it, and now and then looks at
anything; some have
no taste that others share. The tastes overlap on purpose: whoever recovers them perfectly has read the
answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.generating import check_generation, write_chunks
from drivetrain.resale.segments.model.contract import BODIES, FUELS, KINDS

IndexArray = NDArray[np.intp]

_CHUNK_BUYERS = 5_000
_WITHOUT_TASTE = 0.08
"""Share of buyers who fit none."""

_FEWEST, _MEAN_MORE, _SPREAD = 1, 19.0, 1.1
"""Interactions of a buyer: at least one, and on average so many more, gamma-Poisson with a long tail."""

_KIND_SHARES = (0.78, 0.08, 0.14)
_CURIOUS = (0.12, 0.03, 0.02)
"""Share of views, likes and searches that have nothing to do with the taste."""

_LEFT_OPEN = 0.4
"""Chance that a search says nothing of one of its fields."""

_STYLE = np.array([14_000.0, 6.0, 90.0])
"""Price, age and power of the market's middling car."""

_START = np.datetime64("2026-01-01T00:00:00", "s")
_DAYS = 90


@dataclass(frozen=True, slots=True)
class _Taste:
    """A hidden taste.

    Attributes:
        share: of the buyers that have one.
        price_eur, age_years, power_kw: of the cars such buyers look at, in the middle.
        bodies, fuels: shares, in the order of ``BODIES`` and ``FUELS``.
    """

    share: float
    price_eur: float
    age_years: float
    power_kw: float
    bodies: tuple[float, ...]
    fuels: tuple[float, ...]


TASTES = (
    # hatchback, sedan, wagon, suv, coupe, convertible, van, other; petrol, diesel, hybrid, electric, other
    # a first car
    _Taste(
        0.24, 5_500, 11, 60, (0.72, 0.16, 0.05, 0.03, 0.03, 0.01, 0.0, 0.0), (0.85, 0.12, 0.02, 0.0, 0.01)
    ),
    # a family
    _Taste(
        0.22, 16_000, 6, 105, (0.05, 0.05, 0.48, 0.27, 0.0, 0.0, 0.15, 0.0), (0.35, 0.53, 0.1, 0.01, 0.01)
    ),
    # a fleet's
    _Taste(
        0.18, 29_000, 3, 140, (0.03, 0.52, 0.27, 0.15, 0.03, 0.0, 0.0, 0.0), (0.26, 0.48, 0.22, 0.04, 0.0)
    ),
    # electric
    _Taste(0.16, 27_000, 2, 115, (0.46, 0.08, 0.03, 0.4, 0.0, 0.01, 0.02, 0.0), (0.04, 0.01, 0.25, 0.7, 0.0)),
    # for fun
    _Taste(
        0.10, 36_000, 7, 220, (0.08, 0.06, 0.01, 0.03, 0.5, 0.32, 0.0, 0.0), (0.93, 0.02, 0.03, 0.02, 0.0)
    ),
    # for work
    _Taste(
        0.10, 12_500, 8, 85, (0.02, 0.01, 0.06, 0.04, 0.0, 0.0, 0.77, 0.1), (0.12, 0.83, 0.01, 0.02, 0.02)
    ),
)
"""The taste of a row is its place here, counted from 1."""

_MARKET_BODIES = np.array([0.27, 0.19, 0.16, 0.24, 0.04, 0.03, 0.06, 0.01])
_MARKET_FUELS = np.array([0.52, 0.31, 0.09, 0.06, 0.02])
_OWN_SPREAD = np.array([0.3, 0.35, 0.18])
"""Of a buyer around the taste: standard deviations of log price, log age and log power."""

_LOOK_SPREAD = np.array([0.28, 0.35, 0.2])
"""Of a buyer's interactions around the buyer."""

_OWN_SHARES = 9.0
"""How closely a buyer's shares follow the taste's: concentration of the Dirichlet draw."""


@dataclass(frozen=True, slots=True)
class _Buyers:
    """Some buyers: ``middle`` has price, age and power, shape (n, 3); ``bodies`` and ``fuels`` running sums of shares."""

    taste: IndexArray
    middle: FloatArray
    bodies: FloatArray
    fuels: FloatArray


def generate(rows: int, seed: int) -> pl.DataFrame:
    """Draw a whole table into memory.

    Args:
        rows: interactions, >= 1.
        seed: >= 0; the same (rows, seed) give the same table.

    Returns:
        Row numbers -1, -2, ... in an unnamed first column, the buyer, the interaction, and the taste the
        buyer was drawn with.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    return pl.concat(list(_chunks(rows, seed)))


def write_synthetic(path: Path, rows: int, seed: int, progress: Progress) -> None:
    """Draw a table into a CSV file, a piece at a time; memory does not grow with the rows.

    Raises:
        InvalidInputError: rows or seed are out of range.
        OSError: the file cannot be written.
    """
    write_chunks(path, _chunks(rows, seed), rows, progress)


def _chunks(rows: int, seed: int) -> Iterator[pl.DataFrame]:
    check_generation(rows, seed)

    def draw() -> Iterator[pl.DataFrame]:
        written, chunk = 0, 0
        while written < rows:
            drawn = _draw(np.random.default_rng([seed, chunk]), chunk * _CHUNK_BUYERS, rows - written)
            yield drawn.insert_column(0, pl.Series("", -1 - np.arange(written, written + drawn.height)))
            written, chunk = written + drawn.height, chunk + 1

    return draw()


def _draw(rng: np.random.Generator, first_buyer: int, most: int) -> pl.DataFrame:
    """The interactions of the next buyers, at most ``most`` of them, buyer by buyer."""
    buyers = _buyers(rng)
    count = _FEWEST + rng.poisson(rng.gamma(_SPREAD, _MEAN_MORE / _SPREAD, _CHUNK_BUYERS))
    buyer = np.repeat(np.arange(_CHUNK_BUYERS), count)[:most]
    kind = rng.choice(len(KINDS), len(buyer), p=_KIND_SHARES)
    is_curious = rng.random(len(buyer)) < np.array(_CURIOUS)[kind]
    middle = np.where(
        is_curious[:, np.newaxis],
        _STYLE * np.exp(rng.normal(0, [0.6, 0.6, 0.35], (len(buyer), 3))),
        buyers.middle[buyer],
    )
    spread = np.where(kind == KINDS.index("like"), 0.6, 1.0)[:, np.newaxis] * _LOOK_SPREAD
    price, age, power = (middle * np.exp(spread * rng.normal(size=middle.shape))).T
    body = _picked(np.where(is_curious[:, np.newaxis], np.cumsum(_MARKET_BODIES), buyers.bodies[buyer]), rng)
    fuel = _picked(np.where(is_curious[:, np.newaxis], np.cumsum(_MARKET_FUELS), buyers.fuels[buyer]), rng)
    is_filled = rng.random((5, len(buyer))) >= np.where(kind == KINDS.index("search"), _LEFT_OPEN, 0.0)
    instants = _START + rng.integers(0, _DAYS * 86_400, len(buyer)).astype("timedelta64[s]")
    return pl.DataFrame(
        {
            "buyer_id": [f"b{number:07d}" for number in (first_buyer + buyer).tolist()],
            "at": [f"{instant}Z" for instant in instants.astype(str).tolist()],
            "kind": np.array(KINDS)[kind],
            "price_eur": _series(np.clip(np.round(price, -1), 300, 900_000), is_filled[0]),
            "age_years": _series(np.minimum(np.round(age), 40), is_filled[1]),
            "body": _series(np.array(BODIES)[body], is_filled[2]),
            "fuel": _series(np.array(FUELS)[fuel], is_filled[3]),
            "power_kw": _series(np.clip(np.round(power), 30, 700), is_filled[4]),
            "taste": buyers.taste[buyer],
        }
    )


def _buyers(rng: np.random.Generator) -> _Buyers:
    number = np.arange(1, len(TASTES) + 1)
    taste = rng.choice(number, _CHUNK_BUYERS, p=[taste.share for taste in TASTES])
    taste = np.where(rng.random(_CHUNK_BUYERS) < _WITHOUT_TASTE, 0, taste)
    shared = taste - 1  # wrong for those without a taste, who get their own below
    alone = (taste == 0)[:, np.newaxis]
    middle = np.array([(taste.price_eur, taste.age_years, taste.power_kw) for taste in TASTES])[shared]
    middle = np.where(alone, _STYLE * np.exp(rng.normal(0, [0.9, 0.7, 0.5], middle.shape)), middle)
    middle = middle * np.exp(_OWN_SPREAD * rng.normal(size=middle.shape))
    bodies = np.where(
        alone,
        rng.dirichlet(np.full(len(BODIES), 0.5), _CHUNK_BUYERS),
        np.array([t.bodies for t in TASTES])[shared],
    )
    fuels = np.where(
        alone,
        rng.dirichlet(np.full(len(FUELS), 0.5), _CHUNK_BUYERS),
        np.array([t.fuels for t in TASTES])[shared],
    )
    return _Buyers(taste, middle, _own_shares(bodies, rng), _own_shares(fuels, rng))


def _own_shares(shares: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Running sums of each buyer's own shares, a Dirichlet draw around the given ones."""
    drawn = rng.gamma(_OWN_SHARES * shares + 0.02)
    return np.cumsum(drawn / drawn.sum(axis=1, keepdims=True), axis=1)


def _picked(running: FloatArray, rng: np.random.Generator) -> IndexArray:
    """One place for each row, drawn with the shares whose running sums the row holds."""
    place: IndexArray = (rng.random(len(running))[:, np.newaxis] >= running).sum(axis=1)
    return np.asarray(np.minimum(place, running.shape[1] - 1), dtype=np.intp)


def _series(values: NDArray[np.generic], is_filled: NDArray[np.bool_]) -> pl.Series:
    """The values as text, null where a search left them open."""
    texts = [f"{value:.0f}" if isinstance(value, float) else str(value) for value in values.tolist()]
    return pl.Series(
        [text if is_given else None for text, is_given in zip(texts, is_filled.tolist(), strict=True)],
        dtype=pl.String,
    )
