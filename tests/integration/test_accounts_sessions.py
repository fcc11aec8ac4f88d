"""Sessions over HTTP: signing in and out, cookies, limits, other sites, and the same answer for nobody."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from tests.support.accounts_app import PASSWORD, AccountsApp, keep_cookies, secret_of, settled

from drivetrain.accounts.people.adapters import pace
from drivetrain.accounts.people.adapters.stores import PostgresTokens
from drivetrain.accounts.people.application.accounts import new_token
from drivetrain.accounts.people.domain.tokens import Purpose
from drivetrain.adapters.postgres.database import transaction
from drivetrain.products import SCOPES

GUESSES = int(os.environ.get("DRIVETRAIN_TEST_GUESSES", "130"))
CROWD, ROOM = 60, 50
"""People who sign in at once, and how many of them one worker lets wait."""

FIRST_ADDRESS = IPv4Address("198.18.0.0")
"""Of a range that is set aside for tests of devices."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers need not hide here how long they took."""
    monkeypatch.setattr(pace, "STEP_S", 0.001)


@pytest.fixture
def accounts(engine: Engine, tmp_path: Path) -> AccountsApp:
    return AccountsApp(engine, tmp_path)


async def test_whoever_signs_in_is_known_with_the_scopes_of_their_roles(accounts: AccountsApp) -> None:
    person = accounts.person(roles=("analyst",))
    async with accounts.browser() as client:
        answer = await accounts.signed_in(client, " ADA@example.org ")
        assert answer.status_code == 201, answer.text
        assert answer.json()["person"]["email"] == "ada@example.org"
        me = (await client.get("/people/me")).json()
        assert me["person_id"] == str(person)
        assert set(me["scopes"]) == SCOPES.of_roles(["analyst"])
        assert me["roles"] == [{"role": "analyst", "company_id": None, "branch_id": None}]
        who = (await client.get("/validate-token")).json()
        assert who["subject"] == f"person:{person}"
        assert PASSWORD not in answer.text
        assert "argon2" not in answer.text + str(me)


async def test_the_cookie_is_out_of_reach_of_pages_and_other_hosts(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        answer = await accounts.signed_in(client)
        session, device = answer.headers.get_list("set-cookie")
        assert session.startswith("__Host-drivetrain-")
        assert "-device=" in device
        for cookie in (session, device):
            assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
            assert "Domain" not in cookie
        assert "SameSite=lax" in session
        assert "Max-Age" not in session
        with accounts.engine.connect() as connection:
            dump = str(connection.execute(text("SELECT * FROM drivetrain.sessions")).all())
        assert session.partition("=")[2].partition(";")[0] not in dump


async def test_without_a_prefix_and_secure_only_on_this_machine_and_on_request(
    engine: Engine, tmp_path: Path
) -> None:
    accounts = AccountsApp(engine, tmp_path, insecure_cookies=True)
    accounts.person()
    async with accounts.browser() as client:
        (session, _) = (await accounts.signed_in(client)).headers.get_list("set-cookie")
        assert session.startswith("drivetrain-")
        assert "Secure" not in session
        assert (await client.get("/sessions/current")).status_code == 200
    async with accounts.browser(address="192.0.2.7") as client:
        (session, _) = (await accounts.signed_in(client)).headers.get_list("set-cookie")
        assert "Secure" in session.split("; ")


WRONG: dict[str, dict[str, str]] = {
    "wrong password": {"email": "ada@example.org", "password": "kettle sofa ninety river"},
    "no account": {"email": "bob@example.org", "password": PASSWORD},
    "not verified": {"email": "new@example.org", "password": PASSWORD},
    "deactivated": {"email": "gone@example.org", "password": PASSWORD},
    "no password yet": {"email": "link@example.org", "password": PASSWORD},
    "empty password": {"email": "link@example.org", "password": ""},
}


@pytest.mark.parametrize("case", sorted(WRONG))
async def test_every_failed_sign_in_has_one_answer(accounts: AccountsApp, case: str) -> None:
    accounts.person()
    accounts.person("new@example.org")
    accounts.person("gone@example.org")
    accounts.person("link@example.org", has_password=False)
    with accounts.engine.begin() as connection:
        connection.execute(
            text("UPDATE drivetrain.people SET verified_at = NULL WHERE email_key = 'new@example.org'")
        )
        connection.execute(
            text("UPDATE drivetrain.people SET deactivated_at = now() WHERE email_key = 'gone@example.org'")
        )
    async with accounts.browser() as client:
        answer = await client.post("/sessions", json=WRONG[case])
    assert answer.status_code == 401
    assert answer.json()["code"] == "sessions.wrong_credentials"
    assert answer.json()["detail"] == "Address and password do not belong to an account that may sign in."
    assert "set-cookie" not in answer.headers


async def test_failed_sign_ins_are_in_the_trail_without_an_address(accounts: AccountsApp) -> None:
    async with accounts.browser() as client:
        await client.post("/sessions", json=WRONG["no account"])
    with accounts.engine.connect() as connection:
        (line,) = connection.execute(text("SELECT * FROM drivetrain.audit_lines")).mappings()
    assert (line["action"], line["result"]) == ("sessions.begin", "refused")
    assert "bob" not in str(dict(line))


async def test_signing_out_ends_the_session_in_every_worker(engine: Engine, tmp_path: Path) -> None:
    one = AccountsApp(engine, tmp_path)
    other = AccountsApp(engine, tmp_path, one.clock)
    one.person()
    async with one.browser() as client, other.browser() as elsewhere:
        answer = await one.signed_in(client)
        keep_cookies(elsewhere, answer)
        assert (await elsewhere.get("/people/me")).status_code == 200
        gone = await client.delete("/sessions/current")
        assert gone.status_code == 204
        assert "Max-Age=0" in gone.headers["set-cookie"]
        other.reloads["sessions"]()  # what the refresher does within a second of the change
        refused = await elsewhere.get("/people/me")
        assert (refused.status_code, refused.json()["code"]) == (401, "auth.session_ended")


async def test_sessions_are_listed_and_ended_one_by_one_or_all(accounts: AccountsApp) -> None:
    accounts.person()
    accounts.person("bob@example.org")
    async with accounts.browser() as first, accounts.browser() as second, accounts.browser() as other:
        await accounts.signed_in(first)
        await accounts.signed_in(second)
        await accounts.signed_in(other, "bob@example.org")
        items = (await first.get("/sessions")).json()["items"]
        assert [item["is_current"] for item in items].count(True) == 1
        assert len(items) == 2
        (seconds,) = [item["session_id"] for item in items if not item["is_current"]]
        foreign = (await other.get("/sessions")).json()["items"][0]["session_id"]
        missing = await first.delete(f"/sessions/{foreign}")
        assert (missing.status_code, missing.json()["code"]) == (404, "sessions.not_found")
        assert (await first.delete(f"/sessions/{seconds}")).status_code == 204
        accounts.reloads["sessions"]()
        assert (await second.get("/people/me")).status_code == 401
        assert (await first.delete("/sessions")).json() == {"ended": 1}
        accounts.reloads["sessions"]()
        assert (await first.get("/people/me")).status_code == 401
        assert (await other.get("/people/me")).status_code == 200


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO drivetrain.roles_held SELECT person_id, 'admin', NULL, NULL, now(), 'x' FROM drivetrain.people",
        "DELETE FROM drivetrain.roles_held",
        "UPDATE drivetrain.roles_held SET role = 'operator'",
        "UPDATE drivetrain.people SET password_hash = 'other'",
        "UPDATE drivetrain.people SET deactivated_at = now()",
        "DELETE FROM drivetrain.people",
        "TRUNCATE drivetrain.sessions",
    ],
)
async def test_a_change_of_rights_or_access_ends_every_session_of_the_person(
    accounts: AccountsApp, statement: str
) -> None:
    """However it is made: also by hand."""
    accounts.person(roles=("analyst",))
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        assert (await client.get("/people/me")).status_code == 200
        with accounts.engine.begin() as connection:
            before = connection.scalar(_REVISION)
            connection.execute(text(statement))
        with accounts.engine.connect() as connection:
            assert connection.scalar(_REVISION) > before
        accounts.reloads["sessions"]()
        assert (await client.get("/people/me")).json()["code"] == "auth.session_ended"


async def test_signing_in_and_being_seen_wakes_no_other_worker(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        with accounts.engine.connect() as connection:
            before = connection.scalar(_REVISION)
        await accounts.signed_in(client)
        accounts.clock.advance(minutes=5)
        await client.get("/people/me")
        with accounts.engine.connect() as connection:
            assert connection.scalar(_REVISION) == before


_REVISION = text("SELECT revision FROM drivetrain.revisions WHERE subject = 'sessions'")


async def test_a_session_gets_a_new_id_at_every_sign_in(accounts: AccountsApp) -> None:
    """A cookie that somebody planted before is worth nothing after."""
    accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        (first,) = [value for name, value in client.cookies.items() if not name.endswith("-device")]
        await accounts.signed_in(client)
        (second,) = [value for name, value in client.cookies.items() if not name.endswith("-device")]
    assert first != second


async def test_limits_of_time_hold(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        for _ in range(24):
            accounts.clock.advance(minutes=29)
            assert (await client.get("/sessions")).status_code == 200  # seen: not idle
            await settled()
        accounts.clock.advance(minutes=29)
        assert (await client.get("/sessions")).status_code == 401  # twelve hours are over
        await accounts.signed_in(client)
        accounts.clock.advance(minutes=31)
        assert (await client.get("/sessions")).json()["code"] == "auth.session_ended"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Drivetrain-Client": ""},
    ],
)
async def test_another_site_cannot_use_the_session(accounts: AccountsApp, headers: dict[str, str]) -> None:
    accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        refused = await client.delete("/sessions", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.cross_site")
        assert (await client.get("/people/me")).status_code == 200


async def test_another_site_cannot_sign_somebody_in(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        body = {"email": "ada@example.org", "password": PASSWORD}
        refused = await client.post("/sessions", json=body, headers={"Sec-Fetch-Site": "cross-site"})
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.cross_site")


async def test_a_key_is_no_session(accounts: AccountsApp) -> None:
    async with accounts.browser() as client:
        for method, path in (("GET", "/sessions"), ("DELETE", "/sessions"), ("GET", "/people/me/export")):
            refused = await client.request(method, path, headers={"X-API-Key": accounts.admin_key.text})
            assert (refused.status_code, refused.json()["code"]) == (403, "auth.session_needed")
        nobody = await client.get("/people/me", headers={"X-API-Key": accounts.admin_key.text})
        assert (nobody.status_code, nobody.json()["code"]) == (404, "people.not_found")


async def test_a_dropped_cookie_is_explained(accounts: AccountsApp) -> None:
    async with accounts.browser("http://192.0.2.9:8000") as client:
        answer = await client.get("/sessions/current")
        assert (answer.status_code, answer.json()["code"]) == (401, "sessions.no_cookie")
        assert "DRIVETRAIN_INSECURE_COOKIES" in answer.json()["detail"]


@pytest.mark.timeout(120 + GUESSES // 10)
async def test_guessing_is_bounded_and_the_owner_gets_in_all_the_same(accounts: AccountsApp) -> None:
    """From many addresses, so that only the count of the account bounds them; ``DRIVETRAIN_TEST_GUESSES=10000`` for more."""
    accounts.person()
    async with accounts.browser() as home:
        assert (await accounts.signed_in(home)).status_code == 201  # known from now on
        guesses = []
        for number in range(GUESSES):
            async with accounts.browser(address=str(FIRST_ADDRESS + number)) as client:
                answer = await client.post(
                    "/sessions", json={"email": "ada@example.org", "password": f"wrong password {number}"}
                )
                guesses.append(answer.status_code)
        assert guesses.count(401) <= 100
        assert guesses[-1] == 429
        assert (await accounts.signed_in(home)).status_code == 201
    async with accounts.browser(address="192.0.2.200") as client:
        refused = await accounts.signed_in(client)
        assert (refused.status_code, refused.json()["code"]) == (429, "limits.too_many_requests")
        assert int(refused.headers["retry-after"]) >= 1


async def test_a_device_of_one_account_is_a_stranger_to_another(accounts: AccountsApp) -> None:
    accounts.person()
    accounts.person("mallory@example.org")
    async with accounts.browser() as client:
        await accounts.signed_in(client, "mallory@example.org")
        answers = [
            (await client.post("/sessions", json=WRONG["wrong password"])).status_code for _ in range(12)
        ]
    assert answers[:10] == [401] * 10
    assert answers[10:] == [429] * 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "input.contract"),
        ({"email": "ada@example.org"}, 422, "input.contract"),
        ({"email": "no address", "password": PASSWORD}, 422, "input.contract"),
        ({"email": "ada@example.org", "password": 5}, 422, "input.contract"),
        ({"email": "ada@example.org", "password": "x" * 600}, 422, "input.contract"),
        ({"email": "ada@example.org", "password": PASSWORD, "role": "admin"}, 422, "input.contract"),
        ({"link": "nonsense"}, 422, "people.link_invalid"),
        ({"link": "A" * 64}, 422, "people.link_invalid"),
        ([], 422, "input.not_an_object"),
    ],
)
async def test_what_cannot_be_used_is_refused(
    accounts: AccountsApp, body: object, status: int, code: str
) -> None:
    async with accounts.browser() as client:
        answer = await client.post("/sessions", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        plain = await client.post("/sessions", content="email=a", headers={"Content-Type": "text/plain"})
        assert plain.status_code == 415  # what a form of another page could send


async def test_a_new_browser_is_told_of_and_a_known_one_is_not(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser(address="192.0.2.7") as client:
        client.headers["User-Agent"] = "Netscape/4 \x07"
        await accounts.signed_in(client)
        assert accounts.letters() == [("ada@example.org", "New sign-in to your account")]
        (message,) = accounts.mailer.messages
        body = message.get_body(("plain",))
        assert body is not None
        assert "Netscape/4" in body.get_content()
        assert "192.0.2.7" in body.get_content()
        await client.delete("/sessions/current")
        await accounts.signed_in(client)
        assert len(accounts.letters()) == 1
        assert (await client.get("/people/me")).status_code == 200


async def test_a_wrong_code_tells_nobody_of_a_sign_in(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        wrong = {"email": "ada@example.org", "password": "kettle sofa ninety river"}
        assert (await client.post("/sessions", json=wrong)).status_code == 401
        assert accounts.letters() == []


async def test_signing_in_by_a_mailed_link(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        asked = await client.post("/sign-in-links", json={"email": "ada@example.org"})
        nobody = await client.post("/sign-in-links", json={"email": "bob@example.org"})
        assert (asked.status_code, asked.json()) == (nobody.status_code, nobody.json()) == (202, asked.json())
        ((recipient, link),) = accounts.letters()
        assert recipient == "ada@example.org"
        assert "/sign-in#" in link
        body = {"link": secret_of(link)}
        begun = await client.post("/sessions", json=body)
        assert begun.status_code == 201, begun.text
        keep_cookies(client, begun)
        assert (await client.get("/people/me")).json()["email"] == "ada@example.org"
        assert (await client.post("/sessions", json=body)).json()["code"] == "people.link_invalid"
        with accounts.engine.connect() as connection:
            stored = str(connection.execute(text("SELECT * FROM drivetrain.one_time_tokens")).all())
            stored += str(connection.execute(text("SELECT * FROM drivetrain.mails")).all())
        assert secret_of(link) not in stored


async def test_asking_for_a_link_leaves_one_that_was_handed_over_good(accounts: AccountsApp) -> None:
    """Else a stranger could lock the first administrator out of what `up` has printed."""
    person = accounts.person()
    token = new_token(Purpose.SIGN_IN, person, accounts.clock.now())
    with transaction(accounts.engine) as connection:
        PostgresTokens(connection).add(token)
    async with accounts.browser() as client:
        await client.post("/sign-in-links", json={"email": "ada@example.org"})
        answer = await client.post("/sessions", json={"link": token.text(accounts.token_key)})
        assert answer.status_code == 201


async def test_of_a_crowd_one_is_worked_on_at_a_time_and_who_finds_no_room_is_told_to_come_back(
    accounts: AccountsApp,
) -> None:
    """Each would keep the event loop waiting at every turn, and with it everybody else's answers."""
    lent: set[int] = set()
    most = 0

    def lend(connection: object, *_: object) -> None:
        nonlocal most
        lent.add(id(connection))
        most = max(most, len(lent))

    event.listen(accounts.engine, "checkout", lend)
    event.listen(accounts.engine, "checkin", lambda connection, *_: lent.discard(id(connection)))
    async with accounts.browser() as client:
        guesses = [accounts.signed_in(client, f"nobody{number}@example.org") for number in range(CROWD)]
        answers = await asyncio.gather(*guesses)
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.total() == statuses[401] + statuses[429]
    assert CROWD - ROOM <= statuses[429] < CROWD  # on a busy machine some lose their patience in the line
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers if answer.status_code == 429)
    assert most == 1
    accounts.person()
    async with accounts.browser(address="192.0.2.7") as client:
        assert (await accounts.signed_in(client)).status_code == 201
