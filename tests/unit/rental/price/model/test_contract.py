"""The contract of a rental listing agrees with itself, with the recipe and with the table it describes."""

from __future__ import annotations

import pytest

from drivetrain.core.text import spelling_key
from drivetrain.lifecycle.data.contracts import FlagColumn, ListColumn, NumberColumn
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.dataset import RENTAL_PRICING
from drivetrain.rental.price.model.recipe import FALLING, RISING, PriceRecipe

LISTS = [column for column in RENTAL_PRICE.columns if isinstance(column, ListColumn)]
NUMBERS = [
    *(column for column in RENTAL_PRICE.columns if isinstance(column, NumberColumn)),
    RENTAL_PRICE.target,
]


def test_a_listing_has_thirteen_fields():
    assert len(RENTAL_PRICE.names) == len(set(RENTAL_PRICE.names)) == 13
    assert RENTAL_PRICE.target.name not in RENTAL_PRICE.names


def test_the_published_header_is_the_contract_with_row_number_and_price():
    assert RENTAL_PRICING.header == ("", *RENTAL_PRICE.names, RENTAL_PRICE.target.name)


@pytest.mark.parametrize("column", LISTS, ids=lambda column: column.name)
def test_no_two_words_of_a_list_are_spelled_alike_and_every_spelling_leads_to_a_word(column):
    keys = [spelling_key(word) for word in column.values]
    assert len(set(keys)) == len(keys)
    assert set(column.spellings.values()) <= set(column.values)
    assert not {spelling_key(written) for written in column.spellings} & set(keys)
    assert column.example in column.values


@pytest.mark.parametrize("column", NUMBERS, ids=lambda column: column.name)
def test_usual_bounds_lie_inside_the_bounds_and_the_example_inside_both(column):
    assert column.low <= column.usual_low <= column.example <= column.usual_high <= column.high
    assert column.why
    assert column.unit


def test_only_the_make_is_an_open_list():
    assert [column.name for column in LISTS if column.is_open] == ["model_key"]


def test_every_flag_and_number_has_a_direction_and_no_word_has_one():
    directed = {
        column.name for column in RENTAL_PRICE.columns if isinstance(column, (NumberColumn, FlagColumn))
    }
    assert set(PriceRecipe.from_settings(PriceRecipe.MONOTONE).directions) == directed
    assert not set(FALLING) & set(RISING)
