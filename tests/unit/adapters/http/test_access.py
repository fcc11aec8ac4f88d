"""Whoever presents a live key or a genuine token is known by its scopes, and nobody else is."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from fastapi import Depends, FastAPI
from starlette.requests import Request
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.adapters.http import access
from drivetrain.adapters.http.access import (
    ANY_CALLER,
    ANY_ONLOOKER,
    Authenticator,
    KeyRing,
    Needs,
    public,
)
from drivetrain.core.access import Caller, KeyRecord, PlatformScope, mint_key
from drivetrain.core.errors import NotAllowedError, UnauthenticatedError, UnavailableError
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PEPPER, SECRET, TTL_S = b"p" * 32, b"s" * 64, 900


class Desk:
    """An installation with one key, ``self.key``, and what a client may present."""

    def __init__(
        self,
        *,
        scopes: frozenset[str] = frozenset({PlatformScope.PREDICT}),
        expires_at: datetime | None = None,
    ) -> None:
        self.clock = FixedClock(NOW)
        self.store = MemoryKeyStore(self.clock)
        self.ring = KeyRing(self.store.all, SCOPES.names)
        self.access = Authenticator(
            self.ring, pepper=PEPPER, token_secret=SECRET, token_ttl_s=TTL_S, clock=self.clock
        )
        self.key = mint_key("local")
        self.record = KeyRecord(
            self.key.key_id, "desk", scopes, self.key.digest(PEPPER), NOW, "test", expires_at
        )
        self.store.add(self.record)
        self.ring.reload()

    async def token(self) -> str:
        return self.access.issue_token(await self.access.by_key(self.key.text))

    async def present(self, **headers: str) -> Caller:
        """Authenticate a request with these headers."""
        pairs = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
        return await self.access.authenticate(Request({"type": "http", "headers": pairs}))

    async def refusal(self, **headers: str) -> str:
        """The code of the refusal."""
        with pytest.raises(UnauthenticatedError) as refused:
            await self.present(**headers)
        for value in headers.values():
            assert len(value) < 20 or value.removeprefix("Bearer ") not in refused.value.detail
        return refused.value.code


def signed(secret: bytes = SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    """A token that is genuine but for what is changed; None leaves a claim out."""
    claims = {
        "iss": "drivetrain",
        "sub": "desk",
        "kid": "?",
        "exp": NOW + timedelta(hours=1),
        "scopes": ["predict"],
        **changed,
    }
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, secret, algorithm=algorithm
    )


class TestKeys:
    async def test_a_key_is_accepted_in_either_header(self):
        desk = Desk()
        for headers in (
            {"X_API_Key": desk.key.text},
            {"Authorization": f"Bearer {desk.key.text}"},
            {"Authorization": f"bearer {desk.key.text}"},
            {"Authorization": f"Bearer  {desk.key.text}"},
            {"Authorization": f"Bearer {desk.key.text}", "X_API_Key": ""},  # an empty header is no credential
            {"Authorization": "", "X_API_Key": desk.key.text},
            {"Authorization": "Bearer", "X_API_Key": desk.key.text},
            {"Authorization": "Basic cHJveHk6cHJveHk=", "X_API_Key": desk.key.text},  # not a scheme of ours
        ):
            assert await desk.present(**headers) == desk.record.caller()

    async def test_a_key_of_the_same_id_and_another_secret_is_refused(self):
        desk = Desk()
        forged = mint_key("local")
        # its digest is of the other key
        desk.store.add(replace(desk.record, key_id=forged.key_id, name="other"))
        desk.ring.reload()
        assert await desk.refusal(X_API_Key=forged.text) == "auth.key_unknown"

    async def test_under_another_pepper_no_key_is_known(self):
        desk = Desk()
        desk.access = Authenticator(
            desk.ring, pepper=b"q" * 32, token_secret=SECRET, token_ttl_s=TTL_S, clock=desk.clock
        )
        assert await desk.refusal(X_API_Key=desk.key.text) == "auth.key_unknown"

    async def test_a_well_formed_key_that_was_never_made_is_refused(self):
        assert await Desk().refusal(X_API_Key=mint_key("local").text) == "auth.key_unknown"

    async def test_a_revoked_key_is_refused(self):
        desk = Desk()
        desk.store.revoke(desk.key.key_id, NOW, actor="an admin")
        desk.ring.reload()
        assert await desk.refusal(X_API_Key=desk.key.text) == "auth.key_ended"

    async def test_a_key_is_refused_from_the_instant_it_expires(self):
        desk = Desk(expires_at=NOW + timedelta(hours=1))
        desk.clock.advance(minutes=59, seconds=59)
        await desk.present(X_API_Key=desk.key.text)
        desk.clock.advance(seconds=1)
        assert await desk.refusal(X_API_Key=desk.key.text) == "auth.key_ended"

    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({}, "auth.missing"),
            ({"Authorization": ""}, "auth.missing"),
            ({"Authorization": "Bearer"}, "auth.missing"),
            ({"Authorization": "Basic ZGVzazpkZXNr"}, "auth.missing"),
            ({"X_API_Key": ""}, "auth.missing"),
            ({"X_API_Key": "  ", "Authorization": "Bearer  "}, "auth.missing"),
            ({"X_API_Key": "hunter\u00fc"}, "auth.key_malformed"),
            ({"Authorization": "Bearer hunter\u00fc"}, "auth.token_invalid"),
            ({"X_API_Key": "hunter2"}, "auth.key_malformed"),
            ({"Authorization": "Bearer dt_local"}, "auth.key_malformed"),
            ({"Authorization": "Bearer hunter2"}, "auth.token_invalid"),
        ],
    )
    async def test_what_is_no_credential_is_refused(self, headers, code):
        assert await Desk().refusal(**headers) == code

    async def test_two_credentials_are_refused_whichever_of_them_is_good(self):
        desk = Desk()
        token = await desk.token()
        for key in (desk.key.text, "hunter2"):
            for bearer in (token, desk.key.text, "hunter2"):
                refusal = await desk.refusal(X_API_Key=key, Authorization=f"Bearer {bearer}")
                assert refusal == "auth.ambiguous"

    @pytest.mark.parametrize("name", ["x-api-key", "authorization"])
    async def test_a_header_sent_twice_is_refused_in_either_order(self, name):
        desk = Desk()
        prefix = "Bearer " if name == "authorization" else ""
        values = [f"{prefix}{desk.key.text}".encode(), f"{prefix}hunter2".encode()]
        for ordered in (values, values[::-1]):
            pairs = [(name.encode(), value) for value in ordered]
            with pytest.raises(UnauthenticatedError) as refused:
                await desk.access.authenticate(Request({"type": "http", "headers": pairs}))
            assert refused.value.code == "auth.ambiguous"


class TestTokens:
    async def test_a_token_stands_for_its_key(self):
        desk = Desk()
        caller = await desk.present(Authorization=f"Bearer {await desk.token()}")
        assert (caller.subject, caller.credential_id, caller.scopes) == (
            "desk",
            desk.key.key_id,
            desk.record.scopes,
        )
        assert caller.expires_at == NOW + timedelta(seconds=TTL_S)

    async def test_a_token_ends_when_it_says(self):
        desk = Desk()
        token = await desk.token()
        desk.clock.advance(seconds=TTL_S - 1)
        await desk.present(Authorization=f"Bearer {token}")
        desk.clock.advance(seconds=1)
        assert await desk.refusal(Authorization=f"Bearer {token}") == "auth.token_expired"

    async def test_a_token_does_not_outlive_its_key(self):
        desk = Desk(expires_at=NOW + timedelta(seconds=60))
        token = await desk.token()
        assert (await desk.present(Authorization=f"Bearer {token}")).expires_at == NOW + timedelta(seconds=60)

    async def test_the_token_of_a_revoked_key_is_refused_at_once(self):
        desk = Desk()
        token = await desk.token()
        desk.store.revoke(desk.key.key_id, NOW, actor="an admin")
        desk.ring.reload()
        assert await desk.refusal(Authorization=f"Bearer {token}") == "auth.key_ended"

    async def test_the_token_of_a_key_that_is_gone_is_refused(self):
        desk = Desk()
        assert await desk.refusal(Authorization=f"Bearer {signed(kid='gone')}") == "auth.key_unknown"

    async def test_a_scope_that_means_nothing_here_is_left_out_and_stops_no_key(self):
        desk = Desk(scopes=frozenset({PlatformScope.PREDICT, "of:tomorrow"}))
        ring = KeyRing(desk.store.all, SCOPES.names)
        ring.reload()
        record = ring.get(desk.key.key_id)
        assert record is not None
        assert record.scopes == {"predict"}

    async def test_a_token_never_grants_more_than_its_key_has_now(self):
        desk = Desk()
        greedy = signed(kid=desk.key.key_id, scopes=[scope.value for scope in PlatformScope])
        assert (await desk.present(Authorization=f"Bearer {greedy}")).scopes == {PlatformScope.PREDICT}
        desk.store._records[desk.key.key_id] = replace(
            desk.record, scopes=frozenset({PlatformScope.MODELS_READ})
        )
        desk.ring.reload()
        assert (await desk.present(Authorization=f"Bearer {greedy}")).scopes == {PlatformScope.MODELS_READ}

    @pytest.mark.parametrize(
        "change",
        [
            {"secret": b"x" * 64},  # signed by somebody else
            {"algorithm": "HS512"},  # ours is HS256 and no other
            {"iss": "somebody"},
            {"iss": None},
            {"exp": None},  # would live for ever
            {"sub": None},
            {"kid": None},
            {"scopes": None},
            {"scopes": ["root"]},
            {"scopes": "predict"},
            {"scopes": 7},
            {"scopes": [["predict"]]},
            {"exp": "tomorrow"},
            {"exp": 10**30},
        ],
        ids=str,
    )
    async def test_a_token_that_is_not_ours_to_the_letter_is_refused(self, change):
        desk = Desk()
        token = signed(**{"kid": desk.key.key_id, **change})
        assert await desk.refusal(Authorization=f"Bearer {token}") == "auth.token_invalid"

    async def test_algorithm_none_in_any_letter_case_is_refused(self):
        desk = Desk()
        payload = (await desk.token()).split(".")[1]
        for name in ("none", "None", "NONE", "nOnE"):
            header = (
                base64.urlsafe_b64encode(json.dumps({"alg": name, "typ": "JWT"}).encode())
                .rstrip(b"=")
                .decode()
            )
            assert await desk.refusal(Authorization=f"Bearer {header}.{payload}.") == "auth.token_invalid"

    async def test_a_token_with_any_part_tampered_with_is_refused(self):
        desk = Desk()
        token = await desk.token()
        for at in range(0, len(token), 7):
            other = "A" if token[at] != "A" else "B"
            assert (
                await desk.refusal(Authorization=f"Bearer {token[:at]}{other}{token[at + 1 :]}")
                == "auth.token_invalid"
            )

    async def test_a_token_has_one_spelling(self):
        desk = Desk()
        token = await desk.token()
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        last = alphabet.index(token[-1])
        same_bytes = token[:-1] + alphabet[last ^ 1]  # differs in a bit that base64 does not use
        for other in (f"{token}=", f"{token}==", f"{token}A", f"{token}.", same_bytes, f"{token[:-1]}"):
            assert await desk.refusal(Authorization=f"Bearer {other}") == "auth.token_invalid"
        assert (await desk.present(Authorization=f"Bearer {token}")).subject == "desk"


class TestKeyRing:
    async def test_a_key_made_a_moment_ago_by_another_process_is_found(self):
        store = MemoryKeyStore(FixedClock(NOW))
        ring = KeyRing(store.all)
        key = mint_key("local")
        store.add(KeyRecord(key.key_id, "new", frozenset(), key.digest(PEPPER), NOW, "test"))
        assert ring.get(key.key_id) is None
        assert (await ring.find(key.key_id)).name == "new"
        assert ring.get(key.key_id).name == "new"

    async def test_a_key_made_right_after_a_look_is_found_by_the_next_one(self, monkeypatch):
        """Who has just been given a key is not told that it is unknown."""
        monkeypatch.setattr(access, "_SHORTEST_RELOAD_INTERVAL_S", 0.001)
        store = MemoryKeyStore(FixedClock(NOW))
        ring = KeyRing(store.all)
        for _ in range(3):
            ring.reload()
            key = mint_key("local")
            store.add(KeyRecord(key.key_id, key.key_id, frozenset(), key.digest(PEPPER), NOW, "test"))
            assert await ring.find(key.key_id) is not None

    async def test_many_unknown_keys_at_once_cost_one_look_into_the_store(self):
        loads, may_go_on = [], threading.Event()

        def load() -> list[KeyRecord]:
            loads.append(1)
            assert may_go_on.wait(5)
            return []

        ring = KeyRing(load)
        looking = [asyncio.create_task(ring.find(f"key {number}")) for number in range(50)]
        await asyncio.sleep(0)  # all of them have begun
        may_go_on.set()
        assert await asyncio.gather(*looking) == [None] * 50
        assert len(loads) == 1

    async def test_known_keys_are_found_while_the_store_is_away(self):
        desk = Desk()

        def away() -> list[KeyRecord]:
            raise UnavailableError("The database is away.")

        desk.ring._load = away
        assert await desk.present(X_API_Key=desk.key.text) == desk.record.caller()


class TestNeeds:
    @pytest.fixture
    def app(self, app: FastAPI) -> FastAPI:
        @app.get("/promote", dependencies=[Depends(Needs(PlatformScope.MODELS_PROMOTE))])
        async def promote() -> None:
            pass

        @app.get("/predict", dependencies=[Depends(Needs(PlatformScope.PREDICT))])
        async def predict() -> None:
            pass

        @app.get("/open", dependencies=[Depends(public)])
        async def anybody() -> None:
            pass

        return app

    @pytest.mark.parametrize(
        ("path", "with_key", "status"),
        [("/predict", True, 200), ("/promote", True, 403), ("/promote", False, 401), ("/open", False, 200)],
    )
    async def test_a_route_is_answered_to_those_who_have_its_scope(self, app, client, path, with_key, status):
        desk = Desk()
        app.state.authenticator = desk.access
        answer = await client.get(path, headers={"X-API-Key": desk.key.text} if with_key else {})
        assert answer.status_code == status

    async def test_the_refusal_names_the_missing_scope_and_the_key(self, app, client):
        desk = Desk()
        app.state.authenticator = desk.access
        problem = (await client.get("/promote", headers={"X-API-Key": desk.key.text})).json()
        assert problem["code"] == "auth.scope_missing"
        assert "models:promote" in problem["detail"]
        assert "'desk'" in problem["detail"]


class Sessions:
    """Knows one session."""

    cookie = "__Host-drivetrain-test"

    async def caller(self, session: str) -> Caller:
        if session != "ada's":
            raise UnauthenticatedError("The session has ended.", code="auth.session_ended")
        return Caller("person:1", "s1", frozenset({PlatformScope.PREDICT}))

    async def peek(self, session: str) -> Caller:
        return replace(await self.caller(session), credential_id="peeked at")


class TestCookies:
    """A browser's session counts where nothing else is presented."""

    def desk(self) -> Desk:
        desk = Desk()
        desk.access.accept_cookies(Sessions())
        return desk

    async def ask(self, desk: Desk, method: str = "GET", **headers: str) -> Caller:
        pairs = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
        return await desk.access.authenticate(Request({"type": "http", "method": method, "headers": pairs}))

    async def test_a_session_is_its_person(self) -> None:
        caller = await self.ask(self.desk(), cookie="other=1; __Host-drivetrain-test=ada's")
        assert (caller.subject, caller.credential_id) == ("person:1", "s1")

    async def test_a_stream_is_no_use_of_a_session(self, app, client) -> None:
        app.get("/onlooker")(lambda caller=Depends(ANY_ONLOOKER): caller.credential_id)
        app.get("/caller")(lambda caller=Depends(ANY_CALLER): caller.credential_id)
        app.state.authenticator = self.desk().access
        cookie = {"Cookie": "__Host-drivetrain-test=ada's"}
        assert (await client.get("/onlooker", headers=cookie)).json() == "peeked at"
        assert (await client.get("/caller", headers=cookie)).json() == "s1"
        assert (await client.get("/onlooker")).json()["code"] == "auth.missing"

    @pytest.mark.parametrize(
        ("cookie", "code"),
        [
            ("", "auth.missing"),
            ("other=1", "auth.missing"),
            ("__Host-drivetrain-test=", "auth.missing"),
            ("__Host-drivetrain-other=ada's", "auth.missing"),  # of another installation of this host
            ("__Host-drivetrain-test=gone", "auth.session_ended"),
        ],
    )
    async def test_anything_else_is_nobody(self, cookie: str, code: str) -> None:
        with pytest.raises(UnauthenticatedError) as refused:
            await self.ask(self.desk(), cookie=cookie)
        assert refused.value.code == code

    async def test_a_key_wins_over_the_cookie_that_browsers_send_by_themselves(self) -> None:
        desk = self.desk()
        cookie = "__Host-drivetrain-test=ada's"
        assert (await self.ask(desk, x_api_key=desk.key.text, cookie=cookie)).subject == "desk"
        with pytest.raises(UnauthenticatedError) as refused:
            await self.ask(desk, x_api_key="dt_wrong", cookie=cookie)
        assert refused.value.code == "auth.key_malformed"

    async def test_a_request_that_changes_something_must_come_from_our_pages(self) -> None:
        cookie = "__Host-drivetrain-test=ada's"
        with pytest.raises(NotAllowedError) as refused:
            await self.ask(self.desk(), "POST", cookie=cookie, host="here", origin="http://there")
        assert refused.value.code == "auth.cross_site"
        own = {"host": "here", "origin": "http://here", "x_drivetrain_client": "web/1"}
        assert (await self.ask(self.desk(), "POST", cookie=cookie, **own)).subject == "person:1"

    async def test_without_sessions_a_cookie_is_nothing(self) -> None:
        with pytest.raises(UnauthenticatedError) as refused:
            await self.ask(Desk(), cookie="__Host-drivetrain-test=ada's")
        assert refused.value.code == "auth.missing"


async def test_a_person_acts_with_their_key_and_its_tokens_under_their_own_id():
    person, company, branch = (UUID(int=number) for number in (1, 2, 3))
    desk = Desk()
    desk.store.add(
        replace(desk.record, key_id="b" * 12, name="my script", person=person, company=company, branch=branch)
    )
    desk.ring.reload()
    caller = desk.ring.get("b" * 12).caller()
    assert (caller.subject, caller.credential_id) == (f"person:{person}", "b" * 12)
    assert (caller.person, caller.company, caller.branch) == (person, company, branch)
    token = desk.access.issue_token(caller)
    by_token = await desk.present(Authorization=f"Bearer {token}")
    assert (by_token.subject, by_token.person, by_token.company, by_token.branch) == (
        f"person:{person}",
        person,
        company,
        branch,
    )


async def test_which_keys_were_used_is_remembered_until_it_is_written_down():
    desk = Desk()
    assert desk.ring.take_uses() == set()
    for _ in range(3):
        await desk.access.by_key(desk.key.text)
    assert desk.ring.take_uses() == {desk.key.key_id}
    await desk.present(Authorization=f"Bearer {await desk.token()}")
    assert desk.ring.take_uses() == {desk.key.key_id}
    assert desk.ring.take_uses() == set()


async def test_a_refused_key_was_not_used():
    desk = Desk()
    desk.store.revoke(desk.key.key_id, NOW, actor="an admin")
    desk.ring.reload()
    assert await desk.refusal(X_API_Key=desk.key.text) == "auth.key_ended"
    assert desk.ring.take_uses() == set()
