"""Errors as problem answers (RFC 9457): the one table of statuses, and the one place that writes the body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from drivetrain.adapters.http.problem_fields import PROBLEM, problem_fields
from drivetrain.core import errors as known
from drivetrain.core.errors import MAX_FIELD_ERRORS, DrivetrainError, FieldError
from drivetrain.lifecycle.data.contracts import pointer_token

STATUSES: dict[type[DrivetrainError], int] = {
    known.InputTimeoutError: 408,
    known.TooLargeError: 413,
    known.UnsupportedMediaError: 415,
    known.UnreadableInputError: 400,
    known.InvalidInputError: 422,
    known.UnauthenticatedError: 401,
    known.NotAllowedError: 403,
    known.NotFoundError: 404,
    known.ConflictError: 409,
    known.TooManyRequestsError: 429,
    known.StorageFullError: 507,
    known.DeadlineExceededError: 504,
    known.UnavailableError: 503,
}
"""Most special class first: the first one that an error is an instance of decides."""

_FRAMEWORK_CODES = {
    400: "http.bad_request",
    404: "http.no_such_route",
    405: "http.method_not_allowed",
    413: "input.too_large",
    415: "input.unsupported_media_type",
}


def status_of(error: DrivetrainError) -> int:
    """The status for an error; 500 for a class the table does not know, which is our bug."""
    return next((status for cls, status in STATUSES.items() if isinstance(error, cls)), 500)


def problem(
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    request_id: str,
    errors: tuple[FieldError, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem answer."""
    body = problem_fields(status, code=code, title=title, detail=detail, request_id=request_id)
    if errors:
        body["errors"] = [error.as_dict() for error in errors[:MAX_FIELD_ERRORS]]
    return Response(orjson.dumps(body), status_code=status, media_type=PROBLEM, headers=dict(headers or {}))


def problem_of(error: DrivetrainError, request_id: str) -> Response:
    """The problem answer for an error the platform raised on purpose."""
    status = status_of(error)
    headers = {}
    if isinstance(error, (known.TooManyRequestsError, known.UnavailableError)):
        headers["Retry-After"] = str(error.retry_after_s)
    if status == 408:
        headers["Connection"] = "close"  # the rest of the body may still come
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="drivetrain"'
    return problem(
        status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        request_id=request_id,
        errors=error.errors,
        headers=headers,
    )


def internal_problem(request_id: str) -> Response:
    """The answer to our own bug: an id to quote, and nothing else."""
    return problem(
        500,
        code="platform.internal_error",
        title="Internal error",
        detail="This is a bug in drivetrain. Include the request id when you report it.",
        request_id=request_id,
    )


def answer_to_error(
    request: Request, error: DrivetrainError | HTTPException | RequestValidationError
) -> Response:
    """The problem answer for an error that a handler or the framework raised on purpose."""
    request_id: str = request.scope["state"]["request_id"]
    if isinstance(error, DrivetrainError):
        return problem_of(error, request_id)
    if isinstance(error, HTTPException):
        return problem(
            error.status_code,
            code=_FRAMEWORK_CODES.get(error.status_code, "http.error"),
            title=str(error.detail),
            detail=f"{request.method} {request.url.path} cannot be answered. The routes are listed at /docs.",
            request_id=request_id,
            headers=error.headers,
        )
    return problem(
        422,
        code="input.invalid_parameter",
        title="A parameter is not valid",
        detail="A part of the URL or a header is missing or wrong.",
        request_id=request_id,
        errors=tuple(field_error(item) for item in error.errors()),
    )


def install_problem_answers(app: FastAPI) -> None:
    """Answer every error that reaches the application as a problem."""

    @app.exception_handler(DrivetrainError)
    async def _on_drivetrain_error(request: Request, error: DrivetrainError) -> Response:
        return answer_to_error(request, error)

    @app.exception_handler(HTTPException)
    async def _on_http_exception(request: Request, error: HTTPException) -> Response:
        return answer_to_error(request, error)

    @app.exception_handler(RequestValidationError)
    async def _on_bad_parameter(request: Request, error: RequestValidationError) -> Response:
        return answer_to_error(request, error)

    @app.exception_handler(Exception)
    async def _on_bug(request: Request, error: Exception) -> Response:
        # the framework raises it on; the edge writes the log line
        return internal_problem(request.state.request_id)


def field_error(item: Mapping[str, Any]) -> FieldError:
    """One pydantic error as ours; the rejected value is never repeated."""
    place = "".join(f"/{pointer_token(str(part))}" for part in item["loc"])
    return FieldError(f"input.{item['type']}", str(item["msg"]), pointer=place or "/")
