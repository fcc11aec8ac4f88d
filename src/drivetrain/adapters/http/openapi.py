"""What the documentation says of bodies and answers that the routes read and write themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; program against this."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "maxItems": 100,
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "row": {"type": "integer"},
                    "column": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_PROBLEMS = {
    "400": "The body cannot be read.",
    "401": "No valid API key or token.",
    "403": "The scope is missing.",
    "413": "Too large.",
    "415": "The content type is not supported.",
    "422": "Readable, but wrong; `errors` names each place.",
    "503": "Not ready; see Retry-After.",
}


def body_of(schema: type[BaseModel] | Mapping[str, Any], *, example: Any = None) -> dict[str, Any]:
    """The OpenAPI part for a JSON body."""
    shown = schema.model_json_schema() if isinstance(schema, type) else dict(schema)
    content: dict[str, Any] = {"schema": shown}
    if example is not None:
        content["example"] = example
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def answers(
    example: Any, *, description: str, schema: Mapping[str, Any] | None = None
) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI part for a 200 answer with its example, and the problems a route may answer."""
    good: dict[int | str, dict[str, Any]] = {
        200: {
            "description": description,
            "content": {
                "application/json": {"schema": dict(schema or {"type": "object"}), "example": example}
            },
        }
    }
    for status, text in _PROBLEMS.items():
        good[status] = {
            "description": text,
            "content": {"application/problem+json": {"schema": PROBLEM_SCHEMA}},
        }
    return good


def upload_of(columns: Sequence[str]) -> dict[str, Any]:
    """The OpenAPI part for an uploaded table: a form file named ``file``, or the body itself."""
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {
                "type": "string",
                "format": "binary",
                "description": f"CSV (UTF-8), XLSX or XLS with the columns {', '.join(columns)}, in any order.",
            }
        },
    }
    return {
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": form}, "text/csv": {"schema": {"type": "string"}}},
        }
    }
