"""The numbers of a price model: fields in contract order, capped mileage, the make apart."""

from __future__ import annotations

import numpy as np
from tests.support.listings import UNKNOWN_MAKE, listing, small_table

from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.features import MAKE, make_codes, price_encoder, without_make
from drivetrain.rental.price.model.recipe import PriceRecipe

ENCODER = price_encoder(small_table().rows, PriceRecipe())


def matrix_of(*rows):
    return ENCODER.matrix(as_columns(rows, RENTAL_PRICE.names))


def test_the_settings_of_the_recipe_decide_cap_and_rarity():
    few = price_encoder(small_table().rows, PriceRecipe(fewest_rows_of_make=1))
    none = price_encoder(small_table().rows, PriceRecipe(fewest_rows_of_make=10_000))
    assert (
        len(few.features[MAKE].vocabulary)
        > len(ENCODER.features[MAKE].vocabulary)
        > len(none.features[MAKE].vocabulary)
        == 0
    )
    low = price_encoder(small_table().rows, PriceRecipe(mileage_cap_km=50_000.0))
    assert low.matrix(small_table().rows)[:, RENTAL_PRICE.names.index("mileage")].max() == 50_000


def test_codes_of_makes_tell_known_ones_apart_and_unknown_ones_not():
    codes = make_codes(
        matrix_of(listing(), listing(model_key="BMW"), UNKNOWN_MAKE, listing(model_key="Tatra"))
    )
    assert codes[0] != codes[1]
    assert codes.tolist()[2:] == [0, 0]
    assert codes.dtype == np.intp


def test_without_the_make_two_makes_of_one_car_are_the_same_row():
    plain = without_make(matrix_of(listing(), listing(model_key="BMW")))
    assert plain.shape == (2, 12)
    assert plain[0].tobytes() == plain[1].tobytes()
