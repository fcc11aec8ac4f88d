"""What the use cases of insight need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drivetrain.market.listings.domain.listing import ListingState, Owner
from drivetrain.market.listings.domain.money import Money


@dataclass(frozen=True, slots=True)
class OwnCar:
    """A listing of a dealer, as far as figures need it.

    Attributes:
        first_price: that was asked first.
        value, rating: None where the car as it is has no valuation.
        changed_at: of a sold car, when it was sold.
    """

    listing_id: UUID
    make: str
    model: str
    year: int
    state: ListingState
    price: Money
    first_price: Money
    value: Money | None
    rating: str | None
    live_at: datetime
    changed_at: datetime


class OwnStock(Protocol):
    """Where a dealer's cars are read. Blocking."""

    def cars(self, owner: Owner, sold_since: datetime) -> Sequence[OwnCar]:
        """The owner's live and reserved cars, and those that were sold since an instant.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...
