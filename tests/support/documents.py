"""The OpenAPI document of the whole application, made once for a run of pytest."""

from __future__ import annotations

from functools import cache
from typing import Any

from drivetrain.bootstrap.document import application_document, unserved_application

application = unserved_application


@cache
def document_of_the_application() -> dict[str, Any]:
    """What `/openapi.json` answers."""
    return application_document()
