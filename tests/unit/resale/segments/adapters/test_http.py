"""The routes of the buyer segments: a list, one buyer from interactions, many from profiles, and what is wrong named."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from tests.support.buyers import SPORTS_CAR, look, trained
from tests.support.fakes import FixedClock, MemoryBatchDecisionLog, MemoryDecisionLog

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics, PredictionMetrics
from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor
from drivetrain.resale.segments.adapters.http import segment_routes
from drivetrain.resale.segments.adapters.schemas import (
    ASSIGN_EXAMPLE,
    BATCH_EXAMPLE,
    INTERACTIONS_EXAMPLE,
    LIST_EXAMPLE,
    RENDERING,
    read_interactions,
)
from drivetrain.resale.segments.model.contract import BUYER_PROFILE, MODEL_NAME, MOST_INTERACTIONS
from drivetrain.resale.segments.model.predictor import load

REF = ModelRef(MODEL_NAME, "7")
ASSIGN = "/resale/segments/assign"


class Everybody:
    """Lets everyone in with the scopes it was made with."""

    def __init__(self, *scopes: str) -> None:
        self.scopes = frozenset(scopes)

    async def authenticate(self, request) -> Caller:
        return Caller("shop", "k1", self.scopes, None)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    predictor = Predictor(MODEL_NAME, load)
    predictor.swap(trained().files, REF)
    return predictor


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app(registry, predictor) -> FastAPI:
    ports = SimpleNamespace(
        predictors={MODEL_NAME: predictor},
        decisions=MemoryDecisionLog(),
        decision_batches=MemoryBatchDecisionLog(),
        clock=FixedClock(),
        metrics=PredictionMetrics(registry),
        limits=BodyLimits(64 << 10, 1 << 20, 100),
        tables=lambda contract, decide, rendering: None,
    )
    app = FastAPI(redirect_slashes=False)
    install_problem_answers(app)
    app.state.authenticator = Everybody(
        PlatformScope.PREDICT, PlatformScope.PREDICT_BATCH, PlatformScope.MODELS_READ
    )
    app.include_router(segment_routes(ports))
    return app


@pytest.fixture
def client(app) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Edge(app, HttpMetrics(CollectorRegistry())), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_the_list_has_the_shape_of_its_example(client):
    listed = (await client.get("/resale/segments")).json()
    assert set(listed) == set(LIST_EXAMPLE)
    assert set(listed["items"][0]) == set(LIST_EXAMPLE["items"][0])
    assert set(listed["items"][0]["interests"]) == set(LIST_EXAMPLE["items"][0]["interests"])
    assert (listed["model"], listed["synthetic"]) == (REF.as_dict(), True)


async def test_the_example_of_the_documentation_is_answered_in_the_shape_shown(client):
    answer = (await client.post(ASSIGN, json=INTERACTIONS_EXAMPLE)).json()
    assert set(answer) == set(ASSIGN_EXAMPLE)
    assert set(answer["second"]) == set(ASSIGN_EXAMPLE["second"])
    assert set(answer["reasons"][0]) == set(ASSIGN_EXAMPLE["reasons"][0])
    assert "hatchbacks" in answer["name"]
    assert answer["warnings"] == []
    assert 0 <= answer["second"]["confidence"] <= answer["confidence"] <= 1


async def test_the_segment_is_one_of_the_list(client):
    names = {each["id"]: each["name"] for each in (await client.get("/resale/segments")).json()["items"]}
    answer = (await client.post(ASSIGN, json={"interactions": [SPORTS_CAR] * 9})).json()
    assert names[answer["segment"]] == answer["name"]
    assert "coupes" in answer["name"]


async def test_without_explanation_the_reasons_are_left_out(client):
    answer = (await client.post(f"{ASSIGN}?explain=false", json=INTERACTIONS_EXAMPLE)).json()
    assert set(answer) == set(ASSIGN_EXAMPLE) - {"reasons"}


async def test_few_interactions_strange_words_and_strange_buyers_are_warned_of(client):
    odd = look(body="Spaceship", price_eur=9e6, power_kw=2, age_years=100)
    answer = (await client.post(ASSIGN, json={"interactions": [odd, odd]})).json()
    codes = [warning["code"] for warning in answer["warnings"]]
    assert codes.count("resale.new_body") == 1
    assert {"resale.few_interactions", "resale.price_eur_unusual", "resale.power_kw_unusual"} <= set(codes)
    assert "counts as other" in next(
        each["detail"] for each in answer["warnings"] if each["code"] == "resale.new_body"
    )
    many = (await client.post(ASSIGN, json={"interactions": [odd] * 60})).json()
    assert many["fits"] is False
    assert "resale.fits_no_segment" in [warning["code"] for warning in many["warnings"]]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({}, 422, "input.missing_field", "/interactions"),
        ({"interactions": {}}, 422, "input.not_a_list", "/interactions"),
        ({"interactions": None}, 422, "input.not_a_list", "/interactions"),
        ({"interactions": [look()], "buyer": "anna"}, 422, "input.unknown_field", "/buyer"),
        ({"interactions": [look(), 7]}, 422, "input.not_an_object", "/interactions/1"),
        ({"interactions": [look(), look(kind="stare")]}, 422, "resale.unknown_kind", "/interactions/1/kind"),
        (
            {"interactions": [look(price_eur=-1)]},
            422,
            "resale.price_eur_out_of_range",
            "/interactions/0/price_eur",
        ),
        (
            {"interactions": [look(price_eur="9000")]},
            422,
            "resale.price_eur_not_a_number",
            "/interactions/0/price_eur",
        ),
        (
            {"interactions": [look(age_years=True)]},
            422,
            "resale.age_years_not_a_number",
            "/interactions/0/age_years",
        ),
        ({"interactions": [look(body="\x00")]}, 422, "resale.body_not_plain", "/interactions/0/body"),
        ({"interactions": [look(color="red")]}, 422, "input.unknown_field", "/interactions/0/color"),
        ({"interactions": [{"price_eur": 5_000}]}, 422, "input.missing_field", "/interactions/0/kind"),
    ],
)
async def test_what_is_wrong_is_named_with_its_place(client, body, status, code, pointer):
    answer = await client.post(ASSIGN, json=body)
    assert answer.status_code == status
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, pointer)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ([], 422, "input.not_an_object"),
        ({"interactions": []}, 422, "resale.no_interactions"),
        ({"interactions": [{"kind": "view"}] * (MOST_INTERACTIONS + 1)}, 413, "resale.too_many_interactions"),
        ({"interactions": [look(body="x" * 400)] * MOST_INTERACTIONS}, 413, "input.too_large"),
    ],
)
async def test_a_body_that_holds_no_buyer_is_refused_as_a_whole(client, body, status, code):
    answer = await client.post(ASSIGN, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_thousand_faults_are_counted_and_a_hundred_named(client):
    broken = {"kind": "stare", "price_eur": "x", "power_kw": "x"}
    problem = (await client.post(ASSIGN, json={"interactions": [broken] * 400})).json()
    assert len(problem["errors"]) == 100
    assert "1200 errors" in problem["detail"]


async def test_a_refused_buyer_is_counted(client, registry):
    await client.post(ASSIGN, json={})
    assert registry.get_sample_value("drivetrain_predictions_refused_total", {"model": MODEL_NAME}) == 1


async def test_as_many_interactions_as_are_allowed_are_answered(client):
    answer = await client.post(ASSIGN, json={"interactions": [look()] * MOST_INTERACTIONS})
    assert answer.status_code == 200


async def test_profiles_are_answered_alone_and_in_lists_with_their_cautions(client):
    few = {**BUYER_PROFILE.example(), "views": 1, "likes": 0, "searches": 0}
    alone = (await client.post("/resale/segments/profile", json=few)).json()
    listed = (await client.post("/resale/segments/profiles", json=[BUYER_PROFILE.example(), few])).json()
    assert set(listed["results"][0]) == set(BATCH_EXAMPLE["results"][0])
    assert listed["results"][1]["segment"] == alone["segment"]
    assert [each["code"] for each in alone["warnings"]] == ["resale.few_interactions"]
    assert [[each["code"] for each in result["warnings"]] for result in listed["results"]] == [
        [],
        ["resale.few_interactions"],
    ]


async def test_the_right_to_read_is_not_the_right_to_ask(app, client):
    app.state.authenticator = Everybody(PlatformScope.MODELS_READ)
    assert (await client.get("/resale/segments")).status_code == 200
    assert (await client.post(ASSIGN, json=INTERACTIONS_EXAMPLE)).status_code == 403
    app.state.authenticator = Everybody(PlatformScope.PREDICT)
    assert (await client.get("/resale/segments")).status_code == 403


def test_a_table_gets_a_cell_for_each_column():
    assert RENDERING.columns[:5] == ("segment", "segment_name", "confidence", "second_segment", "fits")


def test_the_example_of_the_documentation_is_checked_without_a_warning():
    rows, warnings = read_interactions(INTERACTIONS_EXAMPLE)
    assert len(rows) == len(INTERACTIONS_EXAMPLE["interactions"])
    assert warnings == []
