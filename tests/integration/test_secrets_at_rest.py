"""Secrets planted wherever one can be sent are found nowhere in clear: no table, file, log line, metric or error."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from sqlalchemy import select
from tests.support.callers import FIRM, CallerWorker, open_worker

from drivetrain.accounts.people.adapters.tables import one_time_tokens
from drivetrain.accounts.people.adapters.use_cases import TOKEN_KEY
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.database import transaction

PASSWORDS = [f"planted umbrella {word} ferry" for word in ("blue", "green", "amber", "violet", "crimson")]
WRONG = "planted kettle never right"
KEPT_APART = {"secrets", "outbox"}
"""Folders of the home that hold secrets on purpose: keys of the installation, and mails where there is no server."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The log of a worker, as a file, with everything in it."""
    file = tmp_path_factory.mktemp("log") / "worker.log"
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    configure_logs("DEBUG", process="api-test", file=file)
    structlog.configure(cache_logger_on_first_use=False)  # the tests after this one have their own
    yield file
    structlog.configure(**before)
    root.handlers, root.level = handlers, level


@pytest.fixture(scope="module")
def worker(
    log: Path, postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CallerWorker]:
    with open_worker(postgres_server, tmp_path_factory.mktemp("home")) as worker:
        yield worker


def post(worker: CallerWorker, caller: str, path: str, **body: object) -> object:
    return worker.ask_as(caller, "POST", path, json.dumps(body)).json()


def links(worker: CallerWorker) -> list[str]:
    """Every one-time link, as mails and pages have it."""
    key = worker.home.derived_key(TOKEN_KEY)
    with transaction(worker.engine) as connection:
        rows = connection.execute(select(one_time_tokens)).all()
    return [
        OneTimeToken(row.token_id, row.purpose, row.person_id, row.created_at, row.expires_at).text(key)
        for row in rows
    ]


def plant(worker: CallerWorker) -> list[str]:
    """Send secrets of every kind, right and wrong ones, and in fields that are not theirs; gives all of them."""
    secrets = [*PASSWORDS, WRONG, *(key.text for key in worker.keys.values())]
    key = post(worker, "key_admin", "/keys", name="planted", grants=["predict"])["api_key"]  # type: ignore[index]
    token = post(worker, "anonymous", "/token", api_key=key)["access_token"]  # type: ignore[index]
    secrets += [key, token]
    made = post(worker, "key_admin", "/people", email="planted@example.org", name="Ann")
    assert isinstance(made, dict)
    secrets.append(made["link"].partition("#")[2])
    post(worker, "anonymous", "/welcomes", link=secrets[-1], password=PASSWORDS[0])
    post(worker, "anonymous", "/password-resets", email="planted@example.org")
    guest = {"email": "guest@example.org", "name": "Ben", "role": "dealer"}
    post(worker, "company_admin", f"/companies/{FIRM}/invitations", **guest)
    secrets += links(worker)
    for link in secrets[-2:]:
        post(worker, "anonymous", "/invitations/acceptances", link=link, password=PASSWORDS[1])
        post(worker, "anonymous", "/password-resets/confirmations", link=link, password=PASSWORDS[2])
    for password in (WRONG, *PASSWORDS):
        post(worker, "anonymous", "/sessions", email="planted@example.org", password=password)
        # a password where the address belongs, which people do
        post(worker, "anonymous", "/sessions", email=password, password=password)
        post(worker, "anonymous", "/password-resets", email=password)
        post(worker, "anonymous", "/token", api_key=password)
        post(worker, "anonymous", "/sessions", email="x", password=password, unknown=password)
    worker.ask_as("admin", "POST", "/people/me/second-factor")
    for caller in ("dealer", "admin"):  # in addresses and headers
        worker.ask_as(caller, "GET", f"/validate-token?api_key={key}")
        worker.ask_as(caller, "GET", f"/models/{key}")
        worker.ask_as(caller, "DELETE", f"/keys/{token}")
    return secrets


def test_no_planted_secret_is_found_anywhere(worker: CallerWorker, log: Path) -> None:
    answers_before = worker.ask_as("key_admin", "GET", "/audit?limit=500").text
    secrets = plant(worker)
    assert len(secrets) > 15 and all(len(secret) > 20 for secret in secrets)
    places = {
        "tables": dump(worker.url),
        "log": log.read_bytes(),
        "metrics": worker.ask_as("key_admin", "GET", "/metrics").content,
        "audit": (answers_before + worker.ask_as("key_admin", "GET", "/audit?limit=500").text).encode(),
        **files(worker.home.folder),
    }
    assert len(places["tables"]) > 10_000 and b"request" in places["log"]
    found = {
        (where, secret[:16])
        for where, content in places.items()
        for secret in secrets
        if holds(content, secret)
    }
    assert found == set()


def test_the_search_would_find_a_secret(worker: CallerWorker) -> None:
    with psycopg.connect(worker.url) as connection:
        connection.execute("CREATE TABLE drivetrain.careless (a text, b bytea, c jsonb)")
        connection.execute(
            "INSERT INTO drivetrain.careless VALUES (%s, %s, %s)",
            (PASSWORDS[0], WRONG.encode(), json.dumps({"token": PASSWORDS[1]})),
        )
    content = dump(worker.url)
    with psycopg.connect(worker.url) as connection:
        connection.execute("DROP TABLE drivetrain.careless")
    assert all(holds(content, secret) for secret in (PASSWORDS[0], WRONG, PASSWORDS[1]))


def holds(content: bytes, secret: str) -> bool:
    """True where a secret stands in clear, as text or as the bytes of a dump."""
    return secret.encode() in content or secret.encode().hex().encode() in content


def dump(url: str) -> bytes:
    """Every row of every table of every schema of ours, as text."""
    content = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 20
        for (table,) in tables:
            with connection.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as rows:
                content += [table.encode(), *rows]
    return b"\n".join(bytes(part) for part in content)


def files(home: Path) -> dict[str, bytes]:
    """Files of the home that a copy of it would hold."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.relative_to(home).parts[0] not in KEPT_APART
    }
