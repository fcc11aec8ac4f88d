"""Holds every answer of a running platform against the document that it publishes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from tests.support.documents import document_of_the_application

_HERE = "urn:document"
_UNDOCUMENTED = {"/openapi.json", "/docs", "/redoc"}


class AnswerOffSchemaError(AssertionError):
    """An answer has a status, a media type or a field that the document does not name."""


class Conformance:
    """Checks answers against an OpenAPI document; in answers no field may be undeclared."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = closed(document)
        registry = Registry().with_resource(_HERE, DRAFT202012.create_resource(self._document))
        self._registry = registry
        self._paths = [(_pattern(path), path) for path in self._document["paths"]]
        self._validators: dict[str, Draft202012Validator] = {}

    def check(
        self, method: str, path: str, status: int, media_type: str, body: Callable[[], Any]
    ) -> str | None:
        """Check one answer.

        Returns:
            The place of the answer in the document; None where the document names no such operation.
        """
        found = self._operation(method, path)
        if found is None:
            return None
        place, operation = found
        answers = operation["responses"]
        if str(status) not in answers:
            raise AnswerOffSchemaError(f"{method} {path} answers {status}; it declares {', '.join(answers)}")
        place += f"/responses/{status}"
        answer = answers[str(status)]
        if "$ref" in answer:
            place = answer["$ref"]
            answer = self._document["components"]["responses"][place.rpartition("/")[2]]
        plain = media_type.partition(";")[0]
        if not plain and not answer["content"]:
            return place  # nothing is answered, as declared
        if plain not in answer["content"]:
            raise AnswerOffSchemaError(
                f"{method} {path} answers {plain}; it declares {', '.join(answer['content'])}"
            )
        if plain.endswith("json"):
            self._validate(f"{place}/content/{_token(plain)}/schema", body(), f"{method} {path} {status}")
        return place

    def check_example(self, path: str, method: str, operation: Mapping[str, Any]) -> None:
        """Check the examples of an operation's bodies and successes."""
        place = f"#/paths/{_token(path)}/{method}"
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            self._check_example(f"{place}/requestBody/content/{_token(media_type)}", content)
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                self._check_example(f"{place}/responses/{status}/content/{_token(media_type)}", content)

    def _check_example(self, place: str, content: Mapping[str, Any]) -> None:
        if "example" in content:
            self._validate(f"{place}/schema", content["example"], f"the example at {place}")

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        for pattern, template in self._paths:
            operation = self._document["paths"][template].get(method.lower())
            if operation is not None and pattern.fullmatch(path):
                return f"#/paths/{_token(template)}/{method.lower()}", operation
        return None

    def _validate(self, place: str, body: Any, subject: str) -> None:
        validator = self._validators.get(place)
        if validator is None:
            schema = {"$ref": f"{_HERE}{place}"}
            validator = self._validators[place] = Draft202012Validator(schema, registry=self._registry)
        errors = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]
        if errors:
            raise AnswerOffSchemaError(f"{subject} is off its schema: {'; '.join(errors[:5])}")


def closed(part: Any) -> Any:
    """The same schemas, but an object with declared fields may have no others."""
    if isinstance(part, list):
        return [closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    inner = {key: value if key in {"example", "examples"} else closed(value) for key, value in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        return {"additionalProperties": False, **inner}
    return inner


def checked_answers() -> Mapping[str, list[Callable[[httpx.Response], None]]]:
    """Event hooks for a client: every JSON answer that a test gets is checked on its way."""
    return {"response": [_check]}


def _check(response: httpx.Response) -> None:
    request = response.request
    if request.url.path in _UNDOCUMENTED:
        return
    response.read()
    _conformance().check(
        request.method,
        request.url.path,
        response.status_code,
        response.headers.get("content-type", ""),
        response.json,
    )


@cache
def _conformance() -> Conformance:
    return Conformance(document_of_the_application())


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)))


def _token(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of everything that the document names."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
