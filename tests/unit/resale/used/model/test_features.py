"""What the model sees: names by make and model together, unknown years, fields that were left out."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.used_cars import generated

from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import AU, UK
from drivetrain.resale.used.model.features import (
    KNOWN,
    NEW_MAKE,
    NEW_MODEL,
    familiarity,
    feature_index,
    used_encoder,
    used_matrix,
    with_hidden,
    with_unknown,
)

UK_CONTRACT = CONTRACTS["uk"]
COMMON = generated("uk").rows["make"][0], generated("uk").rows["model"][0]


@pytest.fixture(scope="module")
def encoder():
    return used_encoder(UK_CONTRACT, UK, generated("uk").rows, fewest=1)


def seen(encoder, **changed):
    row = {**UK_CONTRACT.example(), "make": COMMON[0], "model": COMMON[1], **changed}
    return used_matrix(encoder, as_columns([row], UK_CONTRACT.names))


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({}, KNOWN),
        ({"model": "Batmobile"}, NEW_MODEL),
        # a known make, a known model, and no such car
        ({"make": "Volkswagen", "model": "Fiesta"}, NEW_MODEL),
        ({"make": "Trabant"}, NEW_MAKE),
    ],
)
def test_a_car_is_known_by_its_make_and_model_together(encoder, changed, known):
    index = feature_index(UK_CONTRACT, encoder, UK)
    assert familiarity(seen(encoder, **changed), index).tolist() == [known]


def test_years_after_the_table_count_as_its_last(encoder):
    assert seen(encoder, year=2026).tobytes() == seen(encoder, year=2020).tobytes()


def test_a_field_left_out_looks_as_if_hidden(encoder):
    index = feature_index(UK_CONTRACT, encoder, UK)
    hidden = with_hidden(seen(encoder), index, np.ones((1, 3), dtype=bool))
    np.testing.assert_array_equal(hidden, seen(encoder, engine_size_l=None, mpg=None, tax_gbp=None))
    assert np.isnan(hidden).sum() == 3


def test_a_word_left_out_has_a_code_of_its_own():
    contract = CONTRACTS["au"]
    encoder = used_encoder(contract, AU, generated("au").rows, fewest=1)
    index = feature_index(contract, encoder, AU)
    row = {name: values[0] for name, values in generated("au").rows.items()}
    plain = used_matrix(encoder, as_columns([{**row, "drive": None, "variant": None}], contract.names))[0]
    hidden = with_hidden(
        used_matrix(encoder, as_columns([row], contract.names)),
        index,
        np.ones((1, len(index.hidden)), dtype=bool),
    )[0]
    for name in ("drive", "variant"):
        at = encoder.names.index(name)
        assert plain[at] == hidden[at] == len(encoder.features[at].vocabulary)


def test_a_masked_car_looks_like_one_never_seen(encoder):
    index = feature_index(UK_CONTRACT, encoder, UK)
    np.testing.assert_array_equal(
        with_unknown(seen(encoder), index, make=False), seen(encoder, model="Batmobile")
    )
    np.testing.assert_array_equal(
        with_unknown(seen(encoder), index, make=True), seen(encoder, make="Trabant")
    )
