"""A key that sends more than it may is told when to come back; other keys are not slowed down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi import Depends, FastAPI
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.adapters.http.access import ANY_CALLER, Authenticator, KeyRing
from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.core.token_buckets import TokenBuckets
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADA, GRACE = mint_key("local"), mint_key("local")


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    clock = FixedClock(NOW)
    store = MemoryKeyStore(clock)
    for name, key in (("ada", ADA), ("grace", GRACE)):
        store.add(KeyRecord(key.key_id, name, SCOPES.granted(["client"]), key.digest(b"pepper"), NOW, "test"))
    ring = KeyRing(store.all)
    ring.reload()
    authenticator = Authenticator(
        ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock
    )
    app.state.authenticator = authenticator
    app.state.quota = TokenBuckets(0.5, 1.0, monotonic_s=lambda: 100.0)

    @app.get("/anything", dependencies=[Depends(ANY_CALLER)])
    async def answer() -> dict[str, str]:
        return {}

    return app


async def test_a_key_over_its_rate_is_refused_alone(client, app: FastAPI) -> None:
    as_ada, as_grace = {"X-API-Key": ADA.text}, {"X-API-Key": GRACE.text}
    assert (await client.get("/anything", headers=as_ada)).status_code == 200
    refused = await client.get("/anything", headers=as_ada)
    assert (refused.status_code, refused.json()["code"]) == (429, "limits.key_rate")
    assert refused.headers["retry-after"] == "2"
    token = app.state.authenticator.issue_token(await app.state.authenticator.by_key(ADA.text))
    as_token = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/anything", headers=as_token)).status_code == 429  # a token is its key
    assert (await client.get("/anything", headers=as_grace)).status_code == 200
