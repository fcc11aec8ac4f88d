"""Companies as they live: an administrator invites, a guest accepts, and somebody always stays in charge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, select, update
from tests.support.audit import audit_trail
from tests.support.callers import FIRM, MISSING, PASSWORD, CallerWorker, Cast, open_worker
from tests.support.fakes import FixedClock
from typer.testing import CliRunner

from drivetrain.accounts.audit.adapters.trail import PostgresAuditReader
from drivetrain.accounts.audit.application.ports import AuditFilter
from drivetrain.accounts.companies.adapters.commands import app
from drivetrain.accounts.companies.adapters.stores import CompanyWorks
from drivetrain.accounts.companies.application.keep_platform_roles import KeepPlatformRoles
from drivetrain.accounts.notifications.adapters.tables import mails
from drivetrain.accounts.people.adapters.tables import one_time_tokens, people
from drivetrain.accounts.people.adapters.use_cases import TOKEN_KEY
from drivetrain.accounts.people.domain.tokens import OneTimeToken, Purpose
from drivetrain.accounts.sessions.adapters.identities import PostgresIdentities, is_linked
from drivetrain.accounts.sessions.domain.provider import Identity
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.database import transaction
from drivetrain.bootstrap.home import Home
from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError
from drivetrain.core.time import SystemClock
from drivetrain.products import SCOPES

NEW_PASSWORD = "seven umbrellas on a ferry"


@pytest.fixture(scope="module")
def worker(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CallerWorker]:
    with open_worker(postgres_server, tmp_path_factory.mktemp("home")) as worker:
        yield worker


def ask(worker: CallerWorker, caller: str, method: str, path: str, **body: object) -> httpx.Response:
    return worker.ask_as(caller, method, path, json.dumps(body) if body else None)


def new_company(worker: CallerWorker) -> str:
    return str(ask(worker, "key_admin", "POST", "/companies", name="Cars & Sons").json()["company_id"])


def invite(worker: CallerWorker, company: str, address: str, role: str, caller: str = "key_admin") -> Any:
    guest = {"email": address, "name": "Guest", "role": role}
    made = ask(worker, caller, "POST", f"/companies/{company}/invitations", **guest)
    assert made.status_code == 201, made.text
    return made.json()


def link_to(worker: CallerWorker, address: str) -> str:
    """What follows ``#`` in the newest invitation to an address, as its mail will have it."""
    columns = one_time_tokens.c
    newest = (
        select(one_time_tokens)
        .join(people)
        .where(people.c.email_key == address.lower(), columns.purpose == Purpose.INVITATION)
        .order_by(columns.created_at.desc(), columns.token_id.desc())
        .limit(1)
    )
    with transaction(worker.engine) as connection:
        row = connection.execute(newest).one()
        written = select(mails.c.kind).where(mails.c.arguments["token_id"].astext == str(row.token_id))
        assert connection.scalar(written) == "invitation"
    token = OneTimeToken(row.token_id, row.purpose, row.person_id, row.created_at, row.expires_at)
    return token.text(worker.home.derived_key(TOKEN_KEY))


def accept(worker: CallerWorker, **body: object) -> httpx.Response:
    return ask(worker, "anonymous", "POST", "/invitations/acceptances", **body)


def member(worker: CallerWorker, company: str, address: str) -> Any:
    members = ask(worker, "key_admin", "GET", f"/companies/{company}/members").json()["items"]
    return next((each for each in members if each["email"] == address), None)


def test_a_newcomer_accepts_by_the_link_of_the_message_and_signs_in(worker: CallerWorker) -> None:
    address = "newcomer@example.org"
    invitation = invite(worker, str(FIRM), address, "dealer", caller="company_admin")
    assert member(worker, str(FIRM), address) is None
    link = link_to(worker, address)
    assert link not in json.dumps(invitation)
    for refused in ({}, {"password": "short"}):  # the link stays good
        answer = accept(worker, link=link, **refused)
        assert answer.status_code == 422 and answer.json()["code"] != "people.link_invalid"
    assert accept(worker, link=link, password=NEW_PASSWORD).json()["company_id"] == str(FIRM)
    assert member(worker, str(FIRM), address)["role"] == "dealer"
    again = accept(worker, link=link, password="another good password")
    assert (again.status_code, again.json()["code"]) == (422, "people.link_invalid")
    signed_in = ask(worker, "anonymous", "POST", "/sessions", email=address, password=NEW_PASSWORD)
    assert signed_in.status_code == 201, signed_in.text
    open_ones = ask(worker, "company_admin", "GET", f"/companies/{FIRM}/invitations").json()["items"]
    assert address not in [each["email"] for each in open_ones]


def test_whoever_signs_in_at_a_provider_accepts_without_a_password(worker: CallerWorker) -> None:
    with transaction(worker.engine) as connection:
        cast = Cast(connection, worker.home)
        linked, other = cast.person(), cast.person()
        connection.execute(
            update(people).where(people.c.person_id.in_([linked, other])).values(password_hash=None)
        )
        now = SystemClock().now()
        identity = Identity(uuid4(), linked, "https://id.example", "subject-of-guest", now, now)
        assert PostgresIdentities(connection).add(identity)
        addresses = dict(connection.execute(select(people.c.person_id, people.c.email)).tuples().all())
    for person in (linked, other):
        invite(worker, str(FIRM), addresses[person], "dealer", caller="company_admin")
    refused = accept(worker, link=link_to(worker, addresses[other]))
    assert refused.json()["errors"][0]["code"] == "companies.password_needed"
    accepted = accept(worker, link=link_to(worker, addresses[linked]), password=NEW_PASSWORD)
    assert accepted.status_code == 200, accepted.text
    assert member(worker, str(FIRM), addresses[linked])["role"] == "dealer"
    with transaction(worker.engine) as connection:  # nobody who has the mail alone chooses a way in
        hashed = select(people.c.password_hash).where(people.c.person_id == linked)
        assert connection.scalar(hashed) is None


def test_somebody_with_an_account_accepts_and_keeps_their_password(worker: CallerWorker) -> None:
    with transaction(worker.engine) as connection:
        person = Cast(connection, worker.home).person()
        address = connection.scalar(select(people.c.email).where(people.c.person_id == person))
    invite(worker, str(FIRM), address.upper(), "dealer", caller="company_admin")
    assert accept(worker, link=link_to(worker, address), password=NEW_PASSWORD).status_code == 200
    signed_in = ask(worker, "anonymous", "POST", "/sessions", email=address, password=PASSWORD)
    assert signed_in.status_code == 201
    repeated = {"email": address, "name": "Guest", "role": "dealer"}
    answer = ask(worker, "company_admin", "POST", f"/companies/{FIRM}/invitations", **repeated)
    assert (answer.status_code, answer.json()["code"]) == (409, "companies.member_already")


def test_an_answer_does_not_say_whether_an_address_has_an_account(worker: CallerWorker) -> None:
    with transaction(worker.engine) as connection:
        person = Cast(connection, worker.home).person()
        known = connection.scalar(select(people.c.email).where(people.c.person_id == person))
    answers = [invite(worker, str(FIRM), address, "dealer") for address in (known, "unknown@example.org")]
    assert [sorted(answer) for answer in answers] == [sorted(answers[0])] * 2
    same = ("role", "branch_id", "invited_by")
    assert [answers[0][name] for name in same] == [answers[1][name] for name in same]


def test_links_of_two_companies_are_good_and_a_withdrawn_or_replaced_one_is_not(worker: CallerWorker) -> None:
    address, companies = "wanted@example.org", [new_company(worker) for _ in range(3)]
    links, invitations = {}, {}
    for company in companies:
        invitations[company] = invite(worker, company, address, "dealer")
        links[company] = link_to(worker, address)
    replaced = links[companies[0]]
    invite(worker, companies[0], address, "company_admin")
    withdrawal = f"/companies/{companies[1]}/invitations/{invitations[companies[1]]['invitation_id']}"
    assert ask(worker, "key_admin", "DELETE", withdrawal).status_code == 204
    for dead in (replaced, links[companies[1]]):
        assert accept(worker, link=dead, password=NEW_PASSWORD).json()["code"] == "people.link_invalid"
    assert accept(worker, link=links[companies[2]], password=NEW_PASSWORD).status_code == 200
    assert accept(worker, link=link_to(worker, address)).status_code == 200
    assert [member(worker, company, address) is not None for company in companies] == [True, False, True]


def test_the_last_administrator_of_a_company_can_neither_leave_nor_step_down(worker: CallerWorker) -> None:
    company = new_company(worker)
    people_of = {}
    for name in ("first", "second"):
        address = f"{name}-{company[-6:]}@example.org"
        invite(worker, company, address, "company_admin")
        accept(worker, link=link_to(worker, address), password=NEW_PASSWORD).raise_for_status()
        people_of[name] = member(worker, company, address)["person_id"]
    first, second = (f"/companies/{company}/members/{people_of[name]}" for name in ("first", "second"))
    assert ask(worker, "key_admin", "DELETE", second).status_code == 204
    for answer in (
        ask(worker, "key_admin", "DELETE", first),
        ask(worker, "key_admin", "PUT", first, role="dealer"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "companies.last_administrator")
    assert ask(worker, "key_admin", "PUT", first, role="company_admin").status_code == 200


def test_a_deactivated_administrator_does_not_count(worker: CallerWorker) -> None:
    company = new_company(worker)
    ids = []
    for name in ("stays", "leaves"):
        address = f"{name}-{company[-6:]}@example.org"
        invite(worker, company, address, "company_admin")
        accept(worker, link=link_to(worker, address), password=NEW_PASSWORD).raise_for_status()
        ids.append(member(worker, company, address)["person_id"])
    assert ask(worker, "key_admin", "POST", f"/people/{ids[1]}/deactivation").status_code == 200
    assert ask(worker, "key_admin", "DELETE", f"/companies/{company}/members/{ids[0]}").status_code == 409


def test_a_branch_of_another_company_is_no_place_to_work(worker: CallerWorker) -> None:
    company = new_company(worker)
    for branch in ("<branch>", MISSING):
        post = {"role": "dealer", "branch_id": branch, "email": "x@example.org", "name": "X"}
        answer = ask(worker, "key_admin", "POST", f"/companies/{company}/invitations", **post)
        assert (answer.status_code, answer.json()["code"]) == (404, "companies.branch_not_found")


def test_a_role_that_is_taken_away_ends_sessions_at_once(worker: CallerWorker) -> None:
    """The next request is looked up again, in every worker within a second."""
    address = "short-stay@example.org"
    invite(worker, str(FIRM), address, "dealer", caller="company_admin")
    accept(worker, link=link_to(worker, address), password=NEW_PASSWORD).raise_for_status()
    signed_in = ask(worker, "anonymous", "POST", "/sessions", email=address, password=NEW_PASSWORD)
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    headers = {"Cookie": cookie}
    listed = worker.portal.call(worker._send, "GET", "/companies", None, headers)
    assert [company["company_id"] for company in listed.json()["items"]] == [str(FIRM)]
    person = member(worker, str(FIRM), address)["person_id"]
    assert ask(worker, "company_admin", "DELETE", f"/companies/{FIRM}/members/{person}").status_code == 204
    worker.refresh()
    assert worker.portal.call(worker._send, "GET", "/companies", None, headers).status_code == 401


def test_every_change_leaves_a_line_of_its_company(worker: CallerWorker) -> None:
    company = new_company(worker)
    ask(worker, "key_admin", "POST", f"/companies/{company}/branches", name="North").raise_for_status()
    invite(worker, company, "listed@example.org", "company_admin")
    accept(worker, link=link_to(worker, "listed@example.org"), password=NEW_PASSWORD).raise_for_status()
    wanted = AuditFilter(company=UUID(company))
    lines = PostgresAuditReader(worker.engine).newest(wanted, before=None, most=10)
    assert [line.entry.action for line in reversed(lines)] == [
        "companies.create",
        "branches.create",
        "invitations.create",
        "invitations.accept",
    ]
    assert "listed@example.org" not in str(lines)
    seen = ask(worker, "company_admin", "GET", "/audit?limit=500").json()["items"]
    assert {line["company"] for line in seen} == {str(FIRM)}


def test_the_last_administrator_of_the_platform_keeps_the_role(engine: Engine, tmp_path: Any) -> None:
    clock = FixedClock()
    works = CompanyWorks(engine, _NoLetters(), audit_trail(clock), b"f" * 32, clock, is_linked)
    roles = KeepPlatformRoles(works, SCOPES)
    admin = Caller("key", "id", SCOPES.names)
    with transaction(engine) as connection:
        cast = Cast(connection, Home(tmp_path))
        first, second = cast.person("admin"), cast.person()
    with pytest.raises(ConflictError) as refused:
        roles.revoke(first, "admin", caller=admin)
    assert refused.value.code == "people.last_administrator"
    for _ in range(2):  # giving again changes nothing
        roles.grant(second, "admin", caller=admin)
    roles.revoke(first, "admin", caller=admin)
    with pytest.raises(ConflictError):
        roles.revoke(second, "admin", caller=admin)
    lines = PostgresAuditReader(engine).newest(AuditFilter(action="roles."), before=None, most=10)
    assert [line.entry.action for line in lines] == ["roles.revoke", "roles.grant"]


def test_companies_are_made_and_listed_by_command(engine: Engine) -> None:
    clock = FixedClock()

    @contextmanager
    def database() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(engine=engine, audit=audit_trail(clock))

    home = SimpleNamespace(database=database, derived_key=lambda purpose: b"k" * 32, clock=clock)

    def command(*arguments: str) -> Any:
        return json.loads(CliRunner().invoke(app, [*arguments, "--json"], obj=lambda: home).stdout)

    made = [command("create", name) for name in ("Zebra", "Antelope")]
    assert command("list") == made[::-1]
    line = PostgresAuditReader(engine).newest(AuditFilter(), before=None, most=1)[0].entry
    assert (line.actor, line.action) == ("command line", "companies.create")


class _NoLetters:
    """Nobody is written to in this test."""

    def write(self, *_: object) -> None:
        raise AssertionError("a letter was written")
