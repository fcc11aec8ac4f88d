"""Counting the cars of a search by where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.cells import Cell, cells_of
from drivetrain.market.search.domain.query import SearchQuery


@dataclass(frozen=True, slots=True)
class CarMap:
    """Where the cars of a search stand.

    Attributes:
        without_place: how many have no coordinates.
    """

    cells: Sequence[Cell]
    total: int
    without_place: int


@dataclass(frozen=True, slots=True)
class MapListings:
    """Reads the index of this worker; the cells span what is found, so that a narrower search shows more of it."""

    following: FollowListings

    def __call__(self, query: SearchQuery) -> CarMap:
        """The cells of the cars that pass the filters of a query.

        Raises:
            UnavailableError: the listings were not read yet.
        """
        index = self.following.snapshot.index
        rows = np.flatnonzero(index.matching(query))
        cells = cells_of(index.columns, rows)
        return CarMap(cells, len(rows), len(rows) - sum(cell.cars for cell in cells))
