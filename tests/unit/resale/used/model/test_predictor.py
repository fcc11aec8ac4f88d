"""A loaded version: the same bits for a row and a batch, curves that fall, reasons that add up, comparables, refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from tests.support.used_cars import generated, small_files, small_model

from drivetrain.core.errors import ContractError, InvalidInputError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.learning.features import FeatureEncoder, as_columns
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.used.domain.value import Novelty
from drivetrain.resale.used.model.comparables import COMPARABLES
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import COUNTRIES
from drivetrain.resale.used.model.features import familiarity, feature_index
from drivetrain.resale.used.model.formulas import range_matrix
from drivetrain.resale.used.model.predictor import (
    LISTINGS_FILE,
    POINT_FILE,
    SETTINGS_FILE,
    SPREAD_FILE,
    UsedCarModel,
    load,
)

CODES = list(COUNTRIES)
REF = ModelRef("used-car-price", "1")


def rows_of(code, count=40):
    table = generated(code).rows
    return [{name: values[at] for name, values in table.items()} for at in range(count)]


def car(code="uk", **changed):
    row, _ = CONTRACTS[code].check_row({**rows_of(code, 1)[0], **changed})
    return row


def estimate(model, rows):
    return model.estimate(as_columns(rows, model.contract.names))


@pytest.mark.parametrize("code", CODES)
def test_a_row_alone_gets_the_bits_it_gets_in_a_batch(code):
    model = small_model(code)
    rows = [*rows_of(code), {**car(code), "make": "Trabant"}, {**car(code), "engine_size_l": None}]
    batch = estimate(model, rows)
    for at, row in enumerate(rows):
        one = estimate(model, [row])
        assert [one.value.tobytes(), one.low.tobytes(), one.high.tobytes()] == [
            values[at : at + 1].tobytes() for values in (batch.value, batch.low, batch.high)
        ]


@pytest.mark.parametrize("code", CODES)
def test_the_value_lies_in_its_range_and_names_currency_and_year(code):
    model = small_model(code)
    for value in model.values(estimate(model, rows_of(code))):
        assert 0 < value.low <= value.value <= value.high
        assert (value.currency, value.as_of_year) == (
            COUNTRIES[code].currency,
            COUNTRIES[code].reference_year,
        )


def test_a_version_that_does_not_say_the_years_of_its_models_calls_none_extrapolated():
    files = dict(small_files("uk"))
    settings = json.loads(files[SETTINGS_FILE])
    assert estimate_novelties(UsedCarModel(files, REF)) == [Novelty(year=True)]
    del settings["model_years"]
    former = UsedCarModel({**files, SETTINGS_FILE: json.dumps(settings).encode()}, REF)
    assert estimate_novelties(former) == []


@pytest.mark.parametrize("code", CODES)
def test_a_version_from_before_groups_had_scales_answers_as_it_did(code):
    settings = json.loads(small_files(code)[SETTINGS_FILE])
    del settings["group_scales"]
    former = UsedCarModel({**small_files(code), SETTINGS_FILE: json.dumps(settings).encode()}, REF)
    rows = rows_of(code)
    estimates = estimate(former, rows)
    index = feature_index(CONTRACTS[code], FeatureEncoder.from_dict(settings["encoder"]), COUNTRIES[code])
    matrix = estimates.features
    log_price = Trees(small_files(code)[POINT_FILE]).predict(matrix)
    spread = Trees(small_files(code)[SPREAD_FILE]).predict(range_matrix(matrix, log_price, index))
    spread = np.maximum(spread, settings["spread_floor"])
    below, above = np.asarray(settings["factors"])[familiarity(matrix, index)].T
    assert estimates.low.tobytes() == np.exp(log_price - below * spread).tobytes()
    assert estimates.high.tobytes() == np.exp(log_price + above * spread).tobytes()


def test_a_year_with_a_scale_has_a_range_so_much_wider():
    settings = json.loads(small_files()[SETTINGS_FILE])
    year = rows_of("uk", 1)[0]["year"]
    plain, wider = ([[1.0] * len(scales) for scales in settings["group_scales"]] for _ in range(2))
    wider[-1][year - COUNTRIES["uk"].reference_year - 1] = 1.5

    def with_scales(scales):
        changed = json.dumps({**settings, "group_scales": scales}).encode()
        return estimate(UsedCarModel({**small_files(), SETTINGS_FILE: changed}, REF), rows_of("uk"))

    before, after = with_scales(plain), with_scales(wider)
    factors = np.array([1.5 if row["year"] == year else 1.0 for row in rows_of("uk")])
    np.testing.assert_allclose(np.log(after.high / after.value), factors * np.log(before.high / before.value))
    np.testing.assert_allclose(np.log(after.low / after.value), factors * np.log(before.low / before.value))
    assert len(set(factors)) == 2


def estimate_novelties(model):
    rows = as_columns([{**rows_of("uk", 1)[0], "year": 1970}], model.contract.names)
    return list(model.novelties(rows, model.estimate(rows).features).values())


@pytest.mark.parametrize("code", CODES)
def test_no_car_is_dearer_with_more_distance_or_age(code):
    model = small_model(code)
    for row in rows_of(code, 12):
        for curve in (model.curve_over_distance(row), model.curve_over_age(row)):
            assert (np.diff([point.value for point in curve]) <= 0).all()
            assert curve[-1].value < curve[0].value


@pytest.mark.parametrize("code", CODES)
def test_the_curves_pass_through_the_car_itself(code):
    model, row = small_model(code), car(code)
    (now,) = model.values(estimate(model, [row]))
    country = COUNTRIES[code]
    at_distance = {point.at: point.value for point in model.curve_over_distance(row)}
    at_age = {point.at: point.value for point in model.curve_over_age(row)}
    assert at_distance[row[country.distance]] == at_age[country.reference_year - row["year"]] == now.value


@pytest.mark.parametrize("code", CODES)
def test_the_years_to_come_lose_value_and_widen(code):
    model = small_model(code)
    for row in rows_of(code, 12):
        (now,) = model.values(estimate(model, [row]))
        years = model.future(row)
        assert [each.years for each in years] == [1, 2, 3, 4, 5]
        assert (np.diff([now.value, *(each.value for each in years)]) <= 0).all()
        assert (np.diff([now.high / now.low, *(each.high / each.low for each in years)]) > 0).all()
        # of rounding
        assert (np.diff([now.high - now.low, *(each.high - each.low for each in years)]) >= -0.02).all()


def test_a_car_that_is_driven_more_loses_more():
    model = small_model()
    lazy, usual, busy = (model.future(car(), distance_per_year=driven) for driven in (0, None, 40_000))
    assert lazy[-1].value >= usual[-1].value >= busy[-1].value
    assert lazy[-1].value > busy[-1].value


def test_an_outlook_past_the_edge_of_the_table_says_so():
    model = small_model()
    assert model.future(car(year=1981), years=1)[0].is_beyond_table
    assert not model.future(car(year=2020, mileage_miles=100), years=1)[0].is_beyond_table


@pytest.mark.parametrize(
    "asked", [{"years": 0}, {"years": 6}, {"distance_per_year": -1}, {"distance_per_year": math.nan}]
)
def test_an_impossible_outlook_is_refused(asked):
    with pytest.raises(InvalidInputError):
        small_model().future(car(), **asked)


@pytest.mark.parametrize("code", CODES)
def test_reasons_name_every_field_and_add_up_to_the_cent(code):
    model = small_model(code)
    for row in [*rows_of(code, 8), {**car(code), "make": "Trabant", "engine_size_l": None}]:
        estimates = estimate(model, [row])
        (value,) = model.values(estimates)
        found = model.explain(row, estimates.features[0], value.value)
        assert {reason.name: reason.value for reason in found.reasons} == row
        total = math.fsum(reason.effect for reason in found.reasons)
        assert round(found.average_price + total, 2) == value.value


@pytest.mark.parametrize("code", CODES)
def test_comparables_are_listings_of_the_table_and_the_car_itself_comes_first(code):
    model, row = small_model(code), car(code)
    found = model.explain(row, estimate(model, [row]).features[0], 1.0).comparables
    assert len(found) == COMPARABLES
    table = generated(code)
    listed = [
        (dict(zip(table.rows, cells, strict=True)), price)
        for *cells, price in zip(*table.rows.values(), table.target, strict=True)
    ]
    assert all((dict(each.listing), each.price) in listed for each in found)
    assert dict(found[0].listing) == row


def test_comparables_are_of_the_same_model_where_the_table_has_enough():
    model = small_model()
    names = list(zip(generated("uk").rows["make"], generated("uk").rows["model"], strict=True))
    make, name = max(set(names), key=names.count)
    row = car(make=make, model=name)
    found = model.explain(row, estimate(model, [row]).features[0], 1.0).comparables
    assert {(each.listing["make"], each.listing["model"]) for each in found} == {(make, name)}


def test_a_car_that_the_table_does_not_hold_gets_a_wider_range_the_less_of_it_is_known():
    model = small_model()
    rows = [car(), {**car(), "model": "Batmobile"}, {**car(), "make": "Trabant"}]
    estimates = estimate(model, rows)
    widths = estimates.high / estimates.low
    assert widths[0] < widths[1]
    assert widths[0] < widths[2]


def test_required_fields_stay_required_and_optional_ones_may_be_null_or_absent():
    contract = CONTRACTS["uk"]
    example = contract.example()
    absent = {name: value for name, value in example.items() if name not in contract.optional_names}
    assert (
        contract.check_row(absent)[0]
        == contract.check_row({**example, **dict.fromkeys(contract.optional_names)})[0]
    )
    for name in set(contract.names) - contract.optional_names:
        with pytest.raises(ContractError):
            contract.check_row({**example, name: None})


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_a_contract_passes_without_a_warning(code):
    assert CONTRACTS[code].check_row(CONTRACTS[code].example())[1] == ()


def damaged(name, change):
    files = dict(small_files())
    files[name] = change(files[name])
    return files


def fewer_scales(content):
    settings = json.loads(content)
    return json.dumps({**settings, "group_scales": settings["group_scales"][:-1]}).encode()


def other_floor(content):
    return json.dumps({**json.loads(content), "spread_floor": 9.0}).encode()


@pytest.mark.parametrize(
    "files",
    [
        {name: content for name, content in small_files().items() if name != POINT_FILE},  # a file is missing
        damaged(POINT_FILE, lambda content: content[: len(content) // 2]),  # cut short
        damaged(LISTINGS_FILE, lambda content: content[:-1]),  # one byte too few
        damaged(LISTINGS_FILE, lambda content: content + b"\0"),  # one too many
        damaged(LISTINGS_FILE, lambda content: b""),
        damaged(SETTINGS_FILE, lambda content: b"{}"),
        damaged(SETTINGS_FILE, lambda content: b"not JSON"),
        damaged(SETTINGS_FILE, fewer_scales),
        damaged(SETTINGS_FILE, other_floor),  # loads, and answers differently
    ],
    ids=range(9),
)
def test_a_damaged_version_is_refused(files):
    with pytest.raises(ArtifactRefusedError):
        load(files, REF)
