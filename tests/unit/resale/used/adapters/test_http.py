"""The routes of used cars, the same for every country: value, deal, curve, outlook, and what each refuses."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import numpy as np
import pytest
from tests.support.resale_app import VERSION, Everybody, predictors
from tests.support.used_cars import generated

from drivetrain.adapters.http.openapi import document
from drivetrain.core.access import PlatformScope
from drivetrain.lifecycle.learning.features import logged_columns
from drivetrain.lifecycle.serving.answering import ExplainedDecision
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.used.adapters import schemas as shown
from drivetrain.resale.used.application.value_used_car import VALUE_USED_CAR
from drivetrain.resale.used.domain.deal import Deal
from drivetrain.resale.used.model.contract import CONTRACTS, OUTLOOK_CONTRACTS, distance_per_year
from drivetrain.resale.used.model.countries import COUNTRIES

CODES = list(COUNTRIES)
OF_A_SMALL_TABLE = {"resale.rare_make", "resale.rare_model"}
"""The published tables have enough cars of every example; the small one may not."""
each_market = pytest.mark.parametrize("code", CODES)


def car(code, **changed):
    """A car of the model that the small table has most of, as a client sends it."""
    rows = generated(code).rows
    names = list(zip(rows["make"], rows["model"], strict=True))
    at = names.index(Counter(names).most_common(1)[0][0])
    row = {name: values[at] for name, values in rows.items()}
    return {**{name: value for name, value in row.items() if value is not None}, **changed}


async def asked(client, code, what, body, **query):
    answer = await client.post(f"/resale/used/{code}/{what}", json=body, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shape(value):
    """Names of the fields, all the way down; of a list its first item."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if name not in {"reasons", "comparables"}}
    return [shape(value[0])] if isinstance(value, list) and value else None


async def test_views_answer_with_the_warnings_of_the_value(client):
    old = car("uk", year=1980)
    codes = [
        [warning["code"] for warning in (await asked(client, "uk", what, old))["warnings"]]
        for what in ("value", "curve", "outlook")
    ]
    assert "resale.extrapolated_year" in codes[0]
    assert codes[1] == codes[2] == codes[0]


@each_market
async def test_a_car_is_worth_an_amount_in_the_markets_currency_with_reasons_that_add_up(client, code):
    country = COUNTRIES[code]
    answer = await asked(client, code, "value", car(code))
    assert shape(answer) == shape(shown.one_example(country, shown.example_worth(country)))
    assert (answer["currency"], answer["as_of_year"]) == (country.currency, country.reference_year)
    assert answer["model"] == {"name": country.model_name, "version": VERSION}
    assert answer["range"]["low"] <= answer["value"] <= answer["range"]["high"]
    assert (
        round(answer["average_price"] + sum(reason["effect"] for reason in answer["reasons"]), 2)
        == answer["value"]
    )
    assert set(answer["comparables"][0]) == {*CONTRACTS[code].names, "price"}


@each_market
async def test_a_list_is_answered_in_order_with_the_same_values(client, code):
    cars = [car(code), car(code, year=COUNTRIES[code].reference_year - 12)]
    answer = await asked(client, code, "values", cars)
    alone = [(await asked(client, code, "value", each, explain="false"))["value"] for each in cars]
    assert [result["value"] for result in answer["results"]] == alone
    assert shape(answer["counts"]) == {"ok": None, "failed": None}


@each_market
async def test_the_words_for_an_asking_price_come_in_order(client, code):
    """From far below the range to far above it; the two strong words stand outside it only."""
    worth = await asked(client, code, "value", car(code), explain="false")
    low, value, high = worth["range"]["low"], worth["value"], worth["range"]["high"]
    prices = [low - 0.01, low, (low + value) / 2 - 0.01, value, high, high + 0.01]
    deals = [
        await asked(client, code, "deal", car(code, asking_price=price), explain="false") for price in prices
    ]
    assert [deal["rating"] for deal in deals] == ["great", "good", "good", "fair", "high", "overpriced"]
    assert all(deal["value"] == value and deal["range"] == worth["range"] for deal in deals)
    assert all(deal["why"] and worth["currency"] in deal["why"][0] for deal in deals)


@each_market
async def test_a_deal_has_the_documented_shape_and_lists_work_as_for_values(client, code):
    country = COUNTRIES[code]
    price = CONTRACTS[code].target.usual_high  # above every range of the small model
    deal = Deal(shown.example_worth(country), price)
    answer = await asked(client, code, "deal", car(code, asking_price=price))
    assert shape(answer) == shape(shown.one_example(country, deal))
    listed = await asked(client, code, "deals", [car(code, asking_price=price), car(code, asking_price=1)])
    assert shape(listed["results"][0]) == shape(shown.many_example(country, deal)["results"][0])
    assert [result["rating"] for result in listed["results"]] == ["overpriced", "great"]


@each_market
async def test_both_curves_fall_pass_through_the_car_and_name_their_unit(client, code):
    country = COUNTRIES[code]
    answer = await asked(client, code, "curve", car(code))
    assert shape(answer) == shape(shown.curves_example(country))
    own = {
        "over_distance": car(code)[country.distance],
        "over_age": country.reference_year - car(code)["year"],
    }
    for name, at in own.items():
        points = answer[name]["points"]
        assert (np.diff([point["at"] for point in points]) > 0).all()
        assert (np.diff([point["value"] for point in points]) <= 0).all()
        assert all(point["range"]["low"] <= point["value"] <= point["range"]["high"] for point in points)
        assert {point["at"]: point["value"] for point in points}[at] == answer["value"]
    assert (answer["over_distance"]["unit"], answer["over_age"]["unit"]) == (country.distance_unit, "years")


@each_market
async def test_the_years_to_come_lose_value_in_a_range_that_widens(client, code):
    country = COUNTRIES[code]
    answer = await asked(client, code, "outlook", car(code))
    assert shape(answer) == shape(shown.outlook_example(country))
    years = [answer, *answer["years"]]
    assert [year["years"] for year in years[1:]] == [1, 2, 3, 4, 5]
    for before, after in itertools.pairwise(years):
        assert after["value"] <= before["value"]
        assert (
            after["range"]["high"] / after["range"]["low"] > before["range"]["high"] / before["range"]["low"]
        )
    driven = [year[country.distance] for year in years[1:]]
    assert np.diff(driven) == pytest.approx(answer["assumed"][distance_per_year(country)])


async def test_an_outlook_may_be_shorter_and_for_another_use(client):
    idle = await asked(client, "uk", "outlook", car("uk", years=2, miles_per_year=0))
    busy = await asked(client, "uk", "outlook", car("uk", years=2, miles_per_year=40_000))
    assert [len(each["years"]) for each in (idle, busy)] == [2, 2]
    assert idle["years"][1]["mileage_miles"] == car("uk")["mileage_miles"]
    assert idle["years"][1]["value"] > busy["years"][1]["value"]
    assert [warning["code"] for warning in busy["warnings"]] == ["resale.miles_per_year_unusual"]


@each_market
async def test_the_example_of_every_route_is_answered_without_a_warning(app, client, code):
    for path, route in document(app)["paths"].items():
        if not path.startswith(f"/resale/used/{code}/") or path.endswith("file"):
            continue
        example = route["post"]["requestBody"]["content"]["application/json"]["example"]
        answer = await client.post(path, json=example)
        assert answer.status_code == 200, (path, answer.text)
        found = answer.json()
        told = [found.get("warnings", []), *(result["warnings"] for result in found.get("results", ()))]
        codes = {warning["code"] for warnings in told for warning in warnings}
        assert codes <= OF_A_SMALL_TABLE, path


@pytest.mark.parametrize(
    ("what", "changed", "code", "pointer"),
    [
        ("value", {"year": 1970}, "resale.year_out_of_range", "/year"),
        ("value", {"year": 2017.5}, "resale.year_not_whole", "/year"),
        ("value", {"fuel": "steam"}, "resale.unknown_fuel", "/fuel"),
        ("value", {"mileage_km": 1}, "input.unknown_field", "/mileage_km"),  # another country's unit
        ("value", {"asking_price": 9_000}, "input.unknown_field", "/asking_price"),  # that is a deal
        ("value", {"make": None}, "resale.make_not_text", "/make"),
        ("deal", {}, "input.missing_field", "/asking_price"),
        ("deal", {"asking_price": 0}, "resale.asking_price_out_of_range", "/asking_price"),
        ("deal", {"asking_price": "9000"}, "resale.asking_price_not_a_number", "/asking_price"),
        ("deal", {"asking_price": None}, "resale.asking_price_not_a_number", "/asking_price"),
        ("curve", {"mileage_miles": -1}, "resale.mileage_miles_out_of_range", "/mileage_miles"),
        ("outlook", {"years": 6}, "resale.years_out_of_range", "/years"),
        ("outlook", {"years": 0}, "resale.years_out_of_range", "/years"),
        ("outlook", {"years": 1.5}, "resale.years_not_whole", "/years"),
        ("outlook", {"miles_per_year": -1}, "resale.miles_per_year_out_of_range", "/miles_per_year"),
    ],
)
async def test_what_is_wrong_is_named_by_a_stable_code_and_its_place(client, what, changed, code, pointer):
    answer = await client.post(f"/resale/used/uk/{what}", json=car("uk", **changed))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (code, pointer) in [(error["code"], error["pointer"]) for error in answer.json()["errors"]]


async def test_another_market_is_not_found(client):
    answer = await client.post("/resale/used/fr/value", json=car("uk"))
    assert answer.status_code == 404


@pytest.mark.parametrize("what", ["value", "deal", "curve", "outlook"])
async def test_a_view_or_a_decision_needs_its_scope(app, client, what):
    app.state.authenticator = Everybody(PlatformScope.PREDICT_BATCH)
    assert (await client.post(f"/resale/used/uk/{what}", json=car("uk"))).status_code == 403


async def test_decisions_are_recorded_and_views_are_not(client, ledger):
    for what, more in (("curve", {}), ("outlook", {}), ("value", {}), ("deal", {"asking_price": 9_000})):
        await asked(client, "uk", what, car("uk", **more))
    value, deal = ledger.decisions.values()
    assert (value.product, value.model.name) == ("resale", "used-car-price")
    assert json.loads(deal.input_json)["asking_price"] == 9_000
    assert json.loads(deal.answer_json)["rating"] in {"great", "good", "fair", "high", "overpriced"}
    np.testing.assert_array_equal(deal.features, value.features)


async def test_values_and_deals_are_replayed_together_to_the_byte(client, ledger):
    await asked(client, "uk", "value", car("uk"))
    await asked(client, "uk", "deals", [car("uk", asking_price=price) for price in (100, 9_000.5)])
    await asked(client, "uk", "values", [car("uk", engine_size_l=None)])
    logged = list(ledger.decisions.values())
    rows = logged_columns([json.loads(decision.input_json) for decision in logged])
    answers = VALUE_USED_CAR.ledger_answers(predictors()["used-car-price"].current(), rows)
    assert answers == [decision.answer_json for decision in logged]


def test_a_table_gets_a_cell_for_each_answer_column():
    worth = shown.example_worth(COUNTRIES["uk"])
    for rendering, decision in ((shown.VALUES, worth), (shown.DEALS, Deal(worth, 9_000.0))):
        answer = ExplainedDecision(decision, None, ModelRef("used-car-price", VERSION), "d-1", b"{}")
        cells = dict(zip(rendering.columns, rendering.cells(answer, ()), strict=True))
        assert (cells["value"], cells["currency"], cells["as_of_year"]) == (worth.value, "GBP", 2020)
        assert cells.get("rating") == (decision.rating.value if isinstance(decision, Deal) else None)


@each_market
def test_the_contract_of_the_outlook_asks_in_the_markets_unit(code):
    assert distance_per_year(COUNTRIES[code]) in OUTLOOK_CONTRACTS[code].names
