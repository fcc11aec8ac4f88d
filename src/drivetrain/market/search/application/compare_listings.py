"""Comparing a few listings side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotFoundError
from drivetrain.market.listings.application.contract import row_of
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.search.application.search_listings import FoundCar, seen_from
from drivetrain.market.search.domain.query import SearchQuery
from drivetrain.market.search.domain.rates import RateTable

MOST_COMPARED = 5
COMPARED = (
    *("make", "model", "variant", "year", "fuel", "gearbox", "engine_size_l", "power_kw", "drive", "body"),
    *("color", "doors", "seats", "owners", "equipment", "place", "country"),
)
"""Fields of the contract that are looked at for differences, beside ``price`` and ``odometer_km``."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Listings side by side.

    Attributes:
        cars: in the order in which they were asked for.
        missing: ids that the caller cannot see.
        differing: fields in which not all cars agree; an unknown value is a value of its own.
        best: by field, the ids of the cars that buyers would take for it alone; without fields in which all known
            cars are equal.
    """

    cars: Sequence[FoundCar]
    missing: Sequence[UUID]
    differing: Sequence[str]
    best: Mapping[str, Sequence[UUID]]
    currency: str


@dataclass(frozen=True, slots=True)
class CompareListings:
    """Reads listings that the caller may see, each with its price history.

    Attributes:
        currency: of the prices where nobody names one and no listing is there.
    """

    listings: KeepListings
    rates: RateTable
    currency: str

    def __call__(self, ids: Sequence[UUID], currency: str | None, caller: Caller) -> Comparison:
        """Compare listings; one that is named twice stands once.

        Args:
            currency: of the prices; that of the first listing without one.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        asked = list(dict.fromkeys(ids))
        visible = {each: listing for each in asked if (listing := self._visible(each, caller))}
        chosen = currency or next(iter(each.price.currency for each in visible.values()), self.currency)
        cars = [seen_from(SearchQuery(currency=chosen), each, self.rates) for each in visible.values()]
        missing = [each for each in asked if each not in visible]
        return Comparison(cars, missing, _differing(cars), _best(cars), chosen)

    def _visible(self, listing_id: UUID, caller: Caller) -> Listing | None:
        try:
            return self.listings.find(listing_id, caller)
        except NotFoundError:
            return None


def _differing(cars: Sequence[FoundCar]) -> list[str]:
    rows = [
        {
            **row_of(car.listing.car, car.listing.price),
            "price": (car.listing.price.amount_minor, car.listing.price.currency),
            "odometer_km": car.listing.car.distance.km,
        }
        for car in cars
    ]
    names = ("price", "odometer_km", *COMPARED)
    return [name for name in names if len({row[name] for row in rows}) > 1]


def _best(cars: Sequence[FoundCar]) -> dict[str, list[UUID]]:
    """The least price, distance and share of the value, and the latest year."""
    numbers: dict[str, list[float | None]] = {
        "price": [car.price for car in cars],
        "odometer_km": [car.listing.car.distance.km for car in cars],
        "year": [-car.listing.car.year for car in cars],
        "price_share": [_price_share(car.listing) for car in cars],
    }
    best: dict[str, list[UUID]] = {}
    for name, values in numbers.items():
        known = [value for value in values if value is not None]
        if len(set(known)) > 1:
            best[name] = [
                car.listing.listing_id for car, value in zip(cars, values, strict=True) if value == min(known)
            ]
    return best


def _price_share(listing: Listing) -> float | None:
    return None if listing.valuation is None else listing.valuation.price_share(listing.price)
