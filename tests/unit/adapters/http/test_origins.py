"""Browsers are answered for the origins that a setting names, and for no others."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

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
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(allow_origins(app, origins)), base_url="http://test"
    )


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


async def test_a_page_of_another_origin_may_not(app):
    async with browser(app, SHOP) as client:
        asked = await client.options("/price", headers=preflight(OTHER))
        answer = await client.get("/price", headers={"Origin": OTHER})
    assert asked.status_code == 400
    assert ALLOWED not in answer.headers


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
