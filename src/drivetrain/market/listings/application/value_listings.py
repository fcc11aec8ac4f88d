"""Valuing live listings that were changed, or that another version than the present one valued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.car_values import CarValue, CarValues, OfferedCar
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.market.listings.application.ports import ListingValues
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.listings.domain.valuation import Valuation

CALLER = "market:listings"
"""Who asks, in the ledger: nobody acted on these decisions by themselves, so reports can leave them out."""


@dataclass(frozen=True, slots=True)
class ValuedListing:
    """What was found about one version of a listing.

    Attributes:
        model: the version that was asked; None where none values the currency.
        refusal: why there is no valuation, as a code; None where there is one.
    """

    listing: Listing
    model: ModelRef | None
    valuation: Valuation | None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class ValueListings:
    """Asks for the values of listings that have none, or an outdated one."""

    store: ListingValues
    values: CarValues
    clock: Clock

    def __call__(self, request_id: str, *, most: int | None) -> Sequence[ValuedListing]:
        """Value outdated listings; nothing is stored but the decisions in the ledger.

        Args:
            request_id: as it stands in the ledger.
            most: how many at the most; None for all.

        Raises:
            UnavailableError: a model, the ledger or the database cannot be reached.
        """
        versions = self.values.versions()
        listings = self.store.outdated(versions, most=most)
        if not listings:
            return []
        answers = self.values.value(list(map(_offered, listings)), caller=CALLER, request_id=request_id)
        return [
            self._valued(listing, answer)
            if isinstance(answer, CarValue)
            else ValuedListing(listing, versions.get(listing.price.currency), None, answer.code)
            for listing, answer in zip(listings, answers, strict=True)
        ]

    def _valued(self, listing: Listing, answer: CarValue) -> ValuedListing:
        value, low, high = (
            Money.rounded(amount, answer.currency) for amount in (answer.value, answer.low, answer.high)
        )
        model = answer.model
        valuation = Valuation(
            *(value, low, high, answer.rating, answer.as_of_year, answer.decision_id),
            *(model.name, model.version, self.clock.now()),
        )
        return ValuedListing(listing, model, valuation)


def _offered(listing: Listing) -> OfferedCar:
    car, price = listing.car, listing.price
    return OfferedCar(
        car.make,
        car.model,
        car.year,
        car.distance.km,
        price.amount,
        price.currency,
        car.variant,
        car.fuel,
        car.gearbox,
        car.engine_size_l,
        car.power_kw,
        car.drive,
        car.body,
        car.doors,
        car.seats,
        car.owners,
    )
