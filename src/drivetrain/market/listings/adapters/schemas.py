"""Bodies and answers of listings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import WarningAnswer
from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.access import Caller
from drivetrain.core.prices import COVERAGE
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.data.contracts import FieldWarning
from drivetrain.market.listings.application.contract import LISTING, PRIVATE, row_of
from drivetrain.market.listings.domain.car import DistanceUnit
from drivetrain.market.listings.domain.listing import Demonstration, Listing, ListingState
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.listings.domain.valuation import Valuation

_Version = Field(ge=1, lt=2**31, description="Of the listing as it was read; another one is a conflict.")
_FIELDS: dict[str, Any] = LISTING.schema()
_LISTING = Field(description="The car and its price, by the contract `listing`.", json_schema_extra=_FIELDS)


class NewListingBody(StrictBody):
    """A car to put on offer."""

    branch_id: UUID | None = Field(
        default=None,
        strict=False,
        description="Whose it is to be, for callers who act for the whole company; what the caller acts for without it.",
    )
    listing: dict[str, Any] = _LISTING


class EditedListingBody(StrictBody):
    """All that is said of a car now."""

    version: int = _Version
    listing: dict[str, Any] = _LISTING


class StateBody(StrictBody):
    """The state that a listing is to come to."""

    version: int = _Version
    state: Literal["live", "reserved", "sold", "withdrawn"] = Field(description="The state after it.")


class CarAnswer(TypedDict):
    """The fields of the contract `listing`; null for what is not known, or not for the caller."""

    make: str
    model: str
    variant: str | None
    year: int
    distance: int
    distance_unit: DistanceUnit
    price: float
    currency: str
    fuel: str | None
    gearbox: str | None
    engine_size_l: float | None
    power_kw: float | None
    drive: str | None
    body: str | None
    color: str | None
    doors: int | None
    seats: int | None
    owners: int | None
    equipment: str | None
    place: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    description: str | None
    vin: str | None
    reference: str | None


class PriceAnswer(TypedDict):
    """A price and since when it is asked, in whole units of the currency."""

    price: float
    currency: str
    since: str


class ValuationAnswer(TypedDict):
    """What the car is worth and what its price is for a buyer, in whole units of the currency.

    ``rating`` goes from `great` over `good`, `fair` and `high` to `overpriced`. ``price_share`` is the price as a share of
    the value. ``coverage`` is the share of such listings that the range is to hold. ``as_of_year`` is the year whose prices
    these are. The ledger has the decision under ``decision_id``.
    """

    value: float
    low: float
    high: float
    coverage: float
    currency: str
    rating: Literal["great", "good", "fair", "high", "overpriced"]
    price_share: float
    as_of_year: int
    decision_id: str
    model: str
    version: str
    valued_at: str


class ListingAnswer(TypedDict):
    """A listing. ``listing`` has the fields of the contract; ``vin`` and ``reference`` are null for others than its owner.

    ``demonstration`` marks demonstration stock: `published` for a row of a published table, `synthetic` for a car
    that is made up; null for a car that is for sale. ``prices`` are the history, oldest first; empty in lists.
    ``valuation`` is null where nothing values the car, in the answer to a change, and for about a second after one;
    ``not_valued`` then says why: `market.value_pending`, `market.not_on_sale`, `resale.no_country` (no model knows
    prices of the currency), `resale.no_champion` (its model is not released), or the code for which the model's
    contract refuses the car. ``branch_id`` is null where the listing is the whole company's, ``live_at`` until it
    goes live. ``cover`` is the id of its first photo, null where it has none and in the answer to a change.
    """

    listing_id: str
    company_id: str
    branch_id: str | None
    state: ListingState
    version: int
    listing: CarAnswer
    odometer_km: float
    prices: list[PriceAnswer]
    valuation: ValuationAnswer | None
    not_valued: str | None
    demonstration: Demonstration | None
    cover: str | None
    created_at: str
    changed_at: str
    live_at: str | None
    warnings: list[WarningAnswer]


class ListingList(TypedDict):
    """Listings, newest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[ListingAnswer]
    next: str | None


def _valuation(valuation: Valuation, price: Money) -> ValuationAnswer:
    return {
        "value": valuation.value.amount,
        "low": valuation.low.amount,
        "high": valuation.high.amount,
        "coverage": COVERAGE,
        "currency": valuation.value.currency,
        "rating": valuation.rating,  # type: ignore[typeddict-item]  # one of RATINGS
        "price_share": round(valuation.price_share(price), 4),
        "as_of_year": valuation.as_of_year,
        "decision_id": valuation.decision_id,
        "model": valuation.model,
        "version": valuation.version,
        "valued_at": iso_utc(valuation.valued_at),
    }


def listing_as_dict(
    listing: Listing, caller: Caller, warnings: Sequence[FieldWarning] = ()
) -> dict[str, object]:
    """A listing as its caller may see it."""
    row = row_of(listing.car, listing.price)
    is_own = caller.company == listing.owner.company and caller.branch in {None, listing.owner.branch}
    return {
        "listing_id": str(listing.listing_id),
        "company_id": str(listing.owner.company),
        "branch_id": None if listing.owner.branch is None else str(listing.owner.branch),
        "state": listing.state,
        "version": listing.version,
        "listing": {name: None if name in PRIVATE and not is_own else row[name] for name in LISTING.names},
        "odometer_km": round(listing.car.distance.km, 1),
        "prices": [
            {"price": each.price.amount, "currency": each.price.currency, "since": iso_utc(each.since)}
            for each in listing.prices
        ],
        "valuation": None if listing.valuation is None else _valuation(listing.valuation, listing.price),
        "not_valued": listing.not_valued,
        "demonstration": listing.demonstration,
        "cover": listing.cover,
        "created_at": iso_utc(listing.created_at),
        "changed_at": iso_utc(listing.changed_at),
        "live_at": None if listing.live_at is None else iso_utc(listing.live_at),
        "warnings": [warning.as_dict() for warning in warnings],
    }
