"""One request and a million rows become the same numbers, and the vocabulary travels with the model."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from tests.support.listings import LISTINGS, listing, small_table

from drivetrain.lifecycle.learning.features import (
    RARE,
    Feature,
    FeatureEncoder,
    as_columns,
    fit_encoder,
    logged_columns,
    take,
)
from drivetrain.rental.price.model.contract import RENTAL_PRICE

ROWS = as_columns(LISTINGS, RENTAL_PRICE.names)


@pytest.fixture(scope="module")
def encoder() -> FeatureEncoder:
    return fit_encoder(RENTAL_PRICE, small_table().rows, fewest=5, most={"mileage": 400_000.0})


def one(row):
    return {name: (value,) for name, value in row.items()}


def test_a_row_alone_has_the_same_numbers_as_in_a_batch(encoder):
    batch = encoder.matrix(ROWS)
    assert [encoder.matrix(one(row)).tobytes() for row in LISTINGS] == [row.tobytes() for row in batch]


def test_a_row_as_a_list_has_the_bits_of_the_matrix(encoder):
    batch = encoder.matrix(ROWS)
    assert [np.asarray(encoder.row(row)).tobytes() for row in LISTINGS] == [row.tobytes() for row in batch]


def test_one_row_is_encoded_as_many_are_with_nothing_beyond_a_cap_and_without_a_value():
    encoder = FeatureEncoder(
        (
            Feature("km", most=400_000.0),
            Feature("flag"),
            Feature("word", (None, "a", "b")),
            Feature("whole", most=7.0),
        )
    )
    rows = [
        {"km": km, "flag": flag, "word": word, "whole": whole}
        for km in (None, 0, 400_000, 400_001, 1e300, -1, 2**53 + 1, 0.1)
        for flag in (True, False)
        for word in (None, "a", "b", "c")
        for whole in (7, 8, None, float("nan"))
    ]
    batch = encoder.matrix(as_columns(rows, encoder.names))
    for at, row in enumerate(rows):
        expected = batch[at].tolist()
        np.testing.assert_array_equal(encoder.row(row), expected)
        np.testing.assert_array_equal(encoder.matrix(one(row))[0], expected)


def test_the_matrix_has_a_column_for_each_field_in_the_order_of_the_contract(encoder):
    matrix = encoder.matrix(ROWS)
    assert encoder.names == RENTAL_PRICE.names
    assert (matrix.shape, matrix.dtype) == ((len(LISTINGS), 13), np.float64)
    assert matrix.flags.c_contiguous
    assert np.isfinite(matrix).all()


def test_words_are_the_categorical_columns(encoder):
    assert [encoder.names[at] for at in encoder.categorical] == [
        "model_key",
        "fuel",
        "paint_color",
        "car_type",
    ]


def test_a_word_that_the_table_shows_seldom_or_never_shares_one_code(encoder):
    counts = Counter(small_table().rows["model_key"])
    rare = [make for make, count in counts.items() if count < 5]
    common = [make for make, count in counts.items() if count >= 5]
    makes = encoder.features[0]
    assert rare
    assert set(makes.numbers([*rare, "Zaporozhets", ""])) == {RARE}
    assert sorted(makes.numbers(common)) == list(range(1, len(common) + 1))


def test_a_word_exactly_as_frequent_as_asked_has_its_own_code():
    rows = {**ROWS, "model_key": ["A", "A", "B", "C"]}
    assert fit_encoder(RENTAL_PRICE, rows, fewest=2).features[0].vocabulary == ("A",)
    assert fit_encoder(RENTAL_PRICE, rows, fewest=1).features[0].vocabulary == ("A", "B", "C")


def test_a_closed_list_is_its_own_vocabulary_even_where_the_table_lacks_a_word(encoder):
    fuel = encoder.features[RENTAL_PRICE.names.index("fuel")]
    assert fuel.vocabulary == ("diesel", "petrol", "hybrid_petrol", "electro")


def test_the_vocabulary_does_not_depend_on_the_order_of_the_rows(encoder):
    table = small_table()
    shuffled = take(table.rows, np.random.default_rng(3).permutation(len(table.target)))
    assert fit_encoder(RENTAL_PRICE, shuffled, fewest=5, most={"mileage": 400_000.0}) == encoder


def test_a_capped_number_counts_as_the_cap_and_a_smaller_one_as_itself(encoder):
    at = RENTAL_PRICE.names.index("mileage")
    matrix = encoder.matrix(
        as_columns([listing(mileage=km) for km in (399_999, 400_000, 400_001, 1_500_000)], encoder.names)
    )
    assert matrix[:, at].tolist() == [399_999, 400_000, 400_000, 400_000]


def test_flags_are_zero_and_one(encoder):
    at = RENTAL_PRICE.names.index("has_gps")
    assert encoder.matrix(as_columns([listing(has_gps=on) for on in (True, False)], encoder.names))[
        :, at
    ].tolist() == [1, 0]


def test_an_encoder_survives_json_with_the_same_numbers(encoder):
    again = FeatureEncoder.from_dict(json.loads(json.dumps(encoder.as_dict())))
    assert again == encoder
    assert again.matrix(small_table().rows).tobytes() == encoder.matrix(small_table().rows).tobytes()


def test_rows_turned_on_their_side_and_taken_keep_their_order():
    assert take(as_columns([{"a": 1}, {"a": 2}, {"a": 3}], ["a"]), np.asarray([2, 0, 2])) == {"a": [3, 1, 3]}


def test_logged_inputs_of_different_questions_become_columns_of_one_length():
    rows = [{"make": "Ford", "year": 2017}, {"make": "Audi", "year": 2019, "asking_price": 9_000.0}]
    assert logged_columns(rows) == {
        "make": ["Ford", "Audi"],
        "year": [2017, 2019],
        "asking_price": [None, 9_000.0],
    }
