from __future__ import annotations

from typing import Any

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.data.contracts import ListColumn
from drivetrain.market.stock.application.mapping import (
    StockMapping,
    read_mapping,
    suggest_columns,
    suggest_words,
)

GERMAN = {
    "columns": {"Marke": "make", "Preis": "price"},
    "words": {"fuel": {"Benziner": "petrol"}, "equipment": {"Klima": "air_conditioning"}},
    "fixed": {"currency": "eur", "year": "2019"},
}


def test_a_mapping_reads_what_it_writes() -> None:
    mapping = read_mapping(GERMAN)
    assert mapping.fixed == {"currency": "EUR", "year": 2019}
    assert read_mapping(mapping.as_dict()) == mapping
    assert read_mapping({}) == StockMapping()


def test_the_contract_knows_the_words_and_not_what_is_fixed() -> None:
    contract = read_mapping(GERMAN).contract()
    assert not {"currency", "year"} & set(contract.names)
    (fuel,) = [column for column in contract.columns if column.name == "fuel"]
    assert isinstance(fuel, ListColumn)
    assert fuel.canonical("benziner") == "petrol"
    assert fuel.canonical("unleaded") == "petrol"


def test_the_file_is_asked_for_its_own_headings() -> None:
    headings = read_mapping(GERMAN).headings()
    assert (headings["make"], headings["model"]) == ("Marke", "model")
    assert "currency" not in headings


@pytest.mark.parametrize(
    "plain",
    [
        {"columns": {"Preis": "prise"}},  # no such field
        {"columns": {"Preis": "price", "VK": "price"}},  # twice
        {"columns": {"Währung": "currency"}, "fixed": {"currency": "EUR"}},  # read and fixed
        {"words": {"fuel": {"Benziner": "benzene"}}},
        {"words": {"price": {"teuer": "100"}}},  # has no words
        {"words": {"equipment": {"Klima": "aircon"}}},
        {"words": {"fuel": {" ": "petrol"}}},
        {"words": {"make": {f"w{n}": "BMW" for n in range(2_001)}}},
        {"fixed": {"colour": "red"}},
        {"fixed": {"year": "soon"}},
        {"fixed": {"fuel": ""}},
    ],
)
def test_a_wrong_mapping_is_refused(plain: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read_mapping(plain)
    assert refusal.value.code == "data.bad_mapping"
    assert refusal.value.errors


def test_headings_of_several_languages_are_offered() -> None:
    ignored = {"Marke": ["BMW"], "Kilométrage": ["1"], "Verkaufspreis": ["2"], "FIN": ["X"], "x": []}
    assert suggest_columns(["make", "distance", "price", "vin"], ignored) == {
        "Marke": "make",
        "Kilométrage": "distance",
        "Verkaufspreis": "price",
        "FIN": "vin",
    }


def test_words_are_offered_where_they_are_known_or_nearly() -> None:
    offered = suggest_words({"fuel": ["Benzin", "Dissel", "qqq"], "equipment": ["Sitzheizung"]})
    assert offered == {
        "fuel": {"Benzin": "petrol", "Dissel": "diesel"},
        "equipment": {"Sitzheizung": "heated_seats"},
    }
