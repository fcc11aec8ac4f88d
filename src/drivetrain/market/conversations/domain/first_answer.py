"""What answers a buyer while nobody of the dealer is there: rules over the listing's own data, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drivetrain.market.listings.domain.listing import Listing, ListingState

PRESENCE = timedelta(minutes=10)
"""For so long after somebody of the dealer read or wrote, they count as there."""

MOST_SIMILAR = 3

_STATES = {
    ListingState.LIVE: "The car is available",
    ListingState.RESERVED: "The car is reserved",
    ListingState.SOLD: "The car is sold",
}


@dataclass(frozen=True, slots=True)
class OtherCar:
    """A similar car on sale.

    Attributes:
        price: in whole units of the currency.
    """

    listing_id: str
    make: str
    model: str
    year: int
    price: float
    currency: str


def is_there(seen_at: datetime | None, now: datetime) -> bool:
    """Whether somebody of the dealer may be expected to answer.

    Args:
        seen_at: when somebody of the dealer read or wrote last; None for never.
    """
    return seen_at is not None and now - seen_at < PRESENCE


def facts_of(listing: Listing, similar: Sequence[OtherCar]) -> dict[str, object]:
    """What the answer says, for pages that word it in the language of their reader."""
    return {
        "state": listing.state.value,
        "price": listing.price.amount,
        "currency": listing.price.currency,
        "similar": [
            {
                "listing_id": car.listing_id,
                "make": car.make,
                "model": car.model,
                "year": car.year,
                "price": car.price,
                "currency": car.currency,
            }
            for car in similar[:MOST_SIMILAR]
        ],
    }


def text_of(listing: Listing, similar: Sequence[OtherCar]) -> str:
    """The same in English, for whoever does not word it."""
    price = f"{listing.price.amount:,.0f} {listing.price.currency}"
    state = _STATES.get(listing.state, "The car is not on sale")
    sentences = [
        "Nobody of the dealer is here now; this answer is automatic.",
        f"{state} for {price}." if listing.state is ListingState.LIVE else f"{state}.",
    ]
    if similar:
        cars = "; ".join(
            f"{car.make} {car.model} {car.year} for {car.price:,.0f} {car.currency}"
            for car in similar[:MOST_SIMILAR]
        )
        sentences.append(f"Similar cars on sale: {cars}.")
    return " ".join(sentences)
