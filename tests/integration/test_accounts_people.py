"""Accounts over HTTP: signing up, passwords by link, profile, second factor, erasure, and what administrators do."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.support.accounts_app import PASSWORD, AccountsApp, keep_cookies, secret_of

from drivetrain.accounts.people.adapters import pace
from drivetrain.accounts.people.adapters.stores import PostgresTokens
from drivetrain.accounts.people.application.accounts import new_token
from drivetrain.accounts.people.domain.codes import STEP_S, code_at
from drivetrain.accounts.people.domain.tokens import Purpose
from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.tables import SCHEMA
from drivetrain.core.access import Caller
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings

NEW_PASSWORD = "mauve lantern seven pickles"
SIGN_UP = {"email": "Ada@example.org", "name": "Ada Lovelace", "language": "de", "time_zone": "Europe/Berlin"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers need not hide here how long they took."""
    monkeypatch.setattr(pace, "STEP_S", 0.001)


@pytest.fixture
def accounts(engine: Engine, tmp_path: Path) -> AccountsApp:
    return AccountsApp(engine, tmp_path, sign_up=True)


def rows(accounts: AccountsApp, query: str) -> list[tuple[object, ...]]:
    with accounts.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


async def test_sign_up_is_closed_unless_it_was_opened(engine: Engine, tmp_path: Path) -> None:
    async with AccountsApp(engine, tmp_path).browser() as client:
        refused = await client.post("/sign-ups", json=SIGN_UP)
    assert (refused.status_code, refused.json()["code"]) == (403, "people.sign_up_closed")


async def test_from_sign_up_to_the_first_session(accounts: AccountsApp) -> None:
    async with accounts.browser() as client:
        assert (await client.post("/sign-ups", json=SIGN_UP)).status_code == 202
        ((recipient, link),) = accounts.letters()
        assert recipient == "Ada@example.org"
        assert (await accounts.signed_in(client)).status_code == 401  # not verified: no password either
        weak = {"link": secret_of(link), "password": "adalovelace12"}
        refused = await client.post("/sign-ups/confirmations", json=weak)
        assert refused.json()["errors"][0]["code"] == "people.weak_password"
        good = {"link": secret_of(link), "password": PASSWORD}
        assert (await client.post("/sign-ups/confirmations", json=good)).json() == {
            "email": "Ada@example.org"
        }
        again = await client.post("/sign-ups/confirmations", json=good)
        assert (again.status_code, again.json()["code"]) == (422, "people.link_invalid")
        assert (await accounts.signed_in(client)).status_code == 201
        me = (await client.get("/people/me")).json()
        assert (me["name"], me["language"], me["time_zone"]) == ("Ada Lovelace", "de", "Europe/Berlin")
        assert (me["roles"], me["scopes"]) == ([], [])


async def test_sign_up_and_reset_answer_the_same_for_everybody(accounts: AccountsApp) -> None:
    accounts.person("ada@example.org")
    async with accounts.browser() as client:
        answers = [
            await client.post("/sign-ups", json={**SIGN_UP, "email": address})
            for address in ("ada@example.org", "bob@example.org")
        ]
        answers += [
            await client.post("/password-resets", json={"email": address})
            for address in ("ada@example.org", "nobody@example.org")
        ]
    seen = {
        (answer.status_code, answer.text, tuple(sorted({*answer.headers} - {"x-request-id"})))
        for answer in answers
    }
    assert len(seen) == 1
    told = accounts.letters()
    assert [(recipient, "#" in link) for recipient, link in told] == [
        ("ada@example.org", False),  # there is an account already
        ("bob@example.org", True),
        ("ada@example.org", True),
    ]


async def test_fifty_parallel_sign_ups_make_one_account(accounts: AccountsApp) -> None:
    spellings = ["ada@example.org", "ADA@example.org", " Ada@EXAMPLE.org"]
    async with accounts.browser() as client:
        client.headers["X-Forwarded-For"] = "10.0.0.1"
        answers = await asyncio.gather(
            *(_sign_up_from(accounts, f"198.51.100.{number}", spellings[number % 3]) for number in range(50))
        )
    assert set(answers) == {202}
    assert rows(accounts, "SELECT count(*) FROM drivetrain.people") == [(1,)]
    assert len(accounts.letters()) <= 3  # nobody's mailbox is flooded


async def _sign_up_from(accounts: AccountsApp, address: str, email: str) -> int:
    async with accounts.browser(address=address) as client:
        return (await client.post("/sign-ups", json={**SIGN_UP, "email": email})).status_code


async def test_a_reset_sets_a_password_and_ends_every_session(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        await client.post("/password-resets", json={"email": "ada@example.org"})
        link = accounts.letters()[-1][1]
        body = {"link": secret_of(link), "password": NEW_PASSWORD}
        wrong_door = await client.post("/sign-ups/confirmations", json=body)
        assert wrong_door.json()["code"] == "people.link_invalid"
        assert (await client.post("/password-resets/confirmations", json=body)).status_code == 200
        accounts.reloads["sessions"]()
        assert (await client.get("/people/me")).status_code == 401
        assert (await accounts.signed_in(client)).status_code == 401
        answer = await client.post("/sessions", json={"email": "ada@example.org", "password": NEW_PASSWORD})
        assert answer.status_code == 201


async def test_a_new_link_takes_the_place_of_the_last_and_time_ends_it(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        for _ in range(2):
            await client.post("/password-resets", json={"email": "ada@example.org"})
            letters = accounts.letters()  # sent before the next one takes its place
        first, second = (secret_of(link) for _, link in letters)
        for link, code in ((first, 422), (second, 200)):
            body = {"link": link, "password": NEW_PASSWORD}
            assert (await client.post("/password-resets/confirmations", json=body)).status_code == code
        await client.post("/password-resets", json={"email": "ada@example.org"})
        link = secret_of(accounts.letters()[-1][1])
        accounts.clock.advance(minutes=30)
        body = {"link": link, "password": NEW_PASSWORD}
        late = await client.post("/password-resets/confirmations", json=body)
        assert late.json()["code"] == "people.link_invalid"


async def test_of_twenty_uses_of_a_link_at_once_one_counts(accounts: AccountsApp) -> None:
    person = accounts.person(has_password=False)
    token = new_token(Purpose.SIGN_IN, person, accounts.clock.now())
    with transaction(accounts.engine) as connection:
        PostgresTokens(connection).add(token)

    async def use() -> int:
        async with accounts.browser() as client:
            return (await client.post("/sessions", json={"link": token.text(accounts.token_key)})).status_code

    statuses = await asyncio.gather(*(use() for _ in range(20)))
    assert sorted(statuses) == [201] + [422] * 19


async def test_a_message_to_one_account_is_not_sent_again_and_again(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        statuses = {
            (await client.post("/password-resets", json={"email": "ada@example.org"})).status_code
            for _ in range(10)
        }
    assert statuses == {202}
    assert rows(accounts, "SELECT count(*) FROM drivetrain.mails") == [(3,)]


async def test_the_password_is_changed_with_the_present_one(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client, accounts.browser() as other:
        await accounts.signed_in(client)
        await accounts.signed_in(other)
        wrong = {"password": "not this one, no", "new_password": NEW_PASSWORD}
        refused = await client.put("/people/me/password", json=wrong)
        assert refused.json()["errors"][0]["code"] == "people.wrong_password"
        changed = await client.put(
            "/people/me/password", json={"password": PASSWORD, "new_password": NEW_PASSWORD}
        )
        assert changed.status_code == 200
        accounts.reloads["sessions"]()
        assert (await client.get("/people/me")).status_code == 401  # the former id is worth nothing
        keep_cookies(client, changed)
        assert (await client.get("/people/me")).status_code == 200
        assert (await other.get("/people/me")).status_code == 401


async def test_a_profile_is_changed_in_parts(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        me = (await client.patch("/people/me", json={"language": "ar"})).json()
        assert (me["name"], me["language"], me["time_zone"]) == ("Ada Lovelace", "ar", "UTC")
        bad = {"name": " ", "language": "tlh", "time_zone": "../etc/passwd"}
        refused = await client.patch("/people/me", json=bad)
        assert [error["code"] for error in refused.json()["errors"]] == [
            "people.bad_name",
            "people.bad_language",
            "people.bad_time_zone",
        ]
        # columns of the table that are nobody's to write
        for field in (
            "person_id",
            "email",
            "email_key",
            "password_hash",
            "verified_at",
            "created_by",
            "roles",
        ):
            assert (await client.patch("/people/me", json={field: "x"})).status_code == 422


async def test_a_second_factor_is_asked_for_once_it_is_confirmed(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        stolen = await client.post("/people/me/second-factor", json={})  # a session without the password
        assert stolen.json()["errors"][0]["code"] == "people.wrong_password"
        enrolled = (await client.post("/people/me/second-factor", json={"password": PASSWORD})).json()
        secret = base64.b32decode(enrolled["secret"])
        assert (await accounts.signed_in(client)).status_code == 201  # not confirmed: not asked for
        wrong = await client.post("/people/me/second-factor/confirmation", json={"code": "000000"})
        assert wrong.json()["errors"][0]["code"] == "people.wrong_code"
        confirmed = await client.post(
            "/people/me/second-factor/confirmation", json={"code": _code(accounts, secret)}
        )
        keep_cookies(client, confirmed)
        codes = confirmed.json()["recovery_codes"]
        assert len(codes) == 10
        assert (await client.post("/people/me/second-factor", json={"password": PASSWORD})).json()[
            "code"
        ] == "people.factor_exists"

        needed = await accounts.signed_in(client)
        assert (needed.status_code, needed.json()["code"]) == (401, "sessions.code_needed")
        used = await accounts.signed_in(client, code=_code(accounts, secret))
        assert used.json()["code"] == "sessions.wrong_code"  # the one that confirmed it
        accounts.clock.advance(seconds=STEP_S)
        code = _code(accounts, secret)
        signed_in = await accounts.signed_in(client, code=code)
        assert signed_in.json()["session"]["has_second_factor"] is True
        assert (await accounts.signed_in(client, code=code)).status_code == 401
        assert (await accounts.signed_in(client, code=codes[0].upper())).status_code == 201
        assert (await accounts.signed_in(client, code=codes[0])).status_code == 401
        assert (await client.get("/people/me")).json()["has_second_factor"] is True
        gone = await client.post("/people/me/second-factor/removal", json={"code": codes[1]})
        assert gone.status_code == 204
        assert (await accounts.signed_in(client)).status_code == 201
    stored = str(rows(accounts, "SELECT * FROM drivetrain.second_factors")) + str(
        rows(accounts, "SELECT * FROM drivetrain.recovery_codes")
    )
    assert secret not in stored.encode()


def _code(accounts: AccountsApp, secret: bytes) -> str:
    return code_at(secret, int(accounts.clock.now().timestamp()) // STEP_S)


async def test_codes_cannot_be_tried_for_long(accounts: AccountsApp) -> None:
    accounts.person()
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        secret = base64.b32decode(
            (await client.post("/people/me/second-factor", json={"password": PASSWORD})).json()["secret"]
        )
        confirmed = await client.post(
            "/people/me/second-factor/confirmation", json={"code": _code(accounts, secret)}
        )
        keep_cookies(client, confirmed)
        statuses = [(await accounts.signed_in(client, code=f"{n:06d}")).status_code for n in range(15)]
    assert statuses.count(401) <= 10
    assert statuses[-1] == 429


async def test_a_secret_opens_in_its_own_row_alone(accounts: AccountsApp) -> None:
    accounts.person()
    accounts.person("bob@example.org")
    async with accounts.browser() as ada, accounts.browser() as bob:
        await accounts.signed_in(ada)
        await accounts.signed_in(bob, "bob@example.org")
        await ada.post("/people/me/second-factor", json={"password": PASSWORD})
        await bob.post("/people/me/second-factor", json={"password": PASSWORD})
        with accounts.engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE drivetrain.second_factors SET sealed_secret = (SELECT sealed_secret "
                    "FROM drivetrain.second_factors JOIN drivetrain.people USING (person_id) "
                    "WHERE email_key = 'ada@example.org')"
                )
            )
        moved = await bob.post("/people/me/second-factor/confirmation", json={"code": "123456"})
        assert (moved.status_code, moved.json()["code"]) == (503, "people.factor_sealed")


async def test_what_is_stored_about_a_person_is_given_to_them(accounts: AccountsApp) -> None:
    person = accounts.person(roles=("buyer",))
    accounts.person("bob@example.org")
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        export = (await client.get("/people/me/export")).json()["tables"]
    assert [row["email"] for row in export["people"]] == ["ada@example.org"]
    assert [row["role"] for row in export["roles_held"]] == ["buyer"]
    assert len(export["sessions"]) == 1
    assert {"one_time_tokens", "second_factors", "recovery_codes"} <= export.keys()
    assert "argon2" not in str(export)
    assert "bob" not in str(export)
    assert {row["person_id"] for table in export.values() for row in table} == {str(person)}


async def test_what_products_hold_is_exported_and_erased_with_the_person(accounts: AccountsApp) -> None:
    person, other = accounts.person(roles=("buyer",)), accounts.person("bob@example.org")
    listing, _ = KeepListings(
        PostgresListings(accounts.engine, PostgresEventLog(accounts.engine)), accounts.clock
    ).create(LISTING.example(), Caller("ann", "c", frozenset(), company=UUID(int=1)))
    with transaction(accounts.engine) as connection:
        for number, reporter in enumerate((person, other), start=1):
            connection.execute(
                text(
                    "INSERT INTO drivetrain.listing_reports "
                    "(report_id, listing_id, company_id, reporter, reason, remark, created_at, state) "
                    "VALUES (:id, :listing, :id, :reporter, 'fraud', 'a remark', now(), 'open')"
                ),
                {"id": UUID(int=number), "listing": listing.listing_id, "reporter": f"person:{reporter}"},
            )
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        export = (await client.get("/people/me/export")).json()["tables"]
        assert [row["report_id"] for row in export["listing_reports"]] == [str(UUID(int=1))]
        assert (await client.post("/people/me/erasure", json={"password": PASSWORD})).status_code == 204
    left = rows(accounts, "SELECT reporter FROM drivetrain.listing_reports")
    assert left == [(f"person:{other}",)]


async def test_erasing_leaves_nothing_in_any_table(accounts: AccountsApp) -> None:
    """Everything that names the person is gone; audit trail and log of changes keep an id that leads nowhere."""
    person = accounts.person("zuleika.dobson@example.org", roles=("buyer",))
    async with accounts.browser() as client:
        await accounts.signed_in(client, "zuleika.dobson@example.org")
        await client.patch("/people/me", json={"name": "Zuleika Dobson"})
        await client.post("/people/me/second-factor", json={"password": PASSWORD})
        await client.post("/password-resets", json={"email": "zuleika.dobson@example.org"})
        await client.post(
            "/sessions", json={"email": "zuleika.dobson@example.org", "password": "wrong one, this"}
        )
        assert "zuleika" in _dump(accounts)
        refused = await client.post("/people/me/erasure", json={"password": "wrong one, this"})
        assert refused.json()["errors"][0]["code"] == "people.wrong_password"
        assert (await client.post("/people/me/erasure", json={"password": PASSWORD})).status_code == 204
        accounts.reloads["sessions"]()
        assert (await client.get("/people/me")).status_code == 401
        assert (await accounts.signed_in(client, "zuleika.dobson@example.org")).status_code == 401
    dump = _dump(accounts)
    assert "zuleika" not in dump
    assert "dobson" not in dump
    held = [table for table in _tables(accounts) if str(person) in _dump(accounts, table)]
    assert held == ["audit_lines", "changes"]  # the latter for an hour: that something of this id changed


def _tables(accounts: AccountsApp) -> list[str]:
    query = f"SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}' ORDER BY 1"
    return [str(name) for (name,) in rows(accounts, query)]


def _dump(accounts: AccountsApp, *tables: str) -> str:
    """Every row of every table, as a copy would hold it, in small letters."""
    parts = []
    for table in tables or _tables(accounts):
        parts += [str(row) for row in rows(accounts, f'SELECT t::text FROM {SCHEMA}."{table}" t')]
    return "\n".join(parts).lower()


class TestAdministrators:
    """What needs ``users:admin``."""

    async def test_they_make_accounts_and_hand_the_link_over(self, accounts: AccountsApp) -> None:
        headers = {"X-API-Key": accounts.admin_key.text}
        body = {"email": "eve@example.org", "name": "Eve", "roles": ["operator"]}
        async with accounts.browser() as client:
            made = await client.post("/people", json=body, headers=headers)
            assert made.status_code == 201, made.text
            assert accounts.letters() == []
            taken = await client.post("/people", json={**body, "email": "EVE@example.org"}, headers=headers)
            assert (taken.status_code, taken.json()["code"]) == (409, "people.email_taken")
            chosen = {"link": secret_of(made.json()["link"]), "password": PASSWORD}
            assert (await client.post("/welcomes", json=chosen)).status_code == 200
            assert (await accounts.signed_in(client, "eve@example.org")).status_code == 201
            assert "models:promote" in (await client.get("/people/me")).json()["scopes"]
            refused = await client.get("/people")
            assert (refused.status_code, refused.json()["code"]) == (403, "auth.scope_missing")

    async def test_nobody_gives_what_they_lack(self, accounts: AccountsApp, engine: Engine) -> None:
        accounts.person("root@example.org", roles=("admin",))
        async with accounts.browser() as client:
            await accounts.signed_in(client, "root@example.org")
            made = await client.post(
                "/people", json={"email": "eve@example.org", "name": "Eve", "roles": ["admin"]}
            )
            assert made.status_code == 201
            unknown = await client.post(
                "/people", json={"email": "x@example.org", "name": "X", "roles": ["emperor"]}
            )
            assert (unknown.status_code, unknown.json()["code"]) == (422, "people.unknown_role")

    async def test_the_last_one_stays(self, accounts: AccountsApp) -> None:
        root = accounts.person("root@example.org", roles=("admin",))
        async with accounts.browser() as client:
            await accounts.signed_in(client, "root@example.org")
            for answer in (
                await client.post(f"/people/{root}/deactivation"),
                await client.post("/people/me/erasure", json={"password": PASSWORD}),
            ):
                assert (answer.status_code, answer.json()["code"]) == (409, "people.last_administrator")
            second = accounts.person("second@example.org", roles=("admin",))
            statuses = await asyncio.gather(
                *(self._deactivate(accounts, person) for person in (root, second, root, second))
            )
            assert sorted(set(statuses)) == [200, 409]
        left = rows(
            accounts,
            "SELECT count(*) FROM drivetrain.people WHERE deactivated_at IS NULL",
        )
        assert left == [(1,)]

    async def _deactivate(self, accounts: AccountsApp, person: UUID) -> int:
        async with accounts.browser() as client:
            headers = {"X-API-Key": accounts.admin_key.text}
            return (await client.post(f"/people/{person}/deactivation", headers=headers)).status_code

    async def test_a_deactivated_person_is_out_until_they_are_let_in_again(
        self, accounts: AccountsApp
    ) -> None:
        person, headers = accounts.person(), {"X-API-Key": accounts.admin_key.text}
        async with accounts.browser() as client:
            await accounts.signed_in(client)
            out = await client.post(f"/people/{person}/deactivation", headers=headers)
            assert out.json()["deactivated_at"] is not None
            accounts.reloads["sessions"]()
            assert (await client.get("/people/me")).status_code == 401
            assert (await accounts.signed_in(client)).status_code == 401
            back = await client.delete(f"/people/{person}/deactivation", headers=headers)
            assert back.json()["deactivated_at"] is None
            assert (await accounts.signed_in(client)).status_code == 201

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    async def test_an_unknown_person_is_not_found(self, accounts: AccountsApp, method: str) -> None:
        headers = {"X-API-Key": accounts.admin_key.text}
        async with accounts.browser() as client:
            missing = await client.request(method, f"/people/{UUID(int=1)}/deactivation", headers=headers)
            assert (missing.status_code, missing.json()["code"]) == (404, "people.not_found")
            odd = await client.request(method, "/people/x/deactivation", headers=headers)
            assert odd.status_code == 422
