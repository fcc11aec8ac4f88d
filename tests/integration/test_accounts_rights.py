"""Rights of a session: roles that count with a second factor only, and the company that a browser acts for."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, insert, text
from tests.support.accounts_app import PASSWORD, AccountsApp, keep_cookies

from drivetrain.accounts.companies.adapters.tables import companies
from drivetrain.accounts.people.adapters.stores import PostgresPeople
from drivetrain.accounts.people.domain.codes import STEP_S, code_at
from drivetrain.accounts.people.domain.person import RoleHeld
from drivetrain.adapters.postgres.database import transaction
from drivetrain.products import SCOPES

FIRM, OTHER, FOREIGN = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def guarded(engine: Engine, tmp_path: Path) -> AccountsApp:
    return AccountsApp(engine, tmp_path, second_factor="admin")


@pytest.fixture
def accounts(engine: Engine, tmp_path: Path) -> AccountsApp:
    return AccountsApp(engine, tmp_path)


def code(accounts: AccountsApp, secret: bytes) -> str:
    return code_at(secret, int(accounts.clock.now().timestamp()) // STEP_S)


async def enrolled(accounts: AccountsApp, client: httpx.AsyncClient) -> tuple[bytes, list[str]]:
    """A second factor, confirmed in this browser; its secret and recovery codes."""
    started = (await client.post("/people/me/second-factor", json={"password": PASSWORD})).json()
    secret = base64.b32decode(started["secret"])
    confirmed = await client.post(
        "/people/me/second-factor/confirmation", json={"code": code(accounts, secret)}
    )
    assert confirmed.status_code == 200, confirmed.text
    keep_cookies(client, confirmed)
    return secret, confirmed.json()["recovery_codes"]


async def test_an_administrator_can_only_enroll_before_the_second_factor(guarded: AccountsApp) -> None:
    guarded.person(roles=("admin", "analyst"))
    async with guarded.browser() as client, guarded.browser() as thief:
        first = await guarded.signed_in(client)
        keep_cookies(thief, first)
        assert first.json()["needs_second_factor"] is True
        assert set((await client.get("/people/me")).json()["scopes"]) == SCOPES.of_roles(["analyst"])
        assert (await client.get("/people")).status_code == 403
        secret, codes = await enrolled(guarded, client)
        guarded.reloads["sessions"]()
        assert (await client.get("/sessions/current")).json()["needs_second_factor"] is False
        assert (await client.get("/people")).status_code == 200
        assert (await thief.get("/people/me")).status_code == 401  # the cookie known before is worth nothing
        guarded.clock.advance(seconds=STEP_S)
        again = await guarded.signed_in(client, code=code(guarded, secret))
        assert again.json()["needs_second_factor"] is False
        assert (await client.get("/people")).status_code == 200
        removed = await client.post("/people/me/second-factor/removal", json={"code": codes[0]})
        assert removed.status_code == 204
        guarded.reloads["sessions"]()
        assert (await client.get("/people")).status_code == 403
        assert (await client.get("/sessions/current")).json()["needs_second_factor"] is True


async def test_a_new_password_does_not_stand_for_the_second_factor(guarded: AccountsApp) -> None:
    """Else a session from before the factor, with the password, would need no code."""
    guarded.person(roles=("admin",))
    async with guarded.browser() as early, guarded.browser() as client:
        await guarded.signed_in(early)
        await guarded.signed_in(client)
        await enrolled(guarded, client)
        change = {"password": PASSWORD, "new_password": "mauve lantern seven pickles"}
        changed = await early.put("/people/me/password", json=change)
        keep_cookies(early, changed)
        assert changed.json()["needs_second_factor"] is True
        assert (await early.get("/people")).status_code == 403


async def test_nobody_needs_a_second_factor_on_a_machine_by_itself(accounts: AccountsApp) -> None:
    accounts.person(roles=("admin",))
    async with accounts.browser() as client:
        assert (await accounts.signed_in(client)).json()["needs_second_factor"] is False
        assert (await client.get("/people")).status_code == 200


def works_in(accounts: AccountsApp, person: UUID, *places: UUID) -> None:
    now = accounts.clock.now()
    with transaction(accounts.engine) as connection:
        for company in (FIRM, OTHER, FOREIGN):
            row = {
                "company_id": company,
                "name": f"Firm {company.int}",
                "created_at": now,
                "created_by": "tests",
            }
            connection.execute(insert(companies).values(row))
        for company in places:
            PostgresPeople(connection).grant(
                person, RoleHeld("company_admin", company), by="tests", instant=now
            )


async def test_whoever_works_in_several_companies_chooses_one(accounts: AccountsApp) -> None:
    works_in(accounts, accounts.person(), FIRM, OTHER)
    async with accounts.browser() as client, accounts.browser() as former:
        begun = await accounts.signed_in(client)
        keep_cookies(former, begun)
        assert begun.json()["session"]["company_id"] is None
        assert [place["name"] for place in begun.json()["companies"]] == ["Firm 1", "Firm 2"]
        assert (await client.get(f"/companies/{FIRM}/members")).status_code == 403
        for company, other in ((FIRM, OTHER), (OTHER, FIRM)):
            chosen = await client.put("/sessions/current/company", json={"company_id": str(company)})
            assert chosen.status_code == 200, chosen.text
            keep_cookies(client, chosen)
            assert chosen.json()["session"]["expires_at"] == begun.json()["session"]["expires_at"]
            current = (await client.get("/sessions/current")).json()
            assert current["session"]["company_id"] == str(company)
            assert (await client.get(f"/companies/{company}/members")).status_code == 200
            assert (await client.get(f"/companies/{other}/members")).status_code == 404
        accounts.reloads["sessions"]()
        assert (await former.get("/people/me")).status_code == 401
        none = await client.put("/sessions/current/company", json={"company_id": None})
        keep_cookies(client, none)
        assert (await client.get(f"/companies/{FIRM}/members")).status_code == 403


@pytest.mark.parametrize("company", [str(FOREIGN), str(UUID(int=9))])
async def test_a_foreign_company_is_like_one_that_does_not_exist(accounts: AccountsApp, company: str) -> None:
    works_in(accounts, accounts.person(), FIRM)
    async with accounts.browser() as client:
        await accounts.signed_in(client)
        refused = await client.put("/sessions/current/company", json={"company_id": company})
        assert (refused.status_code, refused.json()["code"]) == (404, "sessions.company_not_found")
        assert refused.json()["detail"] == "You work in no company of this id."
        assert (await client.get(f"/companies/{FIRM}/members")).status_code == 200  # nothing was changed
    with accounts.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.sessions")) == 1
