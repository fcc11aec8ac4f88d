"""The parameters of a search are read, or each that is wrong is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.datastructures import QueryParams
from tests.support.market import listed_car
from tests.support.saved_searches import random_query

from drivetrain.core.errors import ContractError
from drivetrain.market.search.adapters.parameters import (
    LIMITS,
    NAMES,
    address_of,
    described,
    described_limits,
    read_limits,
    read_search,
)
from drivetrain.market.search.domain.columns import Columns
from drivetrain.market.search.domain.places import Places
from drivetrain.market.search.domain.query import Circle, Cursor, Range, SearchQuery, Sort


def test_no_parameters_ask_for_everything():
    asked = read_search(QueryParams(""), "GBP")
    assert asked.query == SearchQuery(currency="GBP")
    assert (asked.text, asked.currency, asked.with_facets) == ("", None, True)


def test_all_parameters_are_read():
    cursor = Cursor(Sort.PRICE_UP, 14.5, f"{1:032x}")
    address = (
        "q=bmw%20diesel&make=BMW&make=Audi&price_max=15000&year_min=2015&year_max=2018&equipment=navigation"
        "&near=53.8,-1.5&radius_km=50&currency=INR&sort=price&limit=7&facets=false&cursor=" + str(cursor)
    )
    asked = read_search(QueryParams(address), "EUR")
    assert asked.query == SearchQuery(
        {"make": frozenset({"BMW", "Audi"})},
        {"price": Range(high=15_000), "year": Range(2015, 2018)},
        frozenset({"navigation"}),
        Circle(53.8, -1.5, 50.0),
        "INR",
        Sort.PRICE_UP,
        cursor,
        7,
    )
    assert (asked.text, asked.currency, asked.with_facets) == ("bmw diesel", "INR", False)


@pytest.mark.parametrize(
    ("address", "code", "pointer"),
    [
        ("colour=red", "market.unknown_parameter", "/query/colour"),
        ("sort=price;drop", "market.unknown_sort", "/query/sort"),
        ("sort=nearest", "market.no_place", "/query/sort"),
        ("radius_km=5", "market.no_place", "/query/near"),
        ("near=here", "market.unknown_place", "/query/near"),
        ("near=%3B", "market.bad_place", "/query/near"),
        ("near=91,0", "market.bad_place", "/query/near"),
        ("near=nan,0", "market.bad_place", "/query/near"),
        ("price_max=cheap", "market.bad_number", "/query/price_max"),
        ("price_max=nan", "market.bad_number", "/query/price_max"),
        ("price_max=1e13", "market.bad_number", "/query/price_max"),
        ("price_max=1&price_max=2", "market.given_twice", "/query/price_max"),
        ("limit=0", "market.bad_number", "/query/limit"),
        ("limit=101", "market.bad_number", "/query/limit"),
        ("limit=1.5", "market.bad_number", "/query/limit"),
        ("make=" + "x" * 65, "market.bad_word", "/query/make"),
        ("make=%00", "market.bad_word", "/query/make"),
        ("make=", "market.bad_word", "/query/make"),
        ("equipment=jacuzzi", "market.unknown_equipment", "/query/equipment"),
        ("currency=XXX", "market.unknown_currency", "/query/currency"),
        ("cursor=x", "market.bad_cursor", "/query/cursor"),
        ("q=" + "x" * 201, "market.text_too_long", "/query/q"),
        ("facets=maybe", "market.unknown_facets", "/query/facets"),
    ],
)
def test_what_is_wrong_is_named(address, code, pointer):
    with pytest.raises(ContractError) as refused:
        read_search(QueryParams(address), "EUR")
    assert [(error.code, error.pointer) for error in refused.value.errors] == [(code, pointer)]


def test_limits_are_filters_without_text_order_and_cursor():
    asked = read_limits(QueryParams("fuel=diesel&price_max=9000&currency=GBP&limit=5"))
    assert asked.query == SearchQuery(
        {"fuel": frozenset({"diesel"})}, {"price": Range(high=9_000)}, currency="GBP", size=5
    )
    assert asked.currency == "GBP"
    assert read_limits(QueryParams("")).currency is None
    with pytest.raises(ContractError) as refused:
        read_limits(QueryParams("q=bmw&sort=price&cursor=x&facets=true&limit=0"))
    pointers = [error.pointer for error in refused.value.errors]
    assert pointers == [*("/query/cursor", "/query/facets", "/query/q", "/query/sort", "/query/limit")]


def test_words_that_mean_something_elsewhere_are_only_words():
    words = {"%", "_", "\\", ".*", "' OR 1=1 --", "<script>"}
    asked = read_search(QueryParams([("make", word) for word in sorted(words)]), "EUR")
    assert asked.query.words == {"make": words}


@pytest.mark.parametrize(
    ("address", "name", "word"),
    [("make=VW", "make", "Volkswagen"), ("color=grey", "color", "gray"), ("make=volvo", "make", "volvo")],
)
def test_words_may_be_written_as_in_listings(address, name, word):
    assert read_search(QueryParams(address), "EUR").query.words[name] == {word}


def test_the_document_names_every_parameter():
    assert {each["name"] for each in described()} == NAMES
    assert {each["name"] for each in described_limits()} == LIMITS


def test_a_place_may_be_a_town_where_a_car_stands():
    cars = [listed_car(1, place="Leeds", country="GB", latitude=53.8, longitude=-1.5)]
    places = Places.of(Columns.of(cars))
    query = read_search(QueryParams("near=leeds&radius_km=20&sort=nearest"), "GBP", places).query
    assert query.circle == Circle(53.8, -1.5, 20)
    assert read_limits(QueryParams("near=Leeds, GB"), places=places).query.circle == Circle(53.8, -1.5)
    with pytest.raises(ContractError) as refused:
        read_search(QueryParams("near=Leds"), "GBP", places)
    (error,) = refused.value.errors
    assert (error.code, error.pointer) == ("market.unknown_place", "/query/near")
    assert "Did you mean Leeds?" in error.detail


def test_the_address_of_filters_is_read_as_the_same_filters() -> None:
    for seed in range(200):
        query = random_query(seed)
        circle = None if query.circle is None or query.circle.radius_km is None else query.circle
        address = address_of(query)
        assert read_limits(QueryParams(address)).query == replace(query, circle=circle)
        assert address_of(read_limits(QueryParams(address)).query) == address


def test_an_address_holds_whatever_a_word_holds() -> None:
    query = SearchQuery({"place": frozenset({"a&b=c", "d+e", "ü%20"})}, {"price": Range(0.1, 15_000.0)})
    assert read_limits(QueryParams(address_of(query))).query == query
    assert "price_max=15000&" in address_of(query)
