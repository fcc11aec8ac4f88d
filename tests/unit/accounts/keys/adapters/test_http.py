"""A key is shown once, when it is made; its hash never; and only administrators see any of it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from fastapi import FastAPI
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.accounts.keys.adapters.http import key_routes
from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.core.key_issuing import KeyIssuer
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADMIN, VIEWER, CLERK, DEALER = (mint_key("local") for _ in range(4))
PERSON, COMPANY = UUID(int=1), UUID(int=2)
AS_ADMIN, AS_VIEWER, AS_CLERK, AS_DEALER = ({"X-API-Key": key.text} for key in (ADMIN, VIEWER, CLERK, DEALER))
SHOP = {"name": "shop app", "grants": ["client"], "days": 90}


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore(FixedClock(NOW))


@pytest.fixture
def app(app: FastAPI, store) -> FastAPI:
    clock = FixedClock(NOW)
    for name, key in (("admin", ADMIN), ("viewer", VIEWER)):
        store.add(KeyRecord(key.key_id, name, SCOPES.granted([name]), key.digest(b"pepper"), NOW, "test"))
    ring = KeyRing(store.all)
    ring.reload()

    app.state.authenticator = Authenticator(
        ring, pepper=b"pepper", token_secret=b"s" * 32, token_ttl_s=900, clock=clock
    )
    app.include_router(key_routes(KeyIssuer(store, SCOPES, b"pepper", "local", clock)))
    return app


async def test_a_key_is_shown_when_it_is_made_and_never_again(client):
    made = await client.post("/keys", json=SHOP, headers=AS_ADMIN)
    assert (made.status_code, made.json()["name"], made.json()["created_by"]) == (201, "shop app", "admin")
    assert made.json()["expires_at"] == "2026-07-30T12:00:00.000000Z"
    text = made.json()["api_key"]
    assert made.json()["key_id"] in text
    assert text not in (await client.get("/keys", headers=AS_ADMIN)).text


async def test_the_list_never_shows_a_hash(client, store):
    await client.post("/keys", json=SHOP, headers=AS_ADMIN)
    listed = await client.get("/keys", headers=AS_ADMIN)
    shown = {
        "key_id",
        "name",
        "scopes",
        "created_at",
        "created_by",
        "expires_at",
        "revoked_at",
        "person",
        "company",
        "last_used_at",
    }
    assert [set(item) for item in listed.json()["items"]] == [shown] * 3
    assert not [record for record in store.all() if record.digest.hex() in listed.text]


async def test_a_revoked_key_says_since_when_and_twice_changes_nothing(client, store):
    key_id = (await client.post("/keys", json=SHOP, headers=AS_ADMIN)).json()["key_id"]
    first, second = [await client.delete(f"/keys/{key_id}", headers=AS_ADMIN) for _ in range(2)]
    assert first.json()["revoked_at"] == "2026-05-01T12:00:00.000000Z"
    assert (first.status_code, second.json()) == (200, first.json())
    assert [record.revoked_at for record in store.all() if record.key_id == key_id] == [NOW]


async def test_an_unknown_key_is_not_found(client):
    assert (await client.delete("/keys/nonsense", headers=AS_ADMIN)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 65},
        {"grants": []},
        {"grants": ["emperor"]},
        {"days": 0},
        {"days": 4_000},
        {"more": 1},
    ],
    ids=str,
)
async def test_a_wish_that_is_not_well_formed_is_refused(client, store, wrong):
    answer = await client.post("/keys", json={**SHOP, **wrong}, headers=AS_ADMIN)
    assert answer.status_code == 422
    assert len(store.all()) == 2


async def test_a_name_in_use_is_told(client):
    assert (await client.post("/keys", json={**SHOP, "name": "viewer"}, headers=AS_ADMIN)).status_code == 409


@pytest.mark.parametrize(("headers", "status"), [(AS_VIEWER, 403), ({}, 401)])
async def test_only_an_administrator_sees_or_changes_keys(client, store, headers, status):
    answers = [
        await client.get("/keys", headers=headers),
        await client.post("/keys", json=SHOP, headers=headers),
        await client.delete(f"/keys/{VIEWER.key_id}", headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert [record.revoked_at for record in store.all()] == [None, None]


@pytest.fixture
def clerk(app, store) -> None:
    """A key that may administer keys and look, and nothing else."""
    grants = SCOPES.granted(["users:admin", "viewer"])
    store.add(KeyRecord(CLERK.key_id, "clerk", grants, CLERK.digest(b"pepper"), NOW, "test"))
    app.state.authenticator._ring.reload()


@pytest.mark.usefixtures("clerk")
@pytest.mark.parametrize(
    ("grants", "lacking"),
    [
        (["admin"], "models:load"),
        (["viewer", "predict"], "lacks predict."),
        (["client"], "events:write"),
        (["operator"], "predict"),
    ],
)
async def test_nobody_gives_more_than_they_have(client, store, grants, lacking):
    refused = await client.post("/keys", json={**SHOP, "grants": grants}, headers=AS_CLERK)
    assert (refused.status_code, refused.json()["code"]) == (403, "keys.beyond_own_scopes")
    assert lacking in refused.json()["detail"]
    assert len(store.all()) == 3


@pytest.mark.usefixtures("clerk")
async def test_what_one_has_one_may_give(client):
    made = await client.post("/keys", json={**SHOP, "grants": ["viewer", "users:admin"]}, headers=AS_CLERK)
    assert (made.status_code, made.json()["created_by"]) == (201, "clerk")


@pytest.fixture
def dealer(app, store) -> None:
    """A key that a dealer made for themselves."""
    store.add(
        KeyRecord(
            DEALER.key_id,
            "my own",
            SCOPES.granted(["dealer"]),
            DEALER.digest(b"pepper"),
            NOW,
            "test",
            person=PERSON,
            company=COMPANY,
        )
    )
    app.state.authenticator._ring.reload()


@pytest.mark.usefixtures("dealer")
async def test_a_person_makes_sees_and_revokes_their_own_keys(client, store):
    made = await client.post("/keys", json={**SHOP, "grants": ["predict"]}, headers=AS_DEALER)
    assert made.status_code == 201
    owner = {"created_by": f"person:{PERSON}", "person": str(PERSON), "company": str(COMPANY)}
    assert made.json().items() >= owner.items()
    listed = (await client.get("/keys", headers=AS_DEALER)).json()["items"]
    assert {key["key_id"] for key in listed} == {DEALER.key_id, made.json()["key_id"]}
    assert (await client.delete(f"/keys/{made.json()['key_id']}", headers=AS_DEALER)).status_code == 200


@pytest.mark.usefixtures("dealer")
async def test_a_foreign_key_looks_like_a_missing_one(client, store):
    foreign, missing = [
        await client.delete(f"/keys/{key_id}", headers=AS_DEALER) for key_id in (VIEWER.key_id, "a" * 12)
    ]
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.json()["code"] == missing.json()["code"] == "keys.not_found"
    assert foreign.json()["detail"].replace(VIEWER.key_id, "a" * 12) == missing.json()["detail"]
    assert [record.revoked_at for record in store.all()] == [None] * 3


@pytest.mark.usefixtures("dealer")
@pytest.mark.parametrize("wish", [{"grants": ["operator"]}, {"grants": ["predict"], "of_installation": True}])
async def test_a_person_makes_no_key_with_more_than_they_hold(client, store, wish):
    refused = await client.post("/keys", json={**SHOP, **wish}, headers=AS_DEALER)
    assert (refused.status_code, refused.json()["code"]) == (403, "keys.beyond_own_scopes")
    assert len(store.all()) == 3


@pytest.mark.usefixtures("dealer")
async def test_an_administrator_sees_and_revokes_keys_of_people(client):
    listed = (await client.get("/keys", headers=AS_ADMIN)).json()["items"]
    assert DEALER.key_id in {key["key_id"] for key in listed}
    assert (await client.delete(f"/keys/{DEALER.key_id}", headers=AS_ADMIN)).status_code == 200


async def test_who_administers_chooses_whose_key_it_is(app, client, store):
    """A person's own by default, and one of the installation when asked for."""
    grants = SCOPES.granted(["admin"])
    store.add(KeyRecord(DEALER.key_id, "me", grants, DEALER.digest(b"pepper"), NOW, "test", person=PERSON))
    app.state.authenticator._ring.reload()
    own = await client.post("/keys", json=SHOP, headers=AS_DEALER)
    shared = await client.post("/keys", json={**SHOP, "of_installation": True}, headers=AS_DEALER)
    assert (own.json()["person"], shared.json()["person"]) == (str(PERSON), None)
    assert shared.json()["created_by"] == f"person:{PERSON}"
