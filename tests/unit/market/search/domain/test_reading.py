"""What people type is read as filters, and what is not understood is said."""

from __future__ import annotations

import pytest
from tests.support.market import listed_car

from drivetrain.market.search.domain.columns import Columns
from drivetrain.market.search.domain.lexicon import Lexicon
from drivetrain.market.search.domain.query import Range
from drivetrain.market.search.domain.reading import KW_PER_HP, Reading, read_text, tokens_of

LEXICON = Lexicon.of(
    Columns.of(
        [
            listed_car(0, fuel="diesel", body="wagon", color="blue", gearbox="automatic", place="Leeds"),
            listed_car(1, "BMW", "X5", fuel="petrol", color="red", body="suv"),
            listed_car(2, "Hyundai", "Tucson", fuel="hybrid", drive="all"),
            listed_car(3, "Mazda", "3", color="gray"),
            listed_car(4, "Peugeot", "2008", place="Gold Coast"),
            listed_car(5, "Peugeot", "208", color="gold"),
            listed_car(6, "Volkswagen", "Golf", gearbox="manual", fuel="electric"),
            listed_car(7, "Mercedes-Benz", "C-Class", body="convertible"),
            listed_car(8, "Audi", "Coupe"),
            listed_car(9, "Hyundai", "Coupe"),
            listed_car(10, "Seat", "Ibiza"),
            listed_car(11, "BMW", "3"),  # as some sellers write it
        ]
    )
)


def words(text: str) -> dict[str, set[str]]:
    return {name: set(of) for name, of in read_text(text, LEXICON).words.items()}


def test_a_misspelt_search_becomes_filters_that_can_be_seen():
    read = read_text("bmw 3 seris diesel under 15k", LEXICON)
    assert read.readings == [
        Reading("make", "bmw", "BMW"),
        Reading("model", "3 seris", "3 Series", is_corrected=True),
        Reading("fuel", "diesel", "diesel"),
        Reading("price", "under 15k", bounds=Range(high=15_000)),
    ]
    assert read.unread == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hyundai tucsn blue", {"make": {"Hyundai"}, "model": {"Tucson"}, "color": {"blue"}}),
        ("golf", {"make": {"Volkswagen"}, "model": {"Golf"}}),  # only one make has it
        ("coupe", {"model": {"Coupe"}}),  # two makes have it
        ("audi coupe", {"make": {"Audi"}, "model": {"Coupe"}}),
        ("vw glof", {"make": {"Volkswagen"}, "model": {"Golf"}}),
        ("merc c class cabrio", {"make": {"Mercedes-Benz"}, "model": {"C-Class"}, "body": {"convertible"}}),
        ("mazda 3", {"make": {"Mazda"}, "model": {"3"}}),
        ("bmw 3", {"make": {"BMW"}, "model": {"3"}}),
        ("bmw 3 diesel", {"make": {"BMW"}, "model": {"3"}, "fuel": {"diesel"}}),
        ("mazda 3 seris", {"make": {"Mazda"}, "model": {"3"}}),  # Mazda has none
        ("peugeot 2008", {"make": {"Peugeot"}, "model": {"2008"}}),  # no year behind its make
        ("208", {}),  # digits alone are no model
        ("peugeot 308", {"make": {"Peugeot"}}),  # digits are never corrected
        ("red or grey estate", {"color": {"red", "gray"}, "body": {"wagon"}}),
        ("awd elektric auto", {"drive": {"all"}, "fuel": {"electric"}, "gearbox": {"automatic"}}),
        ("gold coast", {"place": {"Gold Coast"}}),  # the longer phrase wins over the color
        ("SEAT Ibiza 5 seats", {"make": {"Seat"}, "model": {"Ibiza"}}),
        ("BMW 3-Séries", {"make": {"BMW"}, "model": {"3 Series"}}),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "field", "bounds"),
    [
        ("under 15k", "price", Range(high=15_000)),
        ("<15000", "price", Range(high=15_000)),
        ("up to 20,000", "price", Range(high=20_000)),
        ("at least 5000", "price", Range(low=5_000)),
        ("£5k-10k", "price", Range(5_000, 10_000)),
        ("between 10 and 15k", "price", Range(10_000, 15_000)),
        ("10-15k", "price", Range(10_000, 15_000)),
        ("12.500 euro", "price", Range(high=12_500)),
        ("1.5 lakh", "price", Range(high=150_000)),
        ("under 2000", "price", Range(high=2_000)),
        ("under 60000 km", "odometer_km", Range(high=60_000)),
        ("less than 60k kms", "odometer_km", Range(high=60_000)),
        ("10000 miles", "odometer_km", Range(high=16_093.44)),
        ("from 2015", "year", Range(low=2015)),
        ("2015+", "year", Range(low=2015)),
        ("newer than 2015", "year", Range(low=2016)),
        ("before 2015", "year", Range(high=2014)),
        ("2015", "year", Range(2015, 2015)),
        ("2015-2018", "year", Range(2015, 2018)),
        ("150 hp", "power_kw", Range(low=round(150 * KW_PER_HP))),
        ("over 110kw", "power_kw", Range(low=110)),
        ("5 doors", "doors", Range(5, 5)),
        ("7 seater", "seats", Range(7, 7)),
        ("2.0l", "engine_size_l", Range(2.0, 2.0)),
        ("max 1 owner", "owners", Range(high=1)),
    ],
)
def test_numbers(text, field, bounds):
    read = read_text(text, LEXICON)
    assert set(read.ranges) == {field}
    assert read.ranges[field].low == (None if bounds.low is None else pytest.approx(bounds.low))
    assert read.ranges[field].high == (None if bounds.high is None else pytest.approx(bounds.high))
    assert read.unread == []


@pytest.mark.parametrize(
    ("text", "currency"), [("£5k", "GBP"), ("under €8.000", "EUR"), ("20000 gbp", "GBP"), ("5k", None)]
)
def test_currencies(text, currency):
    assert read_text(text, LEXICON).currency == currency


def test_equipment():
    read = read_text("bmw with satnav and heated seats", LEXICON)
    assert read.equipment == {"navigation", "heated_seats"}
    assert (words("bmw with satnav"), read.unread) == ({"make": {"BMW"}}, [])


def test_both_ends_of_a_range_may_be_said_apart():
    assert read_text("over 5k under 10k", LEXICON).ranges == {"price": Range(5_000, 10_000)}


@pytest.mark.parametrize(
    "text", ["", " ", "under", "<script>alert(1)</script>", "%_\\", "٣", "🚗" * 300, "a" * 5_000]
)
def test_any_text_is_read(text):
    assert read_text(text, LEXICON).readings == []


def test_what_is_not_understood_is_said():
    assert read_text("xyzzy bmw 118d", LEXICON).unread == ["xyzzy", "118d"]


def test_a_long_text_is_cut():
    assert len(tokens_of("x " * 500)) == 40
