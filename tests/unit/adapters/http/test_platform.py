"""The shared routes: tokens for keys, health without a key, metrics for those who may read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.platform import access_routes, health_routes, metrics_routes
from drivetrain.core.access import KeyRecord, PlatformScope, mint_key
from drivetrain.core.health import Condition
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLIENT, VIEWER, UNKNOWN = mint_key("local"), mint_key("local"), mint_key("local")


@pytest.fixture
def conditions() -> list[Condition]:
    return [Condition("database", "ok"), Condition("model rental-price", "ok")]


@pytest.fixture
def app(app: FastAPI, registry, conditions) -> FastAPI:
    clock = FixedClock(NOW)
    store = MemoryKeyStore(clock)
    for name, key, role in (("shop", CLIENT, "client"), ("graphs", VIEWER, "viewer")):
        ends = NOW + timedelta(days=1)
        store.add(
            KeyRecord(key.key_id, name, SCOPES.granted([role]), key.digest(b"pepper"), NOW, "test", ends)
        )
    ring = KeyRing(store.all)
    ring.reload()
    access = Authenticator(ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock)
    app.state.authenticator = access
    app.include_router(access_routes(access))
    app.include_router(
        health_routes(lambda: conditions, lambda: [{"model": "rental-price", "is_synthetic": True}])
    )
    app.include_router(metrics_routes(registry))
    return app


class TestTokens:
    async def test_a_key_is_traded_for_a_token_with_its_scopes(self, client):
        token = (await client.post("/token", json={"api_key": CLIENT.text})).json()
        assert token == {
            "access_token": token["access_token"],
            "token_type": "bearer",
            "expires_in": 900,
            "scopes": [
                "dispatch:match",
                "events:write",
                "interactions:write",
                "listings:read",
                "predict",
                "predict:batch",
            ],
        }
        seen = await client.get(
            "/validate-token", headers={"Authorization": f"Bearer {token['access_token']}"}
        )
        assert seen.json() == {
            "subject": "shop",
            "scopes": [
                "dispatch:match",
                "events:write",
                "interactions:write",
                "listings:read",
                "predict",
                "predict:batch",
            ],
            "expires_at": "2026-05-01T12:15:00.000000Z",
        }

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"api_key": UNKNOWN.text}, 401),
            ({"api_key": "hunter2"}, 401),
            ({"api_key": ""}, 422),
            ({"api_key": "x" * 201}, 422),
            ({"api_key": 7}, 422),
            ({}, 422),
            ({"api_key": "hunter2", "more": 1}, 422),
        ],
    )
    async def test_anything_else_gets_no_token_and_is_not_repeated(self, client, body, status):
        answer = await client.post("/token", json=body)
        assert answer.status_code == status
        assert "hunter2" not in answer.text

    async def test_a_key_validates_as_itself_and_nobody_does_not(self, client):
        answer = await client.get("/validate-token", headers={"X-API-Key": VIEWER.text})
        assert (answer.json()["subject"], answer.json()["scopes"]) == (
            "graphs",
            ["metrics:read", "models:read"],
        )
        assert (await client.get("/validate-token")).status_code == 401


class TestHealth:
    async def test_health_names_dependencies_and_synthetic_data(self, client):
        assert (await client.get("/health")).json() == {
            "state": "ok",
            "dependencies": [
                {"name": "database", "state": "ok", "why": ""},
                {"name": "model rental-price", "state": "ok", "why": ""},
            ],
            "data": [{"model": "rental-price", "is_synthetic": True}],
        }

    @pytest.mark.parametrize(("state", "status"), [("ok", 200), ("degraded", 200), ("down", 503)])
    async def test_readiness_fails_only_when_no_decision_can_be_made_and_recorded(
        self, client, conditions, state, status
    ):
        conditions[0] = Condition("database", state, "refused" if state != "ok" else "")
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["state"]) == (status, state)
        assert ("retry-after" in answer.headers) == (status == 503)
        assert answer.json()["dependencies"][0]["why"] == conditions[0].why

    async def test_liveness_asks_nobody(self, client, conditions):
        conditions[0] = Condition("database", "down", "refused")
        assert (await client.get("/health/live")).json() == {"state": "ok"}
        assert (await client.get("/health")).status_code == 200


class TestMetrics:
    async def test_metrics_are_for_those_who_may_read_them(self, client, monkeypatch):
        monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/metrics", headers={"X-API-Key": CLIENT.text})).status_code == 403
        answer = await client.get("/metrics", headers={"Authorization": f"Bearer {VIEWER.text}"})
        assert answer.headers["content-type"].startswith("text/plain")
        assert 'http_requests_total{handler="/metrics",method="GET",status="4xx"} 2.0' in answer.text
        assert 'drivetrain_http_answers_total{status="403"} 1.0' in answer.text

    async def test_no_scope_beyond_reading_metrics_is_needed(self):
        assert PlatformScope.METRICS_READ in SCOPES.granted(["viewer"])
