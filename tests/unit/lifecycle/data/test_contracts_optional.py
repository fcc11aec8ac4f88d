"""An optional column may be null, empty or absent, in JSON and in a table alike; a required one may not."""

from __future__ import annotations

import polars as pl
import pytest

from drivetrain.adapters.tabular.frame_checks import check_table
from drivetrain.core.errors import ContractError
from drivetrain.core.text import UNKNOWN_WORDS, spelling_key
from drivetrain.lifecycle.data.cells import match_header, read_cell
from drivetrain.lifecycle.data.contracts import (
    Contract,
    ListColumn,
    NumberColumn,
    RowContract,
    contract_from_dict,
)
from drivetrain.lifecycle.learning.features import FeatureEncoder, as_columns, fit_encoder
from drivetrain.products import MODELS


def number(name, **changed):
    return NumberColumn(name, "A number.", "km", 0, 100, 0, 50, example=7, **changed)


CONTRACT = Contract(
    "cars",
    "test",
    (
        number("age"),
        number("seats", optional=True),
        ListColumn("fuel", "A word.", ("petrol", "diesel"), "petrol", optional=True),
        ListColumn("trim", "Any word.", (), "Sport", is_open=True, optional=True),
    ),
    number("price"),
)
FULL = {"age": 3, "seats": 5, "fuel": "diesel", "trim": "Sport"}
BARE = {"age": 3, "seats": None, "fuel": None, "trim": None}


@pytest.mark.parametrize("raw", [{"age": 3}, BARE, {"age": 3, "fuel": None}])
def test_null_and_absent_are_the_same_row_without_a_warning(raw):
    assert CONTRACT.check_row(raw) == (BARE, ())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({**FULL, "age": None}, "test.age_not_a_number"),  # null where a value is needed
        ({"seats": 5}, "input.missing_field"),
        ({**FULL, "seats": "5"}, "test.seats_not_a_number"),  # optional is not lax
        ({**FULL, "seats": 101}, "test.seats_out_of_range"),
        ({**FULL, "fuel": "water"}, "test.unknown_fuel"),
        ({"age": 3, "seat": None}, "input.unknown_field"),
    ],
)
def test_everything_else_is_checked_as_before(raw, code):
    with pytest.raises(ContractError) as caught:
        CONTRACT.check_row(raw)
    assert [error.code for error in caught.value.errors] == [code]


def test_a_table_says_of_each_row_what_one_row_says():
    cells = pl.DataFrame(
        {
            "age": ["3", "3", "", "4"],
            "seats": ["5", " ", "5", "x"],
            "fuel": ["diesel", None, "petrol", ""],
            "trim": ["Sport", "", "A", ""],
        }
    )
    checked = check_table(cells, CONTRACT, with_target=False)
    assert checked.frame.to_dicts() == [FULL, BARE]
    assert checked.counts == {"input.missing_value": 1, "test.seats_not_a_number": 1}
    assert checked.warnings == ()


@pytest.mark.parametrize("word", ["", " ", "NA", "na", "N/A", "nan", "NaN", "null", "NULL", "-", " - "])
def test_one_list_of_words_says_that_an_optional_cell_is_not_known(word):
    cells = pl.DataFrame({"age": ["3"], "seats": [word], "fuel": [word], "trim": [word]})
    assert check_table(cells, CONTRACT, with_target=False).frame.to_dicts() == [BARE]
    assert [read_cell(column, word, "test") for column in CONTRACT.columns[1:]] == [None] * 3


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", " #VALUE! "])
def test_the_error_of_a_formula_is_refused_in_every_column_and_never_missing(error):
    cells = pl.DataFrame({"age": [error], "seats": [error], "fuel": [error], "trim": [error]})
    checked = check_table(cells, CONTRACT, with_target=False)
    assert checked.counts == {"input.error_value": 4}
    assert [each.column for each in checked.errors] == ["age", "seats", "fuel", "trim"]


@pytest.mark.parametrize("word", ["NA", "-", "null"])
def test_in_a_required_cell_and_in_json_such_a_word_is_a_wrong_value(word):
    cells = pl.DataFrame({"age": [word]})
    assert check_table(cells, CONTRACT, with_target=False).counts == {"test.age_not_a_number": 1}
    with pytest.raises(ContractError):
        CONTRACT.check_row({**FULL, "seats": word})


@pytest.mark.parametrize("word", ["NA", " n/a ", "nan", "-", "NULL"])
def test_in_a_table_such_a_word_is_no_new_word_of_a_required_open_list_but_in_json_it_is(word):
    make = ListColumn("make", "Any word.", ("Ford",), "Ford", is_open=True)
    contract = RowContract("t", "test", (make,))
    checked = check_table(pl.DataFrame({"make": ["Ford", word]}), contract, with_target=False)
    assert (checked.counts, checked.frame.to_dicts()) == ({"input.missing_value": 1}, [{"make": "Ford"}])
    (error,) = checked.errors
    assert error.detail == f"make is {word.strip()}, not known; every row needs a value."
    assert contract.check_row({"make": word})[0] == {"make": word.strip()}


def test_no_closed_list_of_the_platform_has_a_word_for_not_known_among_its_values():
    words = {
        spelling_key(written)
        for model in MODELS
        for column in model.contract.columns
        if isinstance(column, ListColumn)
        for written in (*column.values, *column.spellings)
    }
    assert words
    assert not words & UNKNOWN_WORDS


def test_a_table_may_lack_optional_columns_and_no_others():
    assert check_table(pl.DataFrame({"age": ["3"]}), CONTRACT, with_target=False).frame.to_dicts() == [BARE]
    with pytest.raises(ContractError):
        match_header(["seats"], CONTRACT.names, CONTRACT.optional_names)
    assert match_header(["AGE"], CONTRACT.names, CONTRACT.optional_names).positions == {"age": 0}


def test_an_optional_column_that_stands_twice_is_refused():
    with pytest.raises(ContractError):
        match_header(["age", "seats", "Seats"], CONTRACT.names, CONTRACT.optional_names)


def test_the_schema_says_what_may_be_left_out():
    schema = CONTRACT.schema()
    assert schema["required"] == ["age"]
    properties = schema["properties"]
    assert properties["age"]["type"] == "integer"
    assert properties["seats"]["type"] == ["integer", "null"]
    assert properties["fuel"]["enum"] == ["petrol", "diesel", None]


def test_optional_survives_the_way_to_the_parsing_process():
    assert contract_from_dict(CONTRACT.as_dict()) == CONTRACT


def test_missing_is_a_number_that_is_none_and_a_word_of_its_own():
    rows = as_columns([FULL, BARE], CONTRACT.names)
    encoder = fit_encoder(CONTRACT, rows, fewest=1)
    again = FeatureEncoder.from_dict(encoder.as_dict())
    for each in (encoder, again):
        full, bare = each.matrix(rows).tolist()
        assert full == [3, 5, 2, 1]
        assert bare[0] == 3
        assert bare[1] != bare[1]
        assert bare[2:] == [3, 2]  # after petrol and diesel; after Sport
