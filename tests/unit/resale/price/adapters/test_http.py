"""The routes of resale: one car with reasons, a list in order, spellings repaired, what is wrong named."""

from __future__ import annotations

import pytest
from tests.support.cars import COMPACT, LIMOUSINE, car
from tests.support.resale_app import Everybody

from drivetrain.core.access import PlatformScope
from drivetrain.lifecycle.serving.answering import ExplainedDecision
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.price.adapters.schemas import BATCH_EXAMPLE, PRICE_EXAMPLE, RENDERING
from drivetrain.resale.price.model.contract import CAR_PRICE, MODEL_NAME
from drivetrain.resale.valuation.domain.money import Valuation

REF = ModelRef(MODEL_NAME, "7")


async def test_one_car_is_answered_with_its_reasons_in_money(client):
    answer = (await client.post("/resale/price", json=car(CompanyName="Toyouta"))).json()
    assert set(answer) == set(PRICE_EXAMPLE)
    assert (answer["currency"], answer["model"]) == ("USD", REF.as_dict())
    assert answer["band"] in {"low", "mid", "high"}
    assert answer["range"]["low"] < answer["price"] < answer["range"]["high"]
    effects = sum(reason["effect"] for reason in answer["reasons"])
    assert round(answer["average_price"] + effects, 2) == answer["price"]
    assert {reason["field"]: reason["value"] for reason in answer["reasons"]} == COMPACT
    assert set(answer["comparables"][0]) == {*CAR_PRICE.names, "price"}


async def test_without_explanation_the_price_is_the_same(client):
    explained = (await client.post("/resale/price", json=COMPACT)).json()
    bare = (await client.post("/resale/price?explain=false", json=COMPACT)).json()
    assert set(explained) - set(bare) == {"average_price", "reasons", "comparables"}
    assert (bare["price"], bare["range"]) == (explained["price"], explained["range"])


async def test_a_list_is_answered_in_order_with_the_same_prices(client):
    answer = (await client.post("/resale/prices", json=[LIMOUSINE, COMPACT])).json()
    alone = [
        (await client.post("/resale/price?explain=false", json=one)).json()["price"]
        for one in (LIMOUSINE, COMPACT)
    ]
    assert [result["price"] for result in answer["results"]] == alone
    assert set(answer) == set(BATCH_EXAMPLE)
    assert set(answer["results"][0]) == set(BATCH_EXAMPLE["results"][0])


@pytest.mark.parametrize("path", ["/resale/prices", "/resale/prices/file"])
async def test_reasons_for_a_list_or_a_file_are_refused_and_not_left_out_without_a_word(client, path):
    refused = await client.post(f"{path}?explain=true", json=[COMPACT])
    assert (refused.status_code, refused.json()["code"]) == (422, "input.not_explained")
    assert refused.json()["errors"][0]["pointer"] == "/query/explain"
    assert (await client.post("/resale/prices?explain=false", json=[COMPACT])).status_code == 200


async def test_a_list_with_a_broken_row_is_refused_whole_or_answered_row_by_row(client):
    rows = [COMPACT, car(fueltype="steam")]
    refused = await client.post("/resale/prices", json=rows)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/1/fueltype"
    partial = (await client.post("/resale/prices?mode=partial", json=rows)).json()
    assert partial["counts"] == {"ok": 1, "failed": 1}
    assert partial["results"][1]["errors"][0]["code"] == "resale.unknown_fueltype"


async def test_an_unknown_make_is_answered_with_a_warning(client):
    answer = (await client.post("/resale/price", json=car(CompanyName="Zastava"))).json()
    assert [warning["code"] for warning in answer["warnings"]] == ["resale.new_CompanyName"]


async def test_a_list_needs_its_own_scope(app, client):
    app.state.authenticator = Everybody(PlatformScope.PREDICT)
    assert (await client.post("/resale/prices", json=[COMPACT])).status_code == 403
    assert (await client.post("/resale/price", json=COMPACT)).status_code == 200


async def test_every_answer_is_counted(client, registry):
    await client.post("/resale/price", json=COMPACT)
    await client.post("/resale/prices", json=[COMPACT, LIMOUSINE])
    assert (
        registry.get_sample_value("drivetrain_predictions_total", {"model": MODEL_NAME, "version": "7"}) == 3
    )


def test_a_table_gets_a_cell_for_each_answer_column():
    answer = ExplainedDecision(Valuation(7_000.0, 6_000.0, 8_000.0, "low", "USD"), None, REF, "d-1", b"{}")
    assert dict(zip(RENDERING.columns, RENDERING.cells(answer, ()), strict=True)) == {
        "estimated_price": 7_000.0,
        "currency": "USD",
        "range_low": 6_000.0,
        "range_high": 8_000.0,
        "band": "low",
        "warnings": "",
        "model_version": "7",
        "decision_id": "d-1",
    }
