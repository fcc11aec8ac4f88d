"""What an operation takes and answers, declared beside its handler, and the OpenAPI document made of all of them.

Declarations are classes (``TypedDict``, pydantic models) or schemas composed by code. They are turned into JSON schema
when somebody asks for the document, not when a worker starts; no answer is validated or written by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from drivetrain.adapters.http.access import Needs, NeedsSession
from drivetrain.adapters.http.answers import Problem

JSON = "application/json"
PROBLEM = "application/problem+json"

F = TypeVar("F", bound=Callable[..., Any])
_ATTRIBUTE = "__documented__"
_REF = "#/components/schemas/"

_PROBLEMS: Mapping[int, str] = {
    400: "The body cannot be read.",
    401: "No valid API key or token.",
    403: "The scope is missing.",
    404: "There is nothing of this name or id.",
    408: "The body arrives too slowly.",
    409: "The state is not what the request takes for granted; look again.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    422: "Readable, but wrong; `errors` names each place.",
    429: "Busy with requests of this kind; see Retry-After.",
    503: "Something needed is not there now; see Retry-After.",
    504: "The work did not finish in the time it was given; see Retry-After.",
    507: "The disk is full; see Retry-After.",
}
_RETRIED = (429, 503, 504, 507)
_FORM = "multipart/form-data"

_SESSION = "Session"
_SECURITY_SCHEMES = {
    "ApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key as `drivetrain keys create` printed it.",
    },
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of `POST /token`, or an API key.",
    },
    _SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-drivetrain-{installation}",
        "description": "A browser's session (`POST /sessions`); what changes something needs the header X-Drivetrain-Client.",
    },
}


@dataclass(frozen=True, slots=True)
class Component:
    """A schema composed by code, with the name under which the document holds it.

    Attributes:
        schema: JSON schema; in place of any schema in it may stand a class, or another component.
    """

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """One flat object with the fields of several.

    Attributes:
        always: typed dictionaries whose fields it has.
        sometimes: those whose fields it may have.
    """

    name: str
    always: tuple[Any, ...]
    sometimes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its schema (a class, a component, or plain JSON schema) and an example."""

    schema: Any
    example: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A success.

    Attributes:
        content: by media type.
    """

    description: str
    content: Mapping[str, Content]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the documentation says of a handler beside its name and docstring."""

    answers: tuple[Answer, ...]
    body: Mapping[str, Content]
    parameters: tuple[Mapping[str, Any], ...]
    problems: tuple[int, ...]


def answer(schema: Any, description: str, *, example: Any = None, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(description, {JSON: Content(schema, example)}, status)


def body(schema: Any, *, example: Any = None) -> dict[str, Content]:
    """A JSON body."""
    return {JSON: Content(schema, example)}


def upload_of(columns: Sequence[str]) -> dict[str, Content]:
    """An uploaded table: a form file named ``file``, or the body itself."""
    file = {
        "type": "string",
        "format": "binary",
        "description": f"CSV (UTF-8), XLSX or XLS with the columns {', '.join(columns)}, in any order.",
    }
    form = {"type": "object", "required": ["file"], "properties": {"file": file}}
    return {_FORM: Content(form), "text/csv": Content({"type": "string"})}


def documented(
    *answers: Answer,
    body: Mapping[str, Content] | None = None,
    parameters: Sequence[Mapping[str, Any]] = (),
    problems: Sequence[int] = (),
) -> Callable[[F], F]:
    """Declares what a handler takes and answers.

    Args:
        answers: the successes, each with a status of its own.
        parameters: those that the handler reads itself.
        problems: statuses beyond those that follow from the declared scope, the body and the parameters.
    """
    operation = Operation(answers, body or {}, tuple(parameters), tuple(problems))

    def declare(handler: F) -> F:
        vars(handler)[_ATTRIBUTE] = operation
        return handler

    return declare


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application, with paths relative to where the document lies.

    Raises:
        LookupError: a handler declares nothing, or two operations or schemas share a name.
    """
    plain = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    composer = _Composer(plain.get("components", {}).get("schemas", {}))
    names: set[str] = set()
    for route in declared_routes(app):
        for method in route.methods or ():
            operation = plain["paths"][route.path_format][method.lower()]
            composer.complete(route, operation)
            if operation["operationId"] in names:
                raise LookupError(f"two operations are called {operation['operationId']}")
            names.add(operation["operationId"])
    refused = composer.problem_answers()
    unused = {"HTTPValidationError", "ValidationError"}
    schemas = {name: composer.schemas[name] for name in sorted(composer.schemas.keys() - unused)}
    components = {
        "schemas": schemas,
        "responses": refused,
        "securitySchemes": _SECURITY_SCHEMES,
    }
    return {**plain, "servers": [{"url": "."}], "components": components}


def declared_routes(app: FastAPI) -> Iterator[RouteContext]:
    """Every route of an application that the document names, those of included routers too."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            yield route


class _Untitled(GenerateJsonSchema):
    """Leaves the titles of fields out, which only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False


class _Composer:
    """Collects the schemas that operations declare, each once under its name."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self.schemas: dict[str, Any] = dict(schemas)
        self._seen: dict[
            Any, Any
        ] = {}  # a class is asked for by many operations, and each look costs milliseconds

    def complete(self, route: RouteContext, operation: dict[str, Any]) -> None:
        """Put what a route's handler declares in the operation that the framework has written for it."""
        declared: Operation | None = vars(route.endpoint).get(_ATTRIBUTE)
        if declared is None:
            raise LookupError(f"{route.path} does not declare what it answers")
        needs = _needs(route.dependant)
        operation["operationId"] = name = str(route.name)
        operation["summary"] = name.replace("_", " ").capitalize()
        operation["security"] = [] if needs is None else _security(needs)
        if declared.parameters:
            operation["parameters"] = [*operation.get("parameters", []), *declared.parameters]
        if declared.body:
            operation["requestBody"] = {"required": True, "content": self._content(declared.body)}
        statuses = _problems(declared, needs, has_parameters=bool(operation.get("parameters")))
        operation["responses"] = {
            **{str(response.status): self._answer(response) for response in declared.answers},
            **{
                str(status): {"$ref": f"#/components/responses/{_problem_name(status)}"}
                for status in sorted(statuses)
                if status not in {response.status for response in declared.answers}
            },
        }

    def problem_answers(self) -> dict[str, Any]:
        """The problem answers that operations refer to."""
        schema = self.schema(Problem)
        return {
            _problem_name(status): {
                "description": text,
                "content": {PROBLEM: {"schema": schema}},
                **({"headers": {"Retry-After": _header("Seconds to wait.")}} if status in _RETRIED else {}),
            }
            for status, text in _PROBLEMS.items()
        }

    def schema(self, part: Any) -> Any:
        """JSON schema of a declaration; what has a name is kept under it and referred to."""
        if isinstance(part, Mapping):
            return {key: self.schema(value) for key, value in part.items()}
        if isinstance(part, (list, tuple)):
            return [self.schema(item) for item in part]
        if part is None or isinstance(part, (str, int, float)):
            return part
        if isinstance(part, Component):
            return self._keep(part.name, {"title": part.name, **self.schema(part.schema)})
        if isinstance(part, Merged):
            return self._keep(part.name, self._merged(part))
        return self._declared(part)

    def _declared(self, declared: Any) -> Any:
        if declared not in self._seen:
            schema = TypeAdapter(declared).json_schema(
                ref_template=_REF + "{model}", schema_generator=_Untitled, mode="serialization"
            )
            for name, definition in schema.pop("$defs", {}).items():
                self._keep(name, definition)
            named = schema.get("type") == "object" and "title" in schema
            self._seen[declared] = self._keep(schema["title"], schema) if named else schema
        return self._seen[declared]

    def _merged(self, merged: Merged) -> dict[str, Any]:
        always = [self._fields(part) for part in merged.always]
        sometimes = [self._fields(part) for part in merged.sometimes]
        return {
            "title": merged.name,
            "type": "object",
            "required": [name for schema in always for name in schema.get("required", ())],
            "properties": {
                name: schema
                for fields in [*always, *sometimes]
                for name, schema in fields["properties"].items()
            },
        }

    def _fields(self, part: Any) -> dict[str, Any]:
        """A named schema whose fields are wanted elsewhere, so that its own name is not kept."""
        if isinstance(part, Mapping):
            fields: dict[str, Any] = self.schema(part)
            return fields
        inner = _Composer(self.schemas)
        name = inner.schema(part)["$ref"].removeprefix(_REF)
        fields = inner.schemas.pop(name)
        for referred, schema in inner.schemas.items():
            self._keep(referred, schema)
        return fields

    def _keep(self, name: str, schema: Mapping[str, Any]) -> dict[str, str]:
        if self.schemas.setdefault(name, schema) != schema:
            raise LookupError(f"two different schemas are called {name}")
        return {"$ref": _REF + name}

    def _content(self, content: Mapping[str, Content]) -> dict[str, Any]:
        return {
            media_type: {
                "schema": self.schema(form.schema),
                **({} if form.example is None else {"example": form.example}),
            }
            for media_type, form in content.items()
        }

    def _answer(self, declared: Answer) -> dict[str, Any]:
        headers = {name: _header(text) for name, text in declared.headers.items()}
        return {
            "description": declared.description,
            "content": self._content(declared.content),
            **({"headers": headers} if headers else {}),
        }


def _needs(dependant: Dependant) -> Needs | None:
    """What a route declares about its callers; None where it answers anybody."""
    if isinstance(dependant.call, Needs):
        return dependant.call
    needs_below = (_needs(dependency) for dependency in dependant.dependencies)
    return next((needs for needs in needs_below if needs is not None), None)


def _security(needs: Needs) -> list[dict[str, list[str]]]:
    scopes = [] if needs.scope is None else [str(needs.scope)]
    schemes = [_SESSION] if isinstance(needs, NeedsSession) else list(_SECURITY_SCHEMES)
    return [{name: scopes} for name in schemes]


def _problems(declared: Operation, needs: Needs | None, *, has_parameters: bool) -> set[int]:
    statuses = set(declared.problems)
    if needs is not None:
        statuses |= {401, 503}  # an unknown key is looked up in the database
        statuses |= {403}  # also for a session whose request comes from another site
    if declared.body:
        statuses |= {400, 408, 413, 415, 422}
        statuses |= {507} if _FORM in declared.body else set()  # uploads wait on disk
    return statuses | ({422} if has_parameters else set())


def _problem_name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}
