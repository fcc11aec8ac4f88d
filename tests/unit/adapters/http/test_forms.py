"""A form says of each field what the contract checks, and only who may predict sees it."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from tests.support.callers_of_roles import AS, authenticator_of_roles

from drivetrain.adapters.http.forms import Form, Forms, form_fields, form_routes
from drivetrain.lifecycle.data.contracts import (
    Contract,
    FlagColumn,
    InstantColumn,
    ListColumn,
    NumberColumn,
    RowContract,
    TextColumn,
)
from drivetrain.products import MODELS
from drivetrain.rental.price.model.contract import RENTAL_PRICE

MILEAGE = NumberColumn(
    "mileage_km",
    "Distance on the odometer. As it is read.",
    "km",
    0,
    900,
    10,
    400,
    example=150,
    optional=True,
    without="The range is wider.",
)
FUEL = ListColumn("fuel", "What it runs on.", ("diesel", "petrol"), "diesel", {"gasoline": "petrol"})
FORM = RowContract(
    "cars",
    "test",
    (
        MILEAGE,
        FUEL,
        FlagColumn("has_gps", "Navigation is built in.", example=True),
        InstantColumn(
            "start_at", "When it starts; with its zone.", "2022-05-16T21:45:00Z", "UTC", 2013, 2030
        ),
        TextColumn("note", "Anything.", optional=True),
    ),
)


def test_each_kind_of_field_says_what_a_page_needs() -> None:
    assert form_fields(FORM) == [
        {
            "name": "mileage_km",
            "kind": "number",
            "title": "Distance on the odometer",
            "help": "Distance on the odometer. As it is read.",
            "is_required": False,
            "example": 150,
            "unit": "km",
            "is_whole": True,
            "low": 0,
            "high": 900,
            "usual_low": 10,
            "usual_high": 400,
            "without": "The range is wider.",
        },
        {
            "name": "fuel",
            "kind": "word",
            "title": "What it runs on",
            "help": "What it runs on.",
            "is_required": True,
            "example": "diesel",
            "words": ["diesel", "petrol"],
            "spellings": {"gasoline": "petrol"},
            "is_open": False,
        },
        {
            "name": "has_gps",
            "kind": "flag",
            "title": "Navigation is built in",
            "help": "Navigation is built in.",
            "is_required": True,
            "example": True,
        },
        {
            "name": "start_at",
            "kind": "instant",
            "title": "When it starts",
            "help": "When it starts; with its zone.",
            "is_required": True,
            "example": "2022-05-16T21:45:00Z",
            "zone": "UTC",
            "first_year": 2013,
            "last_year": 2030,
        },
        {
            "name": "note",
            "kind": "text",
            "title": "Anything",
            "help": "Anything.",
            "is_required": False,
            "example": "",
        },
    ]


@pytest.mark.parametrize("contract", [model.contract for model in MODELS], ids=lambda contract: contract.name)
def test_the_form_of_a_model_makes_rows_that_its_contract_takes(contract: Contract) -> None:
    fields = form_fields(contract)
    row, _ = contract.check_row({field["name"]: field["example"] for field in fields})
    assert list(row) == [field["name"] for field in fields]
    assert all(0 < len(field["title"]) <= 90 and field["title"][-1] not in ".;:" for field in fields)


def test_an_open_list_says_how_long_a_new_word_may_be() -> None:
    make = form_fields(RENTAL_PRICE)[0]
    assert (make["is_open"], make["longest"]) == (True, 64)


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    forms = Forms()
    forms.add(Form("estimate_test", "/test/price", "test-price", FORM))
    app.state.authenticator = authenticator_of_roles()
    app.include_router(form_routes(forms))
    return app


async def test_forms_are_listed_and_shown_by_the_name_of_their_operation(client) -> None:
    summary = {"operation": "estimate_test", "method": "POST", "path": "/test/price", "model": "test-price"}
    listed = await client.get("/forms", headers=AS["client"])
    assert listed.json() == {"items": [summary], "next": None}
    shown = await client.get("/forms/estimate_test", headers=AS["client"])
    assert shown.json() == {**summary, "fields": form_fields(FORM)}


async def test_an_operation_without_a_form_is_not_found(client) -> None:
    answer = await client.get("/forms/list_models", headers=AS["client"])
    assert (answer.status_code, answer.json()["code"]) == (404, "forms.not_found")


@pytest.mark.parametrize(("headers", "status"), [(AS["viewer"], 403), ({}, 401)], ids=["viewer", "nobody"])
async def test_only_who_may_predict_sees_forms(client, headers, status) -> None:
    assert (await client.get("/forms", headers=headers)).status_code == status
