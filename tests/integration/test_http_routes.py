"""What every route must have: exactly one declared right, words in the documentation, examples that hold."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from tests.support.conformance import Conformance
from tests.support.documents import application

from drivetrain.adapters.http.access import ANY_CALLER, ANY_ONLOOKER, Needs, public
from drivetrain.adapters.http.openapi import document as document_of
from drivetrain.core.access import PlatformScope
from drivetrain.rental.price.model.contract import RENTAL_PRICE

DOCUMENTATION = {"/openapi.json", "/docs", "/docs/{file}", "/redoc"}
WEB_APP = {"/", "/app", "/app/{path:path}"}
PUBLIC = {
    "/invitation",
    "/invitations/acceptances",
    "/token",
    "/health",
    "/health/live",
    "/health/ready",
    # for people who are not signed in yet
    "/sessions",
    "/sessions/current",
    "/sessions/providers",
    "/sessions/providers/attempts",
    "/sessions/providers/completions",
    "/sign-in-links",
    "/sign-ups",
    "/sign-ups/confirmations",
    "/welcomes",
    "/password-resets",
    "/password-resets/confirmations",
    "/sign-in",
    "/provider-sign-in",
    "/sign-up",
    "/welcome",
    "/new-password",
    # for whoever has the link: of a shared car, and of a mail that wants no more of its kind
    "/shared/{token}",
    "/unsubscribe/{link}",
}
METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application of a worker; its database is never asked."""
    return application(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return document_of(app)


def declarations(dependant: Dependant) -> list[Any]:
    """What a route and everything it depends on declare about its callers."""
    own = [dependant.call] if isinstance(dependant.call, Needs) or dependant.call is public else []
    return [*own, *(found for each in dependant.dependencies for found in declarations(each))]


def test_every_route_declares_exactly_one_scope_or_that_it_is_public(app: FastAPI) -> None:
    """The test that fails for a new route without a declaration."""
    routes = _routes(app)
    assert len(routes) > 10
    undeclared = {
        route.path: len(found) for route in routes if len(found := declarations(route.dependant)) != 1
    }
    assert undeclared == {}


def test_a_route_that_declares_nothing_is_noticed() -> None:
    """Also inside an included router, and when it declares two things."""
    router = APIRouter(dependencies=[Depends(public)])

    @router.get("/twice", dependencies=[Depends(Needs(PlatformScope.PREDICT))])
    def twice() -> None: ...

    app = FastAPI()
    app.include_router(router)

    @app.get("/never")
    def never() -> None: ...

    assert {route.path: len(declarations(route.dependant)) for route in _routes(app)} == {
        "/twice": 2,
        "/never": 0,
    }


def test_only_the_routes_meant_for_anybody_are_public(app: FastAPI) -> None:
    found = {route.path for route in _routes(app) if declarations(route.dependant) == [public]}
    assert found == PUBLIC
    assert {route.path for route in _routes(app) if declarations(route.dependant) == [ANY_CALLER]} == {
        "/validate-token",
        "/people/me",
        "/home",
    }
    onlookers = {route.path for route in _routes(app) if declarations(route.dependant) == [ANY_ONLOOKER]}
    assert onlookers == {"/events"}


def test_nothing_but_declared_routes_the_documentation_and_the_web_app_is_mounted(app: FastAPI) -> None:
    """A mounted application or a plain Starlette route would go around the declarations."""
    declared = {route.path for route in _routes(app)}
    assert {route.path for route in iter_route_contexts(app.routes)} - declared == DOCUMENTATION | WEB_APP


def test_every_operation_says_in_words_what_it_does(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert operation.get("summary") and operation.get("description"), f"{method} {path}"
        assert operation["description"].strip().endswith("."), f"{method} {path}"
        assert operation.get("tags"), f"{method} {path}"


def test_the_documentation_names_every_route_of_the_application(
    app: FastAPI, document: dict[str, Any]
) -> None:
    assert {(path, method.upper()) for path, method, _ in operations(document)} == {
        (route.path, method) for route in _routes(app) for method in route.methods
    }


def test_the_body_shown_is_a_body_accepted(document: dict[str, Any]) -> None:
    """The example of `/rental/price` passes the contract, and its schema names the contract's fields."""
    contract = RENTAL_PRICE
    shown = document["paths"]["/rental/price"]["post"]["requestBody"]["content"]["application/json"]
    row, warnings = contract.check_row(shown["example"])
    assert row == contract.example() and not warnings
    schema = document["components"]["schemas"]["RentalPriceRequest"]
    assert shown["schema"] == {"$ref": "#/components/schemas/RentalPriceRequest"}
    assert list(schema["properties"]) == schema["required"] == list(contract.names)
    assert schema["additionalProperties"] is False
    listed = document["paths"]["/rental/prices"]["post"]["requestBody"]["content"]["application/json"]
    assert [contract.check_row(each)[0] for each in listed["example"]] == [row]


def test_references_in_the_documentation_lead_somewhere(document: dict[str, Any]) -> None:
    for reference in references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_answers_that_can_be_refused_are_documented_as_problems(document: dict[str, Any]) -> None:
    for path in ("/rental/price", "/rental/prices", "/rental/prices/file"):
        responses = document["paths"][path]["post"]["responses"]
        assert {"200", "400", "401", "403", "413", "415", "422", "503"} <= responses.keys()
        for status in ("400", "401", "422", "503"):
            name = responses[status]["$ref"].removeprefix("#/components/responses/")
            assert "application/problem+json" in document["components"]["responses"][name]["content"]


ANY_JSON = {
    "ModelDetails.report",  # differs by model
    "VersionDetails.report",
    "VersionDetails.recipe",
    "DecisionAnswer.input",  # that of the product's contract at the time
    "DecisionAnswer.answer",
    "ListedDecisionAnswer.input",
    "ListedDecisionAnswer.answer",
    "DecisionReasonsAnswer.answer",
    "DecisionReasonsAnswer.explanation",  # as the product's own answer has it
    "TaskAnswer.arguments",  # differ by task
    "TaskAnswer.result",
}
"""Fields of answers that hold any JSON by nature; nothing else may."""


def test_every_answer_says_what_it_holds(document: dict[str, Any]) -> None:
    """No success is a bare object, and no field of one may be anything, but for those listed."""
    successes = [
        content["schema"]
        for _, _, operation in operations(document)
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for content in response["content"].values()
    ]
    assert len(successes) > 40
    assert {place for schema in successes for place in vague_places(schema, document, "answer")} == ANY_JSON


def test_every_answer_of_json_and_every_json_body_has_a_name(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        bodies = [operation.get("requestBody", {}).get("content", {})]
        answers = [each["content"] for status, each in operation["responses"].items() if status < "3"]
        for content in (*bodies, *answers):
            shown = content.get("application/json", {}).get("schema", {"$ref": ""})
            assert "$ref" in str(shown), f"{method} {path}"


def test_every_operation_shows_an_example_of_its_body(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        assert "application/json" not in content or "example" in content["application/json"], (
            f"{method} {path}"
        )


def test_examples_hold_to_their_schemas(document: dict[str, Any]) -> None:
    """Fields may be left out of an example of an answer, but none may be there that the schema does not know."""
    conformance = Conformance(document)
    for path, method, operation in operations(document):
        conformance.check_example(path, method, operation)


def test_names_make_methods(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name == name.lower() and "_" in name for name in names)


def test_the_application_is_built_without_the_libraries_of_training() -> None:
    """A worker stays small: none of these is imported by serving.

    In a fresh interpreter, because the tests import them.
    """
    heavy = ("mlflow", "pandas", "sklearn", "lightgbm", "polars", "pyarrow", "scipy")
    code = f"import sys, drivetrain.bootstrap.serving; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.home()
    )
    assert done.stdout.strip() == "[]"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from references(each)
    elif isinstance(part, list):
        for each in part:
            yield from references(each)


def vague_places(schema: Any, document: dict[str, Any], place: str) -> Iterator[str]:
    """Places in a schema that say nothing of what they hold."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from vague_places(document["components"]["schemas"][name], document, name)
        return
    for choice in schema.get("anyOf", ()):
        yield from vague_places(choice, document, place)
    if "anyOf" in schema or "enum" in schema or "const" in schema:
        return
    kind = schema.get("type")
    if kind == "array":
        yield from vague_places(schema.get("items", {}), document, place)
    elif kind == "object":
        for name, each in schema.get("properties", {}).items():
            yield from vague_places(each, document, f"{place.partition('.')[0]}.{name}")
        others = schema.get("additionalProperties")
        if isinstance(others, dict):
            yield from vague_places(others, document, place)
        elif not schema.get("properties") or others is True:
            yield place
    elif kind is None:
        yield place


def _routes(app: FastAPI) -> list[RouteContext]:
    """Every route with its dependencies, those of included routers too."""
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]
