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

from drivetrain.adapters.http.access import ANY_CALLER, Needs, public
from drivetrain.bootstrap.installation import Home
from drivetrain.bootstrap.serving import build_worker
from drivetrain.core.access import PlatformScope
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.settings import Settings

DOCUMENTATION = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}
PUBLIC = {"/token", "/health", "/health/live", "/health/ready"}
METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application of a worker; its database is never asked."""
    home = tmp_path_factory.mktemp("home")
    Home(home).signer()
    return build_worker(Settings(home=home), "postgresql://nobody@nowhere.invalid/nothing", Home(home)).app


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


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
        "/validate-token"
    }


def test_nothing_but_declared_routes_and_the_documentation_is_mounted(app: FastAPI) -> None:
    """A mounted application or a plain Starlette route would go around the declarations."""
    declared = {route.path for route in _routes(app)}
    assert {route.path for route in iter_route_contexts(app.routes)} - declared == DOCUMENTATION


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
    schema = shown["schema"]
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
        assert all(
            "application/problem+json" in responses[status]["content"]
            for status in ("400", "401", "422", "503")
        )


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


def _routes(app: FastAPI) -> list[RouteContext]:
    """Every route with its dependencies, those of included routers too."""
    return [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]
