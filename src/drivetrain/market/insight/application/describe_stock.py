"""Describing what is on the market, from the index of this worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.core.statistics import Estimate
from drivetrain.core.time import Clock
from drivetrain.market.insight.domain.distribution import Distribution, FloatArray, distribution_of, median_of
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
    """

    total: int
    makes: Sequence[Group]
    models: Sequence[Group]
    years: Sequence[Group]
    price: Distribution
    odometer_km: Distribution
    days_on_market: Distribution
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
            query,
        )


def _by_word(column: WordColumn, rows: RowArray, prices: FloatArray) -> list[Group]:
    words, codes = column.words, column.codes[rows]
    counts = np.bincount(codes, minlength=len(words))
    counts[MISSING] = 0
    most = np.argsort(-counts, kind="stable")[:MOST_GROUPS]
    return [Group(words[code], *_of(codes == code, prices)) for code in most.tolist() if counts[code]]


def _of(members: BoolArray, prices: FloatArray) -> tuple[int, Estimate]:
    own = prices[members]
    return int(np.count_nonzero(members)), median_of(np.sort(own[~np.isnan(own)]))
