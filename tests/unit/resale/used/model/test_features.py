"""What the model sees: names by make and model together, unknown years, fields that were left out."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.used_cars import generated

from drivetrain.lifecycle.learning.features import RARE, as_columns
from drivetrain.lifecycle.learning.group_scales import GroupScales
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import AU, UK
from drivetrain.resale.used.model.features import (
    AGE_CLASSES,
    KNOWN,
    NEW_MAKE,
    NEW_MODEL,
    VARIANT_WORDS,
    effects_by_field,
    familiarity,
    feature_index,
    group_fields,
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
    for name in ("drive", "variant", *VARIANT_WORDS):
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


def test_a_variant_is_known_by_its_first_words_however_they_are_written():
    contract = CONTRACTS["au"]
    row = {name: values[0] for name, values in generated("au").rows.items()}
    variants = ["GXL Turbo", "GXL Sport Premium 4x4", None, "Ascent"]
    rows = as_columns([{**row, "variant": variant} for variant in variants], contract.names)
    encoder = used_encoder(contract, AU, rows, fewest=1)
    columns = [encoder.names.index(name) for name in VARIANT_WORDS]

    def words(*asked):
        cars = as_columns([{**row, "variant": variant} for variant in asked], contract.names)
        return used_matrix(encoder, cars)[:, columns]

    known, other_case, longer, unknown, none = words("GXL Turbo", "gxl  TURBO", "GXL Sport", "Zed", None)
    assert known.tolist() == other_case.tolist()
    assert known[0] == longer[0] != none[0]
    assert known[1] != longer[1]
    assert unknown[0] == RARE
    assert none.tolist() == [len(encoder.features[column].vocabulary) for column in columns]


def test_ranges_hold_by_word_and_age_and_the_oldest_cars_share_a_group(encoder):
    groups = group_fields(UK_CONTRACT, encoder, UK)
    grouped = [encoder.names[group.column] for group in groups]
    assert grouped == ["make", "model", "fuel", "transmission", "year"]
    scales = GroupScales(groups, [np.ones(group.codes) for group in groups])
    scales.by_field[-1][0] = 2.0
    scales = GroupScales(groups, scales.by_field)
    youngest = UK.reference_year - AGE_CLASSES + 1
    matrix = np.vstack([seen(encoder, year=year) for year in (1985, youngest, youngest + 1, 2020)])
    assert scales.of(matrix).tolist() == [2.0, 2.0, 1.0, 1.0]


def test_a_market_without_variants_has_no_words_of_them(encoder):
    assert encoder.names == UK_CONTRACT.names


def test_the_effect_of_the_words_is_that_of_the_variant():
    contract = CONTRACTS["au"]
    encoder = used_encoder(contract, AU, generated("au").rows, fewest=1)
    index = feature_index(contract, encoder, AU)
    effects = np.arange(1.0, 1 + len(encoder.names))
    by_field = effects_by_field(effects, index, len(contract.names))
    expected = effects[: len(contract.names)].copy()
    expected[contract.names.index("variant")] += effects[len(contract.names) :].sum()
    assert by_field.tolist() == expected.tolist()
