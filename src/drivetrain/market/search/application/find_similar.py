"""Finding the live cars that are most like a listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.application.ports import LiveCars
from drivetrain.market.search.application.search_listings import FoundCar, seen_from
from drivetrain.market.search.domain.columns import ListedCar
from drivetrain.market.search.domain.comparison import Reason, compared
from drivetrain.market.search.domain.query import Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.similar import USUAL_BUDGET


@dataclass(frozen=True, slots=True)
class SimilarCar:
    """A live listing beside the one that was asked about.

    Attributes:
        difference: as in ``Neighbor``.
        reasons: in what it differs and agrees.
    """

    found: FoundCar
    difference: float
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class SimilarAnswer:
    """The cars most like a listing.

    Attributes:
        total: how many cars are within the limits.
        query: the limits as they were applied, the usual budget among them.
    """

    cars: Sequence[SimilarCar]
    total: int
    query: SearchQuery


@dataclass(frozen=True, slots=True)
class FindSimilar:
    """Compares a listing with all live ones in the index of this worker."""

    following: FollowListings
    cars: LiveCars
    listings: KeepListings
    rates: RateTable

    def __call__(
        self, listing_id: UUID, limits: SearchQuery, currency: str | None, caller: Caller
    ) -> SimilarAnswer:
        """The cars most like a listing that the caller may see.

        Args:
            limits: hard ones; without any on the price those of a usual budget hold.
            currency: of the limits on the price and of the prices of the answer; the listing's own without one.

        Raises:
            NotFoundError: ``market.unknown_listing``.
            UnavailableError: the listings were not read yet, or the database cannot be reached.
        """
        snapshot = self.following.snapshot
        listing = self.listings.find(listing_id, caller)
        query = _within_budget(
            replace(limits, currency=currency or listing.price.currency), listing, self.rates
        )
        neighbors, total = snapshot.similar.nearest(ListedCar.of(listing), query)
        by_id = self.cars.shown([each.listing_id for each in neighbors])
        cars = [
            self._beside(listing, by_id[each.listing_id], each.difference, query)
            for each in neighbors
            if each.listing_id in by_id
        ]
        return SimilarAnswer(cars, total, query)

    def _beside(self, listing: Listing, other: Listing, difference: float, query: SearchQuery) -> SimilarCar:
        price = listing.price
        others = self.rates.converted(other.price.amount, other.price.currency, price.currency)
        reasons = compared(listing.car, price.amount, price.currency, other.car, others)
        return SimilarCar(seen_from(query, other, self.rates), difference, reasons)


def _within_budget(query: SearchQuery, listing: Listing, rates: RateTable) -> SearchQuery:
    """The limits with a usual budget where they name none, and the car's price can be said in their currency."""
    price = rates.converted(listing.price.amount, listing.price.currency, query.currency)
    if "price" in query.ranges or price is None:
        return query
    low, high = USUAL_BUDGET
    return replace(query, ranges={**query.ranges, "price": Range(low * price, high * price)})
