"""Every error of the platform has a status, and every answer to an error is a problem of one shape."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
from typing import Literal

import pytest
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException

import drivetrain
from drivetrain.adapters.http.bodies import StrictBody, read_model
from drivetrain.adapters.http.errors import STATUSES, problem_of, status_of
from drivetrain.core import errors as known
from drivetrain.core.errors import ContractError, DrivetrainError, FieldError
from drivetrain.lifecycle.data.table_previews import TableRefusedError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError

SHAPE = {"type", "title", "status", "detail", "code", "request_id"}


def error_classes() -> list[type[DrivetrainError]]:
    """Every class of error that any module of core and lifecycle declares."""
    for package in ("core", "lifecycle"):
        folder = importlib.import_module(f"drivetrain.{package}")
        for module in pkgutil.iter_modules(folder.__path__, f"drivetrain.{package}."):
            importlib.import_module(module.name)
    found: list[type[DrivetrainError]] = []
    waiting = [DrivetrainError]
    while waiting:
        below = waiting.pop().__subclasses__()
        found += below
        waiting += below
    own = [cls for cls in found if cls.__module__.startswith(drivetrain.__name__)]
    return sorted(own, key=lambda cls: cls.__qualname__)


def made(cls: type[DrivetrainError]) -> DrivetrainError:
    given = {"model": "m", "reason": "r", "detail": "d", "preview": None}
    if cls is ContractError:
        given["errors"] = [FieldError("c", "d", pointer="/x")]
    parameters = inspect.signature(cls).parameters
    if (code := parameters.get("code")) is not None and code.default is code.empty:
        given["code"] = "a.b"
    return cls(**{name: value for name, value in given.items() if name in parameters})


class TestStatuses:
    @pytest.mark.parametrize("cls", error_classes(), ids=lambda cls: cls.__name__)
    def test_every_class_has_a_status(self, cls):
        assert 400 <= status_of(made(cls)) <= 599
        assert status_of(made(cls)) != 500, f"{cls.__name__} is missing in STATUSES"

    def test_the_walk_over_the_classes_finds_those_of_every_layer(self):
        assert {
            known.TooLargeError,
            known.DeadlineExceededError,
            ArtifactRefusedError,
            TableRefusedError,
        } <= set(error_classes())

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (known.UnreadableInputError("d"), 400),
            (known.UnauthenticatedError("d"), 401),
            (known.NotAllowedError("d"), 403),
            (known.NotFoundError("d"), 404),
            (known.ConflictError("d"), 409),
            (known.InputTimeoutError("d"), 408),
            (known.TooLargeError("d"), 413),
            (known.UnsupportedMediaError("d"), 415),
            (known.InvalidInputError("d"), 422),
            (ContractError([]), 422),
            (known.TooManyRequestsError("d"), 429),
            (known.UnavailableError("d"), 503),
            (known.ModelNotReadyError("m", "r"), 503),
            (ArtifactRefusedError("d"), 503),
            (known.DeadlineExceededError("d"), 504),
            (known.StorageFullError("d"), 507),
            (DrivetrainError("d"), 500),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_the_status_is_the_one_the_caller_can_act_on(self, error, status):
        assert status_of(error) == status

    def test_no_line_of_the_table_is_hidden_by_one_above_it(self):
        classes = list(STATUSES)
        for at, cls in enumerate(classes):
            assert not [above for above in classes[:at] if issubclass(cls, above)]

    @pytest.mark.parametrize("cls", error_classes(), ids=lambda cls: cls.__name__)
    def test_codes_and_titles_are_stable_words(self, cls):
        assert re.fullmatch(r"[a-z]+(\.[a-z_]+)+", cls.code)
        assert cls.title[0].isupper()
        assert not cls.title.endswith(".")


class TestProblems:
    def test_the_body_has_the_agreed_shape(self):
        answer = problem_of(known.NotFoundError("No such key.", code="keys.not_found"), "r-1")
        assert answer.media_type == "application/problem+json"
        assert json.loads(answer.body) == {
            "type": "urn:drivetrain:problem:keys.not_found",
            "title": "Not found",
            "status": 404,
            "detail": "No such key.",
            "code": "keys.not_found",
            "request_id": "r-1",
        }

    def test_at_most_a_hundred_places_are_listed_and_all_are_counted(self):
        body = json.loads(problem_of(ContractError([FieldError("c", "d", pointer="/x")] * 250), "r").body)
        assert len(body["errors"]) == 100
        assert body["detail"] == "The input has 250 errors."

    @pytest.mark.parametrize(
        "error",
        [known.TooManyRequestsError("d", retry_after_s=7), known.UnavailableError("d", retry_after_s=7)],
    )
    def test_whoever_should_come_back_is_told_when(self, error):
        assert problem_of(error, "r").headers["retry-after"] == "7"

    def test_whoever_is_unknown_is_told_how_to_present_themselves(self):
        assert (
            problem_of(known.UnauthenticatedError("d"), "r").headers["www-authenticate"].startswith("Bearer")
        )

    def test_other_problems_carry_neither_header(self):
        headers = problem_of(known.ConflictError("d"), "r").headers
        assert "retry-after" not in headers
        assert "www-authenticate" not in headers


class Body(StrictBody):
    """For the tests below."""

    count: int


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    @app.get("/known")
    async def raise_known() -> None:
        raise known.ConflictError("Look again.")

    @app.get("/bug")
    async def raise_bug() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/framework")
    async def raise_framework() -> None:
        raise HTTPException(418, "Teapot", headers={"X-Pot": "tea"})

    @app.get("/typed")
    async def typed(mode: Literal["a", "b"], explain: bool = True) -> None:
        pass

    @app.post("/strict")
    async def strict(request: Request) -> None:
        await read_model(request, Body)

    return app


class TestThroughTheApplication:
    async def test_an_error_raised_on_purpose_is_answered_as_its_problem(self, client):
        answer = await client.get("/known")
        assert (answer.status_code, answer.json()["code"]) == (409, "resource.conflict")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]

    async def test_our_own_bug_is_answered_with_an_id_and_nothing_else(self, client):
        answer = await client.get("/bug")
        assert (answer.status_code, answer.json()["code"]) == (500, "platform.internal_error")
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
        for secret in ("hunter2", "Traceback", "RuntimeError", ".py"):
            assert secret not in answer.text

    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nowhere", 404, "http.no_such_route"),
            ("GET", "/known/", 404, "http.no_such_route"),  # a slash too many is no other name of a route
            ("DELETE", "/known", 405, "http.method_not_allowed"),
            ("GET", "/framework", 418, "http.error"),
        ],
    )
    async def test_errors_of_the_framework_have_the_same_shape(self, client, method, path, status, code):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"], set(answer.json())) == (status, code, SHAPE)
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_headers_of_the_framework_are_kept(self, client):
        assert (await client.delete("/known")).headers["allow"] == "GET"
        assert (await client.get("/framework")).headers["x-pot"] == "tea"

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [("mode=hunter2", "/query/mode"), ("", "/query/mode"), ("mode=a&explain=hunter2", "/query/explain")],
    )
    async def test_a_wrong_parameter_is_named_and_not_repeated(self, client, query, pointer):
        answer = await client.get(f"/typed?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid_parameter")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
        assert "hunter2" not in answer.text

    @pytest.mark.parametrize(
        ("body", "code", "pointer"),
        [
            ({}, "input.missing", "/count"),
            ({"count": "hunter2"}, "input.int_type", "/count"),
            ({"count": 1, "a/b~c": 2}, "input.extra_forbidden", "/a~1b~0c"),
        ],
    )
    async def test_a_wrong_field_of_a_small_body_is_named_and_not_repeated(self, client, body, code, pointer):
        answer = await client.post("/strict", json=body)
        assert answer.status_code == 422
        assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [(code, pointer)]
        assert "hunter2" not in answer.text
