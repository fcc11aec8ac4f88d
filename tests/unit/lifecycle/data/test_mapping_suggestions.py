"""Headings are offered for missing columns by their names and by what stands under them, and never twice."""

from __future__ import annotations

import pytest

from drivetrain.lifecycle.data.column_mapping import MappedColumn
from drivetrain.lifecycle.data.contracts import Column, FlagColumn, ListColumn, NumberColumn
from drivetrain.lifecycle.data.mapping_suggestions import suggest_mapping

COLUMNS: dict[str, Column | None] = {
    "mileage": NumberColumn("mileage", "", "km", 0, 1_500_000, 0, 400_000, 1),
    "fuel": ListColumn("fuel", "", ("diesel", "petrol"), "diesel", {"essence": "petrol"}),
    "make": ListColumn("make", "", ("Audi",), "Audi", is_open=True),
    "has_gps": FlagColumn("has_gps", ""),
    "price": NumberColumn("price", "", "EUR", 1, 5_000, 20, 400, 1, whole=False),
    "trip_seconds": None,
}
ALSO_CALLED = {"mileage": ("kilométrage", "km"), "price": ("prix par jour", "prix"), "has_gps": ("gps",)}


def suggested(*missing: str, **ignored: list[str | None]) -> dict[str, str]:
    headings = {heading.replace("__", " "): cells for heading, cells in ignored.items()}
    suggestions = suggest_mapping(missing, headings, COLUMNS, ALSO_CALLED)
    return {suggestion.column: suggestion.heading for suggestion in suggestions}


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("MILEAGE__2024", "mileage"),
        ("milage", "mileage"),
        ("kilometrage", "mileage"),
        ("Kilométrage", "mileage"),
        ("km", "mileage"),
        ("GPS", "has_gps"),
        ("Prix__par__jour", "price"),
        ("Tripseconds", "trip_seconds"),
    ],
)
def test_a_name_that_is_alike_or_known_is_offered(heading: str, column: str) -> None:
    assert suggested(column, **{heading: []}) == {column: heading.replace("__", " ")}


@pytest.mark.parametrize(("column", "heading"), [("mileage", "Ville"), ("has_gps", "Ps"), ("price", "a")])
def test_nothing_is_offered_by_chance(column: str, heading: str) -> None:
    assert suggested(column, **{heading: ["1", "2"]}) == {}


def test_the_words_of_a_closed_list_tell_what_a_column_is() -> None:
    assert suggested("fuel", Sorte=["essence", "Diesel", None, ""]) == {"fuel": "Sorte"}
    assert suggested("fuel", Sorte=["essence", "bois", "charbon"]) == {}
    assert suggested("make", Sorte=["Audi"]) == {}  # an open list accepts any word
    assert suggested("fuel", Sorte=[]) == {}


def test_each_heading_is_offered_once_for_the_column_it_fits_best() -> None:
    assert suggested("price", "mileage", prix=[], prix__2=[]) == {"price": "prix"}
    assert suggested("fuel", "mileage", fuels=["1"], Sorte=["diesel"]) == {"fuel": "Sorte"}


@pytest.mark.parametrize(
    ("heading", "is_in_cents"),
    [("Prix (centimes)", True), ("price_cents", True), ("Prix", False), ("price accent", False)],
)
def test_a_heading_that_says_cents_is_offered_so_where_the_column_is_money(
    heading: str, is_in_cents: bool
) -> None:
    (suggestion,) = suggest_mapping(["price"], {heading: []}, COLUMNS, ALSO_CALLED)
    assert suggestion == MappedColumn(heading, "price", is_in_cents)


def test_what_is_no_money_is_never_in_cents() -> None:
    (suggestion,) = suggest_mapping(["mileage"], {"mileage cents": []}, COLUMNS, ALSO_CALLED)
    assert not suggestion.is_in_cents
