"""Accounts of people on the command line, and the first administrator of an installation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.support.accounts_app import NOW, PASSWORD, AccountsApp, TestInstallation, keep_cookies, secret_of
from tests.support.audit import audit_trail
from tests.support.fakes import FixedClock
from typer.testing import CliRunner

from drivetrain.accounts.people.adapters.commands import app
from drivetrain.accounts.people.adapters.local import welcome_lines
from drivetrain.core.errors import ConflictError, ContractError, InvalidInputError, NotFoundError


class Terminal:
    """The commands on one database."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.accounts = AccountsApp(engine, folder, FixedClock(NOW))
        clock = self.accounts.clock
        self.database: Any = SimpleNamespace(engine=engine, audit=audit_trail(clock))
        self.installation: Any = TestInstallation(folder, clock, {})
        self.installation.database = self._opened

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        yield self.database

    def run(self, *arguments: str, typed: str | None = None) -> str:
        done = CliRunner().invoke(app, list(arguments), obj=lambda: self.installation, input=typed)
        if done.exception is not None:
            raise done.exception
        return done.output

    def welcome(self) -> list[str]:
        return list(welcome_lines(self.installation, self.database))


@pytest.fixture
def terminal(engine: Engine, tmp_path: Path) -> Terminal:
    return Terminal(engine, tmp_path)


async def test_the_first_administrator_signs_in_by_the_link_that_up_prints(terminal: Terminal) -> None:
    (line,) = terminal.welcome()
    address = re.search(r"http://\S+", line)
    assert address is not None
    link = {"link": secret_of(address[0])}
    async with terminal.accounts.browser() as client:
        answer = await client.post("/sessions", json=link)
        assert answer.status_code == 201, answer.text
        keep_cookies(client, answer)
        assert answer.json()["person"]["email"] == "admin@drivetrain.internal"
        assert "users:admin" in (await client.get("/people/me")).json()["scopes"]
        again = await client.post("/sessions", json=link)
        assert again.json()["code"] == "people.link_invalid"
        changed = await client.put("/people/me/password", json={"new_password": PASSWORD})
        assert changed.status_code == 200
    assert terminal.welcome() == []  # whoever has a password needs no link


def test_the_same_administrator_gets_a_new_link_at_every_start_and_the_last_one_is_dead(
    terminal: Terminal,
) -> None:
    first, second = terminal.welcome(), terminal.welcome()
    assert first != second
    with terminal.accounts.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.people")) == 1
        assert connection.scalar(text("SELECT count(*) FROM drivetrain.one_time_tokens")) == 1


async def test_the_link_lasts_five_minutes(terminal: Terminal) -> None:
    (line,) = terminal.welcome()
    link = secret_of(re.findall(r"http://\S+", line)[0])
    terminal.accounts.clock.advance(minutes=5)
    async with terminal.accounts.browser() as client:
        late = await client.post("/sessions", json={"link": link})
    assert late.json()["code"] == "people.link_invalid"


def test_up_has_nothing_to_say_where_there_are_several_administrators(terminal: Terminal) -> None:
    for address in ("a@example.org", "b@example.org"):
        terminal.run("create", address, "--name", "A", "--role", "admin")
    assert terminal.welcome() == []


async def test_an_account_is_made_with_a_link_or_with_a_typed_password(terminal: Terminal) -> None:
    printed = terminal.run("create", "Eve@example.org", "--name", "Eve", "--role", "analyst")
    link = secret_of(printed.strip().rpartition("\n")[2])
    async with terminal.accounts.browser() as client:
        chosen = await client.post("/welcomes", json={"link": link, "password": PASSWORD})
        assert chosen.status_code == 200
        assert (await terminal.accounts.signed_in(client, "eve@example.org")).status_code == 201
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    printed = terminal.run("create", "bob@example.org", "--name", "Bob", "--ask-password", typed=typed)
    assert PASSWORD not in printed
    async with terminal.accounts.browser() as client:
        assert (await terminal.accounts.signed_in(client, "bob@example.org")).status_code == 201


def test_accounts_are_listed_with_their_roles_and_state(terminal: Terminal) -> None:
    assert terminal.run("list").strip() == "Nobody yet."
    terminal.run("create", "eve@example.org", "--name", "Eve", "--role", "analyst")
    listed = terminal.run("list", "--json")
    assert '"roles": [\n      "analyst"' in listed
    assert '"state": "no password yet"' in listed
    assert "argon2" not in listed


async def test_somebody_is_kept_out_let_in_and_erased(terminal: Terminal) -> None:
    terminal.accounts.person()
    async with terminal.accounts.browser() as client:
        await terminal.accounts.signed_in(client)
        terminal.run("deactivate", "ADA@example.org")
        terminal.accounts.reloads["sessions"]()
        assert (await client.get("/people/me")).status_code == 401
        terminal.run("reactivate", "ada@example.org")
        link = secret_of(terminal.run("link", "ada@example.org").strip())
        assert (await client.post("/sessions", json={"link": link})).status_code == 201
    terminal.run("erase", "ada@example.org", "--yes")
    with pytest.raises(NotFoundError):
        terminal.run("link", "ada@example.org")
    with terminal.accounts.engine.connect() as connection:
        actors = connection.scalars(text("SELECT DISTINCT actor FROM drivetrain.audit_lines")).all()
    assert "command line" in actors


def test_what_cannot_be_done_says_why(terminal: Terminal) -> None:
    terminal.run("create", "root@example.org", "--name", "Root", "--role", "admin")
    refused: list[tuple[type[Exception], str, list[str], str | None]] = [
        (ConflictError, "people.email_taken", ["create", "ROOT@example.org", "--name", "R"], None),
        (ConflictError, "people.last_administrator", ["deactivate", "root@example.org"], None),
        (ConflictError, "people.last_administrator", ["erase", "root@example.org", "--yes"], None),
        (
            InvalidInputError,
            "people.unknown_role",
            ["create", "x@example.org", "--name", "X", "--role", "king"],
            None,
        ),
        (ContractError, "input.contract", ["create", "nobody", "--name", "X"], None),
        (NotFoundError, "people.not_found", ["link", "nobody@example.org"], None),
        (
            ContractError,
            "input.contract",
            ["create", "x@example.org", "--name", "X", "--ask-password"],
            "password1234\npassword1234\n",
        ),
    ]
    for kind, code, arguments, typed in refused:
        with pytest.raises(kind) as raised:
            terminal.run(*arguments, typed=typed)
        assert raised.value.code == code, arguments  # type: ignore[attr-defined]
