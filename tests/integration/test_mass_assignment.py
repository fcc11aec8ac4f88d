"""No request sets a column that it is not meant to set: every writable route is sent every column of every table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.support.callers import CallerWorker, open_worker
from tests.support.documents import document_of_the_application

import drivetrain
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.tables import metadata

SOURCE = Path(drivetrain.__file__).parent
JSON = "application/json"
ERRORS_SHOWN = 90
"""A problem names at most 100 errors."""

ROWS = ("/rental/", "/resale/", "/trips/")
"""Rows of contracts are stored whole, as they were sent, and set no column; what they may hold is the contract's."""


def columns() -> set[str]:
    """Names of all columns of all our tables."""
    for file in sorted(SOURCE.rglob("tables.py")):
        if file.parent.name == "adapters":
            import_module(".".join(["drivetrain", *file.relative_to(SOURCE).with_suffix("").parts]))
    return {column.name for table in metadata.tables.values() for column in table.c}


def writable() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and body of every operation that takes a JSON object."""
    found = []
    for path, operations in document_of_the_application()["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get(JSON)
            if content and isinstance(content.get("example"), dict) and not path.startswith(ROWS):
                found.append((method.upper(), path, content["example"]))
    return found


@pytest.fixture(scope="module")
def worker(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CallerWorker]:
    with open_worker(postgres_server, tmp_path_factory.mktemp("home")) as worker:
        yield worker


def test_the_search_finds_tables_and_routes() -> None:
    assert {"person_id", "password_hash", "company_id", "scopes", "digest", "mac", "by_gate"} <= columns()
    assert {path for _, path, _ in writable()} >= {"/keys", "/people", "/companies", "/sign-ups", "/sessions"}


@pytest.mark.parametrize(
    ("method", "path", "example"), writable(), ids=[f"{method} {path}" for method, path, _ in writable()]
)
def test_no_other_column_can_be_set(
    worker: CallerWorker, method: str, path: str, example: dict[str, Any]
) -> None:
    """Refused as a whole, with each column named: nothing is taken and the rest left out."""
    others = sorted(columns() - set(_fields(method, path)))
    address = re.sub(r"\{\w+_id\}", "<missing>", path)
    address = address.replace("{source}", "feed").replace("{name}", "rental-price")
    for start in range(0, len(others), ERRORS_SHOWN):
        sent = others[start : start + ERRORS_SHOWN]
        body = json.dumps(example | dict.fromkeys(sent, "x"))
        answer = worker.ask_as("admin", method, address, body)
        assert answer.status_code == 422, answer.text
        forbidden = {
            error["pointer"].removeprefix("/")
            for error in answer.json()["errors"]
            if error["code"] == "input.extra_forbidden"
        }
        assert forbidden == set(sent)


def _fields(method: str, path: str) -> list[str]:
    """What the operation takes, as its schema says."""
    document = document_of_the_application()
    schema = document["paths"][path][method.lower()]["requestBody"]["content"][JSON]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert schema.get("additionalProperties") is False, f"{method} {path} takes anything"
    return list(schema["properties"])
