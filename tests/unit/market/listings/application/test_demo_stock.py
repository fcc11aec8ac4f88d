"""Rows of the published tables become listings of the same contract as any dealer's."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.market import MemoryListings

from drivetrain.market.listings.application.demo_stock import PUBLISHED, StockReport, TakeDemoStock
from drivetrain.market.listings.domain.car import Distance, DistanceUnit
from drivetrain.market.listings.domain.listing import ListingState, Owner
from drivetrain.market.listings.domain.money import Money

UK, AU, IN = PUBLISHED
OWNER = Owner(UUID(int=1))
BRITISH = {
    "make": "vw",
    "model": "Golf",
    "year": "2017",
    "price": "12000",
    "transmission": "Semi-Auto",
    "mileage": "15735",
    "fuelType": "Petrol",
    "engineSize": "0.0",
}
AUSTRALIAN = {
    "Brand": "Toyota",
    "Model": "86",
    "Year": "2013",
    "Transmission": "-",
    "Engine": "4 cyl, 2.2 L",
    "DriveType": "AWD",
    "FuelType": "Unleaded",
    "Kilometres": "82012",
    "ColourExtInt": "Dark Grey / Black",
    "Location": "Caringbah, NSW",
    "BodyType": "Ute / Tray",
    "Doors": " 5 Seats",
    "Seats": " 5 Seats",
    "Price": "29558",
}
INDIAN = {
    "Make": "Maruti Suzuki",
    "Model": "Swift VXi [2014-2017]",
    "Price": "849000",
    "Year": "2015",
    "Kilometer": "85000",
    "Fuel Type": "Petrol + CNG",
    "Transmission": "Manual",
    "Location": "Mumbai",
    "Color": "White",
    "Owner": "4 or More",
    "Engine": "1198 cc",
    "Max Power": "87 bhp @ 6000 rpm",
    "Drivetrain": "FWD",
    "Seating Capacity": "5",
}


@pytest.fixture
def store() -> MemoryListings:
    return MemoryListings()


def take(store, table, *rows) -> StockReport:
    return TakeDemoStock(store, FixedClock(datetime(2026, 12, 1, tzinfo=UTC)))(
        table, rows, OWNER, is_synthetic=False
    )


def only_car(store, table, row):
    assert take(store, table, row).added == 1
    (listing,) = store.kept.values()
    assert (listing.state, listing.owner, listing.live_at) == (ListingState.LIVE, OWNER, listing.created_at)
    return listing


def test_a_british_row(store):
    listing = only_car(store, UK, BRITISH)
    assert listing.price == Money(1_200_000, "GBP")
    car = listing.car
    assert (car.make, car.model, car.distance) == ("Volkswagen", "Golf", Distance(15_735, DistanceUnit.MILES))
    assert (car.gearbox, car.engine_size_l, car.place.country) == ("semi_automatic", None, "GB")


def test_an_australian_row(store):
    car = only_car(store, AU, AUSTRALIAN).car
    assert (car.gearbox, car.fuel, car.drive, car.body, car.color) == (
        None,
        "petrol",
        "all",
        "pickup",
        "gray",
    )
    assert (car.engine_size_l, car.doors, car.seats, car.place.name) == (2.2, None, 5, "Caringbah")


def test_an_indian_row(store):
    car = only_car(store, IN, INDIAN).car
    assert (car.model, car.variant, car.fuel, car.owners) == ("Swift", "VXi [2014-2017]", "cng", 4)
    assert (car.engine_size_l, car.power_kw, car.color, car.place.name) == (1.2, 65.0, "white", "Mumbai")


@pytest.mark.parametrize(
    ("make", "written"), [("bmw", "BMW"), ("audi", "Audi"), ("mercedes", "Mercedes-Benz")]
)
def test_british_makes_are_written_as_their_makers_do(store, make, written):
    assert only_car(store, UK, {**BRITISH, "make": make}).car.make == written


def test_rows_that_the_contract_refuses_are_counted_by_reason(store):
    report = take(
        store,
        AU,
        AUSTRALIAN,
        {**AUSTRALIAN, "Price": "POA"},
        {**AUSTRALIAN, "Kilometres": "-"},
        {**AUSTRALIAN, "Kilometres": None},
    )
    assert (report.added, dict(report.refused)) == (
        1,
        {"market.price_not_a_number": 1, "input.missing_field": 2},
    )


def test_the_same_table_again_adds_nothing_and_another_company_has_its_own(store):
    assert take(store, UK, BRITISH, BRITISH).added == 2
    again = take(store, UK, BRITISH, BRITISH)
    assert (again.added, again.known, len(store.kept)) == (0, 2, 2)
    others = TakeDemoStock(store, FixedClock(datetime(2026, 12, 1, tzinfo=UTC)))
    assert others(UK, [BRITISH], Owner(UUID(int=2)), is_synthetic=True).added == 1
    descriptions = {each.owner.company.int: each.car.description for each in store.kept.values()}
    assert "synthetic" in descriptions[2]
    assert "not for sale" in descriptions[1]
    kinds = {each.owner.company.int: each.demonstration for each in store.kept.values()}
    assert (kinds[1], kinds[2]) == ("published", "synthetic")


def test_many_rows_go_in_pieces(store):
    assert take(store, UK, *[BRITISH] * 2_001).added == 2_001
