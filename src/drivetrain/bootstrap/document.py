"""The OpenAPI document of the whole application, made without a database."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from drivetrain.adapters.http.openapi import document
from drivetrain.bootstrap.installation import Home
from drivetrain.bootstrap.serving import build_worker
from drivetrain.settings import Settings

_NOWHERE = "postgresql://nobody@nowhere.invalid/nothing"
_DEPTH = 4
"""Schemas and operations stand in a line each, so that a change of one is one line of a comparison."""


def unserved_application(home: Path) -> FastAPI:
    """The application of a worker whose database is never asked.

    Args:
        home: an empty folder; keys are made in it.
    """
    Home(home).signer()
    return build_worker(Settings(home=home), _NOWHERE, Home(home)).app


def application_document() -> dict[str, object]:
    """What ``/openapi.json`` answers."""
    with tempfile.TemporaryDirectory() as folder:
        return document(unserved_application(Path(folder)))


def document_text() -> str:
    """The document as a file, the same on every machine."""
    return _text(application_document(), _DEPTH) + "\n"


def _text(part: Any, depth: int) -> str:
    if depth == 0 or not isinstance(part, dict) or not part:
        return json.dumps(part, ensure_ascii=False)
    items = (f"{json.dumps(name)}: {_text(value, depth - 1)}" for name, value in part.items())
    return "{\n" + ",\n".join(items) + "\n}"
