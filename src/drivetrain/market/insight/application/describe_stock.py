"""Describing what is on the market, from the index of this worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.core.distribution import Distribution, FloatArray, distribution_of, median_of
from drivetrain.core.statistics import Estimate
from drivetrain.core.time import Clock
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.columns import MISSING, WordColumn
from drivetrain.market.search.domain.index import BoolArray, RowArray
from drivetrain.market.search.domain.query import SearchQuery

MOST_GROUPS = 30
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Group:
    """Live cars that share a word or a year.

    Attributes:
        median_price: in the currency of the query, over the cars that can be compared with it.
    """

    value: str | int
    cars: int
    median_price: Estimate


@dataclass(frozen=True, slots=True)
class Stock:
    """What is on the market.

    Attributes:
        makes, models: the most frequent ones.
        years: ascending.
        price: in the currency of the query.
        days_on_market: since each car went live first.
        demonstration: how many cars are demonstration stock, by kind; none for cars that are for sale.
        currencies: in how many cars are priced, the most frequent first.
    """

    total: int
    makes: Sequence[Group]
    models: Sequence[Group]
    years: Sequence[Group]
    price: Distribution
    odometer_km: Distribution
    days_on_market: Distribution
    demonstration: Mapping[str, int]
    currencies: Sequence[tuple[str, int]]
    query: SearchQuery


@dataclass(frozen=True, slots=True)
class DescribeStock:
    """Counts and distributions of the live cars that pass some filters."""

    following: FollowListings
    clock: Clock

    def __call__(self, query: SearchQuery) -> Stock:
        """The figures.

        Args:
            query: filters, and the currency of prices; its order, cursor and size mean nothing.

        Raises:
            UnavailableError: the listings were not read yet.
        """
        index = self.following.snapshot.index
        rows = np.flatnonzero(index.matching(query))
        columns, prices = index.columns, index.prices(query.currency)[rows]
        makes, models = (_by_word(columns.words[name], rows, prices) for name in ("make", "model"))
        years = columns.numbers["year"][rows].astype(np.int64)
        return Stock(
            len(rows),
            makes,
            models,
            [Group(year, *_of(years == year, prices)) for year in np.unique(years).tolist()],
            distribution_of(prices),
            distribution_of(columns.numbers["odometer_km"][rows]),
            distribution_of(np.maximum(self.clock.now().timestamp() - columns.live_at_s[rows], 0) / _DAY_S),
            dict(_counted(columns.words["demonstration"], rows)),
            _counted(columns.words["currency"], rows),
            query,
        )


def _by_word(column: WordColumn, rows: RowArray, prices: FloatArray) -> list[Group]:
    codes = column.codes[rows]
    most = _counted(column, rows)[:MOST_GROUPS]
    return [Group(word, *_of(codes == column.code(word), prices)) for word, _ in most]


def _counted(column: WordColumn, rows: RowArray) -> list[tuple[str, int]]:
    """The words of some rows with how many have each, the most frequent first."""
    counts = np.bincount(column.codes[rows], minlength=len(column.words))
    counts[MISSING] = 0
    order = np.argsort(-counts, kind="stable").tolist()
    return [(column.words[code], int(counts[code])) for code in order if counts[code]]


def _of(members: BoolArray, prices: FloatArray) -> tuple[int, Estimate]:
    own = prices[members]
    return int(np.count_nonzero(members)), median_of(np.sort(own[~np.isnan(own)]))
