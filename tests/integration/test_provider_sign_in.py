"""Signing in at an OpenID Connect provider: who gets in, who does not, and what a provider that lies or fails gets."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import Engine, text
from tests.support.accounts_app import NOW, PASSWORD, AccountsApp, keep_cookies
from tests.support.oidc_server import CLIENT_ID, SECOND_KEY, SECRET, Claims, OidcServer, new_key, oidc_server

from drivetrain.accounts.people.domain.codes import STEP_S, code_at
from drivetrain.accounts.sessions.adapters.oidc import KEYS_PAUSE
from drivetrain.adapters.postgres.database import transaction

ADA: Claims = {"email": "Ada@example.org", "email_verified": True, "name": "Ada Lovelace", "locale": "de-AT"}


@pytest.fixture
def provider() -> Iterator[OidcServer]:
    with oidc_server(int(NOW.timestamp())) as server:
        server.person = dict(ADA)
        yield server


def app_at(provider: OidcServer, engine: Engine, folder: Path, **values: Any) -> AccountsApp:
    settings = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": SECRET, "timeout_s": 60.0}
    return AccountsApp(engine, folder, **{**settings, "label": "Example login", **values})


@pytest.fixture
def accounts(provider: OidcServer, engine: Engine, tmp_path: Path) -> AccountsApp:
    """Where the provider is believed about addresses of example.org, and gives their owners accounts."""
    return app_at(provider, engine, tmp_path, domains="example.org", sign_up=True)


async def begun(client: httpx.AsyncClient, provider: OidcServer) -> Mapping[str, str]:
    """Begin, and sign in at the provider: what the browser comes back with."""
    attempt = await client.post("/sessions/providers/attempts")
    assert attempt.status_code == 201, attempt.text
    keep_cookies(client, attempt)
    return provider.sign_in(attempt.json()["url"])


def body_of(returned: Mapping[str, str], **more: str) -> dict[str, str]:
    names = {"state": "state", "code": "authorization_code", "iss": "issuer", "error": "error"}
    return {**{names[name]: value for name, value in returned.items()}, **more}


async def completed(client: httpx.AsyncClient, returned: Mapping[str, str], **more: str) -> httpx.Response:
    answer = await client.post("/sessions/providers/completions", json=body_of(returned, **more))
    keep_cookies(client, answer)
    return answer


async def signed_in(client: httpx.AsyncClient, provider: OidcServer) -> httpx.Response:
    return await completed(client, await begun(client, provider))


async def linked(client: httpx.AsyncClient, provider: OidcServer, password: str = PASSWORD) -> httpx.Response:
    """Link the account at the provider to whoever is signed in."""
    attempt = await client.post("/people/me/identities/attempts", json={"password": password})
    assert attempt.status_code == 201, attempt.text
    keep_cookies(client, attempt)
    returned = provider.sign_in(attempt.json()["url"])
    assert returned["state"].startswith("link.")
    return await client.post("/people/me/identities", json=body_of(returned))


def rows(accounts: AccountsApp, query: str) -> list[tuple[object, ...]]:
    with accounts.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def refusals(accounts: AccountsApp) -> list[object]:
    query = "SELECT detail ->> 'why' FROM drivetrain.audit_lines WHERE result = 'refused' ORDER BY position"
    return [why for (why,) in rows(accounts, query)]


async def test_an_unknown_person_of_a_believed_domain_gets_an_account_and_comes_back_to_it(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async with accounts.browser() as client:
        answer = await signed_in(client, provider)
        assert answer.status_code == 201, answer.text
        me = (await client.get("/people/me")).json()
        assert (me["email"], me["name"], me["language"], me["roles"]) == (
            "Ada@example.org",
            "Ada Lovelace",
            "de",
            [],
        )
        assert answer.json()["session"]["method"] == "provider"
    provider.person = {
        "email": "someone.else@elsewhere.example",
        "email_verified": False,
    }  # the subject is what counts
    async with accounts.browser() as client:
        again = await signed_in(client, provider)
        assert again.json()["person"]["person_id"] == me["person_id"]
    assert rows(accounts, "SELECT count(*) FROM drivetrain.people") == [(1,)]
    actions = [
        action for (action,) in rows(accounts, "SELECT action FROM drivetrain.audit_lines ORDER BY position")
    ]
    assert actions == ["people.sign_up", "sessions.begin", "sessions.begin"]
    trail = str(rows(accounts, "SELECT * FROM drivetrain.audit_lines"))
    assert "248289761001" not in trail
    assert "example.org" not in trail


async def test_the_session_is_a_new_one_and_the_attempt_is_forgotten(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async with accounts.browser() as client:
        attempt = await client.post("/sessions/providers/attempts")
        (cookie,) = attempt.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-drivetrain-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict", "Max-Age=600"} <= set(cookie.split("; "))
        keep_cookies(client, attempt)
        answer = await completed(client, provider.sign_in(attempt.json()["url"]))
        session, device, forgotten = answer.headers.get_list("set-cookie")
        assert "-device=" in device
        assert "SameSite=lax" in session
        assert "-provider=" in forgotten
        assert "Max-Age=0" in forgotten


async def test_the_button_is_offered_where_a_provider_is_set_up(
    accounts: AccountsApp, engine: Engine, tmp_path: Path
) -> None:
    async with accounts.browser() as client:
        assert (await client.get("/sessions/providers")).json()["items"] == [{"label": "Example login"}]
    async with AccountsApp(engine, tmp_path).browser() as client:
        assert (await client.get("/sessions/providers")).json()["items"] == []
        refused = await client.post("/sessions/providers/attempts")
        assert (refused.status_code, refused.json()["code"]) == (404, "sessions.no_provider")
        refused = await client.post("/sessions/providers/completions", json={"state": "x"})
        assert (refused.status_code, refused.json()["code"]) == (404, "sessions.no_provider")


CLOSED: dict[str, tuple[dict[str, Any], Claims]] = {
    "no domain is believed": ({"domains": None, "sign_up": True}, {}),
    "accounts are not made": ({"domains": "example.org", "sign_up": False}, {}),
    "another domain": ({"domains": "example.com, example.net", "sign_up": True}, {}),
    "a domain below": ({"sign_up": True}, {"email": "ada@sub.example.org"}),
    "a domain that ends alike": ({"sign_up": True}, {"email": "ada@notexample.org"}),
    "not verified": ({"sign_up": True}, {"email_verified": False}),
    "verified in words": ({"sign_up": True}, {"email_verified": "true"}),
    "no word about verified": ({"sign_up": True}, {"email_verified": None}),
    "no address": ({"sign_up": True}, {"email": None}),
    "an address that is none": ({"sign_up": True}, {"email": ["ada@example.org"]}),
}


@pytest.mark.parametrize("case", sorted(CLOSED))
async def test_nobody_gets_an_account_whose_address_is_not_vouched_for(
    provider: OidcServer, engine: Engine, tmp_path: Path, case: str
) -> None:
    values, claims = CLOSED[case]
    accounts = app_at(provider, engine, tmp_path, **{"domains": "example.org", **values})
    provider.person = {**ADA, **claims}
    async with accounts.browser() as client:
        answer = await signed_in(client, provider)
    assert (answer.status_code, answer.json()["code"]) == (401, "sessions.identity_unknown")
    assert rows(accounts, "SELECT count(*) FROM drivetrain.people") == [(0,)]
    assert refusals(accounts) == ["sessions.identity_unknown"]


async def test_an_invited_person_is_linked_by_their_address(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    person = accounts.person(has_password=False)
    with transaction(accounts.engine) as connection:
        connection.execute(text("UPDATE drivetrain.people SET verified_at = NULL"))
    async with accounts.browser() as client:
        answer = await signed_in(client, provider)
        assert answer.json()["person"]["person_id"] == str(person)
    assert rows(accounts, "SELECT verified_at IS NOT NULL FROM drivetrain.people") == [(True,)]
    assert "An account was linked to yours" in [subject for _, subject in accounts.letters()]


async def test_an_account_with_a_password_is_never_linked_by_an_address(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    """Else whoever rules over addresses at the provider could take the account over."""
    accounts.person()
    async with accounts.browser() as client:
        answer = await signed_in(client, provider)
        assert answer.json()["code"] == "sessions.identity_unknown"
        assert (await client.get("/people/me")).status_code == 401
    assert rows(accounts, "SELECT count(*) FROM drivetrain.identities") == [(0,)]


async def test_neither_is_an_administrator_nor_an_account_with_another_subject(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    accounts.person(roles=("admin",), has_password=False)
    provider.person = {**ADA, "sub": "first", "email": "bob@example.org"}
    async with accounts.browser() as client:
        assert (await signed_in(client, provider)).status_code == 201
    for claims in (ADA, {**ADA, "sub": "second", "email": "bob@example.org"}):
        provider.person = claims
        async with accounts.browser() as client:
            assert (await signed_in(client, provider)).json()["code"] == "sessions.identity_unknown"


async def test_whoever_is_signed_in_links_the_provider_and_signs_in_by_it_from_then_on(
    provider: OidcServer, engine: Engine, tmp_path: Path
) -> None:
    accounts = app_at(provider, engine, tmp_path)  # no domain is believed
    person = accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        answer = await linked(client, provider)
        assert answer.status_code == 201, answer.text
        (item,) = (await client.get("/people/me/identities")).json()["items"]
        assert item == answer.json()
        assert (item["issuer"], item["subject"]) == (provider.issuer, "248289761001")
        assert (await linked(client, provider)).json()["code"] == "sessions.identity_taken"
    async with accounts.browser() as client:
        assert (await signed_in(client, provider)).json()["person"]["person_id"] == str(person)
        gone = await client.delete(f"/people/me/identities/{item['identity_id']}")
        assert gone.status_code == 204
        accounts.reloads["sessions"]()
        assert (await client.get("/people/me")).status_code == 401
        assert (await signed_in(client, provider)).json()["code"] == "sessions.identity_unknown"
    subjects = [subject for recipient, subject in accounts.letters() if recipient == "ada@example.org"]
    assert [subject for subject in subjects if "linked" in subject] == [
        "An account was linked to yours",
        "An account was unlinked from yours",
    ]
    actions = [
        action for (action,) in rows(accounts, "SELECT action FROM drivetrain.audit_lines ORDER BY position")
    ]
    assert {"people.link_identity", "people.unlink_identity"} <= set(actions)


async def test_linking_needs_the_password_and_the_person_who_began(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    accounts.person()
    accounts.person("bob@example.org")
    async with accounts.browser() as client, accounts.browser() as other:
        await accounts.signed_in(client)
        await accounts.signed_in(other, "bob@example.org")
        refused = await client.post("/people/me/identities/attempts", json={"password": "not this one, no"})
        assert refused.json()["errors"][0]["code"] == "people.wrong_password"
        attempt = await client.post("/people/me/identities/attempts", json={"password": PASSWORD})
        keep_cookies(other, attempt)  # somebody has somebody else's attempt
        returned = provider.sign_in(attempt.json()["url"])
        foreign = await other.post("/people/me/identities", json=body_of(returned))
        assert (foreign.status_code, foreign.json()["code"]) == (422, "sessions.attempt_invalid")
        as_sign_in = await completed(other, returned)
        assert as_sign_in.json()["code"] == "sessions.attempt_invalid"
        to_sign_in = await begun(client, provider)
        as_link = await client.post("/people/me/identities", json=body_of(to_sign_in))
        assert as_link.json()["code"] == "sessions.attempt_invalid"
    assert rows(accounts, "SELECT count(*) FROM drivetrain.identities") == [(0,)]


async def test_a_link_of_somebody_else_cannot_be_taken_or_removed(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    accounts.person()
    accounts.person("bob@example.org")
    async with accounts.browser() as client, accounts.browser() as other:
        await accounts.signed_in(client)
        await accounts.signed_in(other, "bob@example.org")
        identity = (await linked(client, provider)).json()["identity_id"]
        taken = await linked(other, provider)
        assert (taken.status_code, taken.json()["code"]) == (409, "sessions.identity_taken")
        missing = await other.delete(f"/people/me/identities/{identity}")
        assert (missing.status_code, missing.json()["code"]) == (404, "sessions.identity_not_found")


async def test_deactivated_people_stay_out_and_erased_ones_leave_no_link(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async with accounts.browser() as client:
        assert (await signed_in(client, provider)).status_code == 201
        with transaction(accounts.engine) as connection:
            connection.execute(text("UPDATE drivetrain.people SET deactivated_at = now()"))
        assert (await signed_in(client, provider)).json()["code"] == "sessions.identity_unknown"
        with transaction(accounts.engine) as connection:
            connection.execute(text("UPDATE drivetrain.people SET deactivated_at = NULL"))
        assert (await signed_in(client, provider)).status_code == 201
        tables = (await client.get("/people/me/export")).json()["tables"]
        assert tables["identities"][0]["subject"] == "248289761001"
        erased = await client.post("/people/me/erasure", json={})
        assert erased.status_code == 204, erased.text
    assert rows(accounts, "SELECT count(*) FROM drivetrain.identities") == [(0,)]


async def test_a_second_factor_is_asked_for_and_the_provider_only_once(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async with accounts.browser() as client:
        await signed_in(client, provider)
        enrolled = (await client.post("/people/me/second-factor", json={})).json()
        secret = base64.b32decode(enrolled["secret"])
        step = int(accounts.clock.now().timestamp()) // STEP_S
        code = code_at(secret, step)
        confirmed = await client.post("/people/me/second-factor/confirmation", json={"code": code})
        assert confirmed.status_code == 200, confirmed.text
    accounts.clock.advance(seconds=STEP_S)
    provider.now_s += STEP_S
    async with accounts.browser() as client:
        returned = await begun(client, provider)
        asked = await completed(client, returned)
        assert (asked.status_code, asked.json()["code"]) == (401, "sessions.code_needed")
        assert (await client.get("/people/me")).status_code == 401
        wrong = await completed(client, returned, code="000000")
        assert wrong.json()["code"] == "sessions.wrong_code"
        right = await completed(client, returned, code=code_at(secret, step + 1))
        assert right.status_code == 201, right.text
        assert right.json()["session"]["has_second_factor"] is True
    assert provider.requests.count("/token") == 2


async def test_another_state_browser_or_purpose_is_refused(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    """Whoever lures a browser to our page with an answer of their own signs nobody in."""
    async with accounts.browser() as client, accounts.browser() as victim:
        returned = await begun(client, provider)
        for browser, answer in (
            (client, {**returned, "state": "x" * 43}),
            (client, {**returned, "state": "\ud800"}),
            (victim, returned),  # has begun nothing
        ):
            refused = await browser.post(
                "/sessions/providers/completions",
                content=json.dumps(body_of(answer)),
                headers={"Content-Type": "application/json"},
            )
            assert refused.status_code in (400, 422), refused.text
            assert "set-cookie" not in refused.headers
        keep_cookies(victim, await victim.post("/sessions/providers/attempts"))
        assert (await completed(victim, returned)).json()["code"] == "sessions.attempt_invalid"
        (name,) = [name for name in victim.cookies if name.endswith("-provider")]
        victim.cookies.set(name, "gAAAAA" + "A" * 90)
        assert (await completed(victim, returned)).json()["code"] == "sessions.attempt_invalid"
        accounts.clock.advance(minutes=11)
        assert (await completed(client, returned)).json()["code"] == "sessions.attempt_invalid"
    assert provider.requests.count("/token") == 0


async def test_pages_of_other_sites_can_neither_begin_nor_end(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async with accounts.browser() as client:
        returned = await begun(client, provider)
        client.headers["Sec-Fetch-Site"] = "cross-site"
        for path, body in (("attempts", {}), ("completions", body_of(returned))):
            refused = await client.post(f"/sessions/providers/{path}", json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "auth.cross_site")


async def test_an_answer_is_good_for_one_use(accounts: AccountsApp, provider: OidcServer) -> None:
    async with accounts.browser() as client:
        returned = await begun(client, provider)
        kept = dict(client.cookies)
        assert (await completed(client, returned)).status_code == 201
        client.cookies.update(kept)
        assert (await completed(client, returned)).json()["code"] == "sessions.provider_refused"


async def test_what_the_provider_refuses_and_mixed_up_providers_are_refused(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async with accounts.browser() as client:
        returned = await begun(client, provider)
        denied = await completed(client, {"state": returned["state"], "error": "access_denied"})
        assert (denied.status_code, denied.json()["code"]) == (401, "sessions.provider_refused")
        assert "access_denied" not in denied.text
        mixed = await completed(client, {**returned, "iss": "https://evil.example"})
        assert mixed.json()["code"] == "sessions.provider_unverified"
        assert provider.requests.count("/token") == 0
        unknown = await completed(client, {**returned, "code": "another"})
        assert unknown.json()["code"] == "sessions.provider_refused"
    assert refusals(accounts) == [
        "sessions.provider_refused",
        "sessions.provider_unverified",
        "sessions.provider_refused",
    ]


def without(name: str) -> Callable[[Claims], None]:
    return lambda claims: claims.pop(name) and None


def unsigned(claims: Claims) -> str:
    return jwt.encode(claims, None, algorithm="none")


def by_hmac_of_the_public_key(claims: Claims) -> str:
    """The old confusion: the public key taken for a shared secret."""
    return jwt.encode(claims, "public" * 8, algorithm="HS256", headers={"kid": "first"})


STRANGER, SHORT = new_key(), new_key(1024)

CHANGES: dict[str, Callable[[Claims], None]] = {
    "another nonce": lambda claims: claims.update(nonce="other"),
    "no nonce": without("nonce"),
    "another issuer": lambda claims: claims.update(iss="https://evil.example"),
    "an issuer with a slash": lambda claims: claims.update(iss=f"{claims['iss']}/"),
    "another audience": lambda claims: claims.update(aud="other"),
    "audiences beside us": lambda claims: claims.update(aud=[CLIENT_ID, "other"], azp=CLIENT_ID),
    "no audience": without("aud"),
    "another party": lambda claims: claims.update(azp="other"),
    "expired": lambda claims: claims.update(exp=claims["iat"] - 61),
    "no expiry": without("exp"),
    "expiry in words": lambda claims: claims.update(exp="never"),
    "expiry without end": lambda claims: claims.update(exp=float("inf")),
    "made long ago": lambda claims: claims.update(iat=claims["iat"] - 3600),
    "made in the future": lambda claims: claims.update(iat=claims["iat"] + 3600, exp=claims["iat"] + 7200),
    "not good yet": lambda claims: claims.update(nbf=claims["iat"] + 3600),
    "no subject": without("sub"),
    "an empty subject": lambda claims: claims.update(sub=""),
    "a long subject": lambda claims: claims.update(sub="x" * 256),
    "a hash of another access token": lambda claims: claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}

FORGERIES: dict[str, Callable[[OidcServer, Claims], str]] = {
    "alg none": lambda _, claims: unsigned(claims),
    "alg HS256": lambda _, claims: by_hmac_of_the_public_key(claims),
    "an unknown key": lambda server, claims: server.signed(claims, kid="other", key=STRANGER),
    "another key under a known name": lambda server, claims: server.signed(claims, kid="first", key=STRANGER),
    "a changed payload": lambda server, claims: _with_other_payload(server.signed(claims)),
    "unknown critical header": lambda server, claims: server.signed(claims, crit=["x"], x=1),
    "no token": lambda *_: "",
    "no JWT": lambda *_: "a.b",
    "nested brackets": lambda *_: f"{base64.urlsafe_b64encode(b'[' * 9000).decode()}.e30.AA",
    "far too long": lambda server, claims: server.signed({**claims, "x": "y" * 20_000}),
}


def _with_other_payload(token: str) -> str:
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    other = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "admin"}).encode()).decode().rstrip("=")
    return f"{head}.{other}.{signature}"


@pytest.mark.parametrize("case", sorted(CHANGES))
async def test_a_token_that_was_not_made_for_this_attempt_is_refused(
    accounts: AccountsApp, provider: OidcServer, case: str
) -> None:
    provider.change = CHANGES[case]
    async with accounts.browser() as client:
        answer = await signed_in(client, provider)
    assert (answer.status_code, answer.json()["code"]) == (401, "sessions.provider_unverified"), answer.text
    assert refusals(accounts) == ["sessions.provider_unverified"]
    assert rows(accounts, "SELECT count(*) FROM drivetrain.people") == [(0,)]


@pytest.mark.parametrize("case", sorted(FORGERIES))
async def test_a_token_that_the_provider_did_not_sign_is_refused(
    accounts: AccountsApp, provider: OidcServer, case: str
) -> None:
    provider.forge = lambda claims: FORGERIES[case](provider, claims)
    async with accounts.browser() as client:
        answer = await signed_in(client, provider)
    assert (answer.status_code, answer.json()["code"]) == (401, "sessions.provider_unverified"), answer.text
    assert rows(accounts, "SELECT count(*) FROM drivetrain.people") == [(0,)]


@pytest.mark.filterwarnings("ignore:.*2048 bits")
async def test_a_short_key_verifies_nothing(accounts: AccountsApp, provider: OidcServer) -> None:
    provider.keys, provider.sign_with = {"short": SHORT}, "short"
    async with accounts.browser() as client:
        assert (await signed_in(client, provider)).json()["code"] == "sessions.provider_unverified"


async def test_keys_rotate(accounts: AccountsApp, provider: OidcServer) -> None:
    async with accounts.browser() as client:
        assert (await signed_in(client, provider)).status_code == 201
        provider.keys, provider.sign_with = {"second": SECOND_KEY}, "second"
        too_soon = await signed_in(client, provider)  # the keys were read this instant
        assert too_soon.json()["code"] == "sessions.provider_unverified"
        accounts.clock.advance(seconds=KEYS_PAUSE.total_seconds())
        assert (await signed_in(client, provider)).status_code == 201
        provider.forge = lambda claims: provider.signed(claims, kid="first", key=STRANGER)
        for _ in range(5):
            assert (await signed_in(client, provider)).status_code == 401
    assert provider.requests.count("/keys") == 2


METADATA, TOKEN, KEYS = "/.well-known/openid-configuration", "/token", "/keys"
JSON = {"Content-Type": "application/json"}

FAILURES: dict[str, tuple[str, int, Mapping[str, str], bytes]] = {
    "metadata 500": (METADATA, 500, {}, b"{}"),
    "metadata elsewhere": (METADATA, 302, {"Location": "http://169.254.169.254/"}, b""),
    "metadata no JSON": (METADATA, 200, JSON, b"<html>"),
    "metadata a list": (METADATA, 200, JSON, b"[]"),
    "metadata nested": (METADATA, 200, JSON, b"[" * 100_000),
    "metadata of another": (METADATA, 200, JSON, b'{"issuer": "https://evil.example"}'),
    "metadata without end": (METADATA, 200, JSON, b" " * 300_000),
    "metadata compressed": (METADATA, 200, {**JSON, "Content-Encoding": "gzip"}, b"{}"),
    "tokens 500": (TOKEN, 500, JSON, b'{"error": "server_error"}'),
    "tokens no JSON": (TOKEN, 200, JSON, b"\xff\xfe"),
    "client unknown": (TOKEN, 401, JSON, b'{"error": "invalid_client"}'),
    "tokens without end": (TOKEN, 200, JSON, b'"' + b"x" * 300_000 + b'"'),
    "keys gone": (KEYS, 404, JSON, b"{}"),
    "keys no list": (KEYS, 200, JSON, b'{"keys": "none"}'),
}


@pytest.mark.parametrize("case", sorted(FAILURES))
async def test_a_provider_that_fails_is_a_problem_and_no_error_of_ours(
    accounts: AccountsApp, provider: OidcServer, case: str
) -> None:
    path, status, headers, content = FAILURES[case]
    provider.answers[path] = (status, headers, content)
    async with accounts.browser() as client:
        answer = await client.post("/sessions/providers/attempts")
        if path != METADATA:
            keep_cookies(client, answer)
            answer = await completed(client, provider.sign_in(answer.json()["url"]))
        assert (answer.status_code, answer.json()["code"]) == (503, "sessions.provider_unavailable")
        assert "Retry-After" in answer.headers
        assert (await accounts.signed_in(client)).status_code == 401  # the others still get an answer
        del provider.answers[path]
        assert (await signed_in(client, provider)).status_code == 201


@pytest.mark.parametrize(
    "endpoint", ["javascript:alert(1)", "//evil.example", "ftp://x", "http://a b", None, 7]
)
async def test_no_browser_is_sent_to_an_address_that_is_none(
    accounts: AccountsApp, provider: OidcServer, endpoint: object
) -> None:
    _, document = provider.answer(METADATA, {}, {})
    content = json.dumps({**document, "authorization_endpoint": endpoint}).encode()
    provider.answers[METADATA] = (200, JSON, content)
    async with accounts.browser() as client:
        answer = await client.post("/sessions/providers/attempts")
    assert (answer.status_code, answer.json()["code"]) == (503, "sessions.provider_unavailable")


async def test_a_provider_that_is_slow_or_gone_is_given_up(
    provider: OidcServer, engine: Engine, tmp_path: Path
) -> None:
    accounts = app_at(provider, engine, tmp_path, timeout_s=0.2)
    provider.delay_s = 1.0
    async with accounts.browser() as client:
        slow = await client.post("/sessions/providers/attempts")
        assert (slow.status_code, slow.json()["code"]) == (503, "sessions.provider_unavailable")
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        gone = AccountsApp(engine, tmp_path, issuer=address, client_id=CLIENT_ID, timeout_s=60.0)
        async with gone.browser() as client:
            answer = await client.post("/sessions/providers/attempts")
            assert (answer.status_code, answer.json()["code"]) == (503, "sessions.provider_unavailable")


async def test_begins_and_ends_are_limited_by_address(accounts: AccountsApp, provider: OidcServer) -> None:
    async with accounts.browser(address="198.51.100.7") as client:
        statuses = [(await client.post("/sessions/providers/attempts")).status_code for _ in range(61)]
        assert statuses == [201] * 60 + [429]
        refused = await client.post("/sessions/providers/completions", json={"state": "x"})
        assert refused.status_code == 429
    async with accounts.browser(address="198.51.100.8") as client:
        assert (await client.post("/sessions/providers/attempts")).status_code == 201


async def test_no_secret_of_the_flow_is_in_a_table_or_a_cookie_in_clear(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async with accounts.browser() as client:
        returned = await begun(client, provider)
        (login,) = provider.authorized.values()
        (cookie,) = [value for name, value in client.cookies.items() if name.endswith("-provider")]
        sealed = base64.urlsafe_b64decode(cookie)
        for secret in (returned["state"], login.nonce, "verifier"):
            assert secret.encode() not in sealed
            assert secret not in cookie
        assert (await completed(client, returned)).status_code == 201
    tables = [
        name for (name,) in rows(accounts, "SELECT tablename FROM pg_tables WHERE schemaname = 'drivetrain'")
    ]
    dump = "".join(str(rows(accounts, f"SELECT * FROM drivetrain.{name}")) for name in tables)
    assert "248289761001" in dump
    for secret in (returned["state"], returned["code"], login.nonce, SECRET):
        assert secret not in dump


async def test_of_parallel_first_sign_ins_one_makes_the_account(
    accounts: AccountsApp, provider: OidcServer
) -> None:
    async def sign_in(_: int) -> int:
        async with accounts.browser() as client:
            return (await signed_in(client, provider)).status_code

    statuses = await asyncio.gather(*map(sign_in, range(8)))
    assert set(statuses) <= {201, 401, 409}
    assert 201 in statuses
    assert rows(accounts, "SELECT count(*) FROM drivetrain.people") == [(1,)]
    assert rows(accounts, "SELECT count(*) FROM drivetrain.identities") == [(1,)]
