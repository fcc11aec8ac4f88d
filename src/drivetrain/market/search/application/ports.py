"""What the use cases of search need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.search.domain.columns import ListedCar


class LiveCars(Protocol):
    """Where live listings are read. Blocking; ids are 32 hexadecimal digits."""

    def all(self) -> Sequence[ListedCar]:
        """Every live listing.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def of(self, ids: Collection[str]) -> Sequence[ListedCar]:
        """Those of some listings that are live.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def shown(self, ids: Collection[str]) -> Mapping[str, Listing]:
        """Those of some listings that are live, whole, by id.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...
