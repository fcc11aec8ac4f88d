from __future__ import annotations

from typing import Any

from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.stock.application.mapping import read_mapping
from drivetrain.market.stock.application.read_rows import RowReader, refused_cars

CAR = dict(LISTING.example())


def rows_of(*rows: dict[str, Any], mapping: dict[str, Any] | None = None) -> RowReader:
    reader = RowReader(read_mapping(mapping or {}))
    for number, row in enumerate(rows, start=1):
        reader.take(number, row)
    return reader


def another(**fields: Any) -> dict[str, Any]:
    return {**CAR, "vin": None, "reference": None, **fields}


def test_a_row_is_a_car_with_its_price_and_identity() -> None:
    reader = rows_of(CAR)
    ((read,), ((car, price),)) = reader.cars, reader.offers
    assert (read.row, car.make, price.amount) == (1, "Volkswagen", 14_990)
    assert (read.identity.vin, read.identity.reference) == ("WVWZZZAUZJW000001", "a-4711")


def test_the_digest_follows_whatever_the_row_says_and_nothing_else() -> None:
    same, other = another(description="One owner."), another(description="Two owners.")
    first, again, changed = rows_of(same, {**same, "equipment": "heated_seats;navigation"}, other).cars
    assert first.digest == again.digest
    assert first.digest != changed.digest


def test_values_of_all_rows_are_added() -> None:
    bare = {name: value for name, value in another().items() if name not in {"currency", "distance_unit"}}
    mapping = {"fixed": {"currency": "GBP", "distance_unit": "miles"}}
    ((car, price),) = rows_of(bare, mapping=mapping).offers
    assert (price.currency, car.distance.unit.value) == ("GBP", "miles")


def test_equipment_that_nobody_knows_is_counted_and_the_car_is_taken() -> None:
    words = {"words": {"equipment": {"Klima": "air_conditioning"}}}
    reader = rows_of(another(equipment="Klima | Alufelgen; sunroof"), mapping=words)
    assert reader.offers[0][0].equipment == {"air_conditioning", "sunroof"}
    assert reader.unread_words["equipment"] == {"Alufelgen": 1}


def test_a_car_that_stands_in_the_table_twice_is_taken_once() -> None:
    reader = rows_of(another(reference="A"), another(reference=" a "), another(), another())
    assert [each.row for each in reader.cars] == [1, 3, 4]
    ((number, (error,)),) = reader.errors.items()
    assert (number, error.row, error.column, error.code) == (2, 2, "reference", "market.duplicate_row")


def test_what_does_not_fit_together_is_refused_in_its_row() -> None:
    reader = rows_of(another(latitude=None), another(country="Germany"), another(price=1.234))
    assert reader.cars == []
    assert {number: errors[0].code for number, errors in reader.errors.items()} == {
        1: "market.half_a_place",
        2: "market.bad_country",
        3: "market.price_too_fine",
    }
    assert reader.errors[1][0].column == "latitude"


def test_refused_rows_say_which_cars_they_are() -> None:
    refused = refused_cars([("wvw-123456", None), (None, " B 7 "), ("?", None)])
    assert refused.vins == {"WVW123456"}
    assert refused.references == {"b 7"}
    assert refused.has_nameless
    assert not refused_cars([]).has_nameless
