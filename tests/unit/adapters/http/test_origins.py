"""Browsers are answered for the origins that a setting names, and for no others."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.metrics import HttpMetrics
from drivetrain.adapters.http.origins import allow_origins
from drivetrain.core.errors import InvalidInputError
from drivetrain.settings import Settings

SHOP, OTHER = "https://shop.example", "https://other.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.get("/price")
    async def price() -> int:
        return 1

    return app


def browser(app: FastAPI, *origins: str) -> httpx.AsyncClient:
    edge = Edge(allow_origins(app, origins), HttpMetrics(CollectorRegistry()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="http://test")


def preflight(origin: str, *headers: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": ", ".join(headers),
    }


async def test_a_page_of_a_named_origin_may_ask_and_send_its_key(app):
    async with browser(app, SHOP) as client:
        asked = await client.options("/price", headers=preflight(SHOP, "x-api-key", "content-type"))
        assert (asked.status_code, asked.headers[ALLOWED]) == (200, SHOP)
        answer = await client.get("/price", headers={"Origin": SHOP})
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, SHOP)
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("asking", "reason"),
    [
        (preflight(OTHER, "x-api-key"), "origin"),
        (preflight("null", "x-api-key"), "origin"),  # a page in a file or a sandbox
        (preflight(SHOP, "x-other"), "headers"),
        ({**preflight(SHOP, "x-api-key"), "Access-Control-Request-Method": "PATCH"}, "method"),
        ({**preflight(OTHER, "x-other"), "Access-Control-Request-Method": "x"}, "origin, method, headers"),
    ],
    ids=str,
)
async def test_a_preflight_that_is_refused_is_a_problem(app, asking, reason):
    async with browser(app, SHOP) as client:
        refused = await client.options("/price", headers=asking)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["vary"] == "Origin"
    assert ALLOWED not in refused.headers
    body = refused.json()
    assert (body["code"], body["request_id"]) == ("http.origin_not_allowed", refused.headers["x-request-id"])
    assert f"Not allowed: {reason}." in body["detail"]


async def test_a_page_of_another_origin_does_not_see_the_answer(app):
    async with browser(app, SHOP) as client:
        answer = await client.get("/price", headers={"Origin": OTHER})
    assert ALLOWED not in answer.headers


async def test_options_that_are_no_preflight_are_answered_as_without_origins(app):
    async with browser(app, SHOP) as client:
        asked = await client.options("/price", headers={"Origin": SHOP})
    assert (asked.status_code, asked.json()["code"]) == (405, "http.method_not_allowed")


async def test_without_origins_nothing_is_added(app):
    assert allow_origins(app, ()) is app
    assert Settings(cors_origins=None).allowed_origins == ()


def test_origins_are_listed_with_commas():
    listed = Settings(cors_origins=f"{SHOP}, http://localhost:5173")
    assert listed.allowed_origins == (SHOP, "http://localhost:5173")


@pytest.mark.parametrize("text", ["*", "shop.example", f"{SHOP}/", f"{SHOP}/page", f"{SHOP} {OTHER}", ","])
def test_anything_but_explicit_origins_is_refused(text):
    with pytest.raises(InvalidInputError):
        Settings(cors_origins=text)
