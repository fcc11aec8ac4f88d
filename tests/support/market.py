"""Made-up cars on sale, for tests of the market."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from drivetrain.accounts.notifications.domain.messages import kind_of
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.kit.car_values import CarValue, NotValued, OfferedCar
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.market.listings.application.ports import ListingPage, ReportPage
from drivetrain.market.listings.domain.car import (
    BODIES,
    COLORS,
    EQUIPMENT,
    FUELS,
    GEARBOXES,
    Car,
    Distance,
    DistanceUnit,
    Place,
)
from drivetrain.market.listings.domain.listing import SHOWN, Listing, ListingState, Owner, PriceChange
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.listings.domain.report import Report, ReportState
from drivetrain.market.listings.domain.valuation import RATINGS
from drivetrain.market.search.domain.columns import ListedCar

MODELS = (
    *(("BMW", "3 Series"), ("BMW", "X5"), ("Mazda", "3"), ("Peugeot", "208"), ("Peugeot", "2008")),
    *(("Volkswagen", "Golf"), ("Hyundai", "Tucson"), ("Mercedes-Benz", "C-Class"), ("Fiat", "500")),
)


def listed_car(number: int, make: str = "BMW", model: str = "3 Series", **fields: object) -> ListedCar:
    """A car with a number for its id."""
    usual = ListedCar(f"{number:032x}", make, model, 15_000.0, "EUR", 2018, 60_000.0, 1_000.0 + number)
    return usual._replace(**fields)  # type: ignore[arg-type]


def listed_cars(count: int, *, seed: int = 1) -> Sequence[ListedCar]:
    """Cars drawn at random, with gaps in what is known of them, and many equal numbers."""
    draw = random.Random(seed)

    def or_unknown(value: object) -> object:
        return value if draw.random() < 0.8 else None

    def car() -> ListedCar:
        make, model = draw.choice(MODELS)
        has_place = draw.random() < 0.7
        return ListedCar(
            listing_id=f"{draw.getrandbits(128):032x}",
            make=make,
            model=model,
            price=float(draw.randrange(1, 60) * 1_000),
            currency=draw.choice(("EUR", "EUR", "GBP", "INR", "ZAR")),
            year=draw.randrange(2005, 2026),
            odometer_km=float(draw.randrange(0, 30) * 10_000),
            live_at_s=float(draw.randrange(100)),
            fuel=or_unknown(draw.choice(FUELS)),  # type: ignore[arg-type]
            gearbox=or_unknown(draw.choice(GEARBOXES)),  # type: ignore[arg-type]
            body=or_unknown(draw.choice(BODIES)),  # type: ignore[arg-type]
            color=or_unknown(draw.choice(COLORS)),  # type: ignore[arg-type]
            power_kw=or_unknown(float(draw.randrange(50, 200))),  # type: ignore[arg-type]
            doors=or_unknown(draw.choice((3, 5))),  # type: ignore[arg-type]
            equipment=frozenset(draw.sample(EQUIPMENT, draw.randrange(6))),
            latitude=draw.uniform(50, 52) if has_place else None,
            longitude=draw.uniform(-2, 1) if has_place else None,
            deal=or_unknown(draw.choice(RATINGS)),  # type: ignore[arg-type]
            price_share=or_unknown(draw.randrange(50, 150) / 100),  # type: ignore[arg-type]
        )

    return [car() for _ in range(count)]


class MemoryListings:
    """The port ``ListingStore`` in memory."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Listing] = {}

    def add(self, new: Sequence[Listing]) -> int:
        added = {each.listing_id: each for each in new if each.listing_id not in self.kept}
        self.kept.update(added)
        return len(added)

    def change(self, listing_id: UUID, owner: Owner, change: Callable[[Listing], Listing]) -> Listing:
        former = self.kept.get(listing_id)
        if former is None or not is_within(former, owner):
            raise NotFoundError("none", code="market.unknown_listing")
        listing = change(former)
        if listing.price != former.price:
            listing = replace(
                listing, prices=(*former.prices, PriceChange(listing.price, listing.changed_at))
            )
        self.kept[listing_id] = listing
        return listing

    def find(self, listing_id: UUID, owner: Owner | None) -> Listing:
        listing = self.kept.get(listing_id)
        is_own = listing is not None and owner is not None and is_within(listing, owner)
        if listing is None or not (listing.state in SHOWN or is_own):
            raise NotFoundError("none", code="market.unknown_listing")
        return listing

    def owned(self, owner: Owner, state: ListingState | None, before: UUID | None, most: int) -> ListingPage:
        items = [
            each
            for each in sorted(self.kept.values(), key=lambda each: each.listing_id, reverse=True)
            if is_within(each, owner)
            and state in {None, each.state}
            and (before is None or each.listing_id < before)
        ]
        return ListingPage(items[:most], items[most - 1].listing_id if len(items) > most else None)


class MemoryReports:
    """The port ``ReportStore`` in memory."""

    def __init__(self, listings: MemoryListings) -> None:
        self.kept: dict[UUID, Report] = {}
        self._listings = listings

    def add(self, report: Report) -> None:
        if any(
            (each.listing_id, each.reporter) == (report.listing_id, report.reporter)
            for each in self.kept.values()
        ):
            raise ConflictError("twice", code="market.already_reported")
        self.kept[report.report_id] = report

    def page(self, state: ReportState | None, after: UUID | None, most: int) -> ReportPage:
        items = [
            self.kept[each]
            for each in sorted(self.kept)
            if state in {None, self.kept[each].state} and (after is None or each > after)
        ]
        return ReportPage(items[:most], items[most - 1].report_id if len(items) > most else None)

    def decide(
        self,
        report_id: UUID,
        decide: Callable[[Report], Report],
        change: Callable[[Listing], Listing] | None,
    ) -> Report:
        if report_id not in self.kept:
            raise NotFoundError("none", code="market.unknown_report")
        report = self.kept[report_id] = decide(self.kept[report_id])
        if change is not None:
            self._listings.kept[report.listing_id] = change(self._listings.kept[report.listing_id])
        return report


def is_within(listing: Listing, owner: Owner) -> bool:
    return listing.owner.company == owner.company and owner.branch in {None, listing.owner.branch}


class KeptAnnouncements:
    """The port ``Announcements``: keeps what would be told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, UUID | None, Mapping[str, str]]] = []

    def announce(
        self,
        connection: object,
        message: str,
        roles: Sequence[str],
        arguments: Mapping[str, str],
        *,
        company: UUID | None = None,
        people: Sequence[UUID] = (),
    ) -> None:
        kind_of(message).check(arguments)
        self.told.append((message, company, arguments))


class FixedCarValues:
    """The port ``CarValues``: every car priced in GBP is worth the same."""

    def __init__(self, worth: float = 10_000.0, version: str = "1") -> None:
        self.worth = worth
        self.version = version
        self.asked: list[tuple[OfferedCar, str]] = []

    def versions(self) -> Mapping[str, ModelRef]:
        return {"GBP": ModelRef("used-car-price", self.version)}

    def value(
        self, cars: Sequence[OfferedCar], *, caller: str, request_id: str
    ) -> Sequence[CarValue | NotValued]:
        self.asked += [(car, caller) for car in cars]
        return [self._valued(car) for car in cars]

    def _valued(self, car: OfferedCar) -> CarValue | NotValued:
        if car.currency != "GBP":
            return NotValued("resale.no_country")
        low, high = 0.9 * self.worth, 1.1 * self.worth
        rating = "great" if car.price < low else "overpriced" if car.price > high else "fair"
        model = ModelRef("used-car-price", self.version)
        return CarValue(self.worth, low, high, "GBP", rating, 2020, str(uuid4()), model)


class MemoryLiveCars:
    """The port ``LiveCars`` in memory."""

    def __init__(self, cars: Sequence[ListedCar] = ()) -> None:
        self.cars = {car.listing_id: car for car in cars}

    def all(self) -> Sequence[ListedCar]:
        return list(self.cars.values())

    def of(self, ids: Collection[str]) -> Sequence[ListedCar]:
        return [self.cars[each] for each in sorted(ids) if each in self.cars]

    def shown(self, ids: Collection[str]) -> Mapping[str, Listing]:
        return {each: listing_of(self.cars[each]) for each in ids if each in self.cars}


def listing_of(car: ListedCar) -> Listing:
    """A live listing with what the index knows of a car."""
    at = datetime.fromtimestamp(car.live_at_s, UTC)
    return Listing(
        UUID(car.listing_id),
        Owner(UUID(int=1)),
        Car(
            car.make,
            car.model,
            car.year,
            Distance(round(car.odometer_km), DistanceUnit.KM),
            place=Place(car.place, car.country, car.latitude, car.longitude),
        ),
        Money.of(car.price, car.currency),
        ListingState.LIVE,
        2,
        at,
        at,
        "test",
        at,
    )
