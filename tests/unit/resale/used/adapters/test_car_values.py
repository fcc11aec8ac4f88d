"""Cars that other products have on offer are valued by the model of their currency's country."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import orjson
import pytest
from tests.support.fakes import FixedClock, MemoryBatchDecisionLog, MemoryLedger
from tests.support.used_cars import generated, small_files

from drivetrain.lifecycle.kit.car_values import CarValue, NotValued, OfferedCar
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.used.adapters.car_values import NO_COUNTRY, NOT_RELEASED, ReleasedCarValues
from drivetrain.resale.used.model.countries import COUNTRIES
from drivetrain.resale.used.model.predictor import load

CODES = {country.model_name: code for code, country in COUNTRIES.items()}


class Champions:
    """A catalog in which some models are released."""

    def __init__(self, *released: str) -> None:
        self.released = released

    def champion(self, model: str) -> SimpleNamespace | None:
        return SimpleNamespace(model=model, version="7") if model in self.released else None


def opened(*released: str) -> tuple[ReleasedCarValues, MemoryLedger]:
    ledger = MemoryLedger()
    values = ReleasedCarValues(
        Champions(*released),
        lambda version: small_files(CODES[version.model]),
        MemoryBatchDecisionLog(ledger),
        FixedClock(),
    )
    return values, ledger


def offered(code: str, **changes: object) -> OfferedCar:
    """A car of the model that the small table has most of."""
    country, rows = COUNTRIES[code], generated(code).rows
    names = list(zip(rows["make"], rows["model"], strict=True))
    make, model = Counter(names).most_common(1)[0][0]
    usual = {
        "make": make,
        "model": model,
        "year": 2018,
        "odometer_km": 48_280.32,
        "price": 9_000.0,
        "currency": country.currency,
        "fuel": "petrol",
        "gearbox": "manual",
    }
    return OfferedCar(**{**usual, **changes})


@pytest.mark.parametrize("code", list(COUNTRIES))
def test_a_car_gets_the_value_of_its_country_with_a_decision(code):
    country = COUNTRIES[code]
    values, ledger = opened(country.model_name)
    price = 900_000.0 if code == "in" else 9_000.0
    (value,) = values.value([offered(code, price=price)], caller="market", request_id="r1")
    assert isinstance(value, CarValue)
    (decision,) = ledger.decisions.values()
    row = orjson.loads(decision.input_json)
    assert row[country.distance] == (30_000 if code == "uk" else 48_280)
    assert (decision.caller, decision.request_id, decision.decision_id) == ("market", "r1", value.decision_id)
    worth = load(small_files(code), ModelRef(country.model_name, "7"))
    (expected,) = worth.values(worth.estimate({name: (cell,) for name, cell in row.items()}))
    assert (value.value, value.low, value.high) == (expected.value, expected.low, expected.high)
    assert (value.currency, value.model) == (country.currency, ModelRef(country.model_name, "7"))
    assert orjson.loads(decision.answer_json)["rating"] == value.rating


def test_words_of_the_market_become_those_of_the_country():
    values, ledger = opened("used-car-price-au", "used-car-price")
    cars = [
        offered("au", gearbox="semi_automatic", body="pickup", drive="all", fuel="hydrogen"),
        offered("uk", gearbox="semi_automatic", fuel="plug_in_hybrid"),
    ]
    values.value(cars, caller="market", request_id="r1")
    australian, british = (orjson.loads(each.input_json) for each in ledger.decisions.values())
    names = ("transmission", "body", "drive", "fuel", "condition")
    assert [australian[name] for name in names] == ["automatic", "ute", "awd", None, "used"]
    assert (british["transmission"], british["fuel"]) == ("semi_auto", "hybrid")


@pytest.mark.parametrize(
    ("code", "changes", "answer"),
    [
        ("uk", {"currency": "EUR"}, NO_COUNTRY),
        ("au", {}, NOT_RELEASED),
        ("uk", {"fuel": None}, NotValued("input.missing_field")),
        ("uk", {"fuel": "cng"}, NotValued("resale.unknown_fuel")),
        ("uk", {"year": 1960}, NotValued("resale.year_out_of_range")),
    ],
)
def test_a_car_that_cannot_be_valued_says_why(code, changes, answer):
    values, ledger = opened("used-car-price")
    answers = values.value([offered(code, **changes), offered("uk")], caller="market", request_id="r1")
    assert answers[0] == answer
    assert isinstance(answers[1], CarValue), "the others are valued"
    assert len(ledger.decisions) == 1


def test_versions_are_those_that_are_released():
    values, _ = opened("used-car-price-in")
    assert values.versions() == {"INR": ModelRef("used-car-price-in", "7")}
