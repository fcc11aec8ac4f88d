"""Reading request bodies: bounded in size and time, JSON taken strictly, uploads spooled to disk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from drivetrain.adapters.http.arrival import body_parts, whole_body
from drivetrain.adapters.http.errors import field_error
from drivetrain.adapters.http.repeated_fields import has_all_fields, refuse_repeated_fields
from drivetrain.adapters.http.storage import storing
from drivetrain.core.errors import (
    ContractError,
    FieldError,
    InvalidInputError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedMediaError,
)
from drivetrain.lifecycle.data.contracts import as_object

_JSON_TYPES = frozenset({"application/json", "text/json"})
_LONGEST_REMEMBERED_QUERY = 64
_LONGEST_BOUNDARY = 200


class StrictBody(BaseModel):
    """Base of small JSON bodies: no coercion, no unknown fields, no NaN."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


B = TypeVar("B", bound=StrictBody)


async def read_json(request: Request, *, limit: int) -> Any:
    """Decode a JSON body.

    Args:
        limit: most bytes accepted.

    Raises:
        UnsupportedMediaError: the content type is not JSON.
        TooLargeError: the body is larger than ``limit``.
        UnreadableInputError: the body is not JSON (NaN, Infinity, lone surrogates and numbers beyond a double
            are not).
        ContractError: an object has a field twice.
    """
    if not _is_json(request.scope["headers"]):
        raise UnsupportedMediaError("Send JSON with the header Content-Type: application/json.")
    body = await whole_body(request, limit)
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableInputError(f"The body is not JSON: {_place(error)}.", code="input.not_json") from None
    if not has_all_fields(body, decoded):
        await run_in_threadpool(refuse_repeated_fields, body, decoded)
    return decoded


def _is_json(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the body says that it is JSON; of several statements the first counts."""
    for name, value in headers:
        if name == b"content-type":
            return value == b"application/json" or _bare_type(value) in _JSON_TYPES
    return False


def _bare_type(content_type: bytes) -> str:
    return content_type.decode("latin-1").partition(";")[0].strip().lower()


async def read_object(request: Request, *, limit: int) -> dict[str, object]:
    """Decode a JSON body that must be an object."""
    return as_object(await read_json(request, limit=limit))


async def read_list(request: Request, *, limit: int, most: int) -> list[Any]:
    """Decode a JSON body that must be a list of 1 to ``most`` items."""
    return as_list(await read_json(request, limit=limit), most)


def as_list(body: Any, most: int) -> list[Any]:
    """The body, if it is a list of 1 to ``most`` items.

    Raises:
        InvalidInputError: it is no list, or empty.
        TooLargeError: it is longer.
    """
    if not isinstance(body, list):
        raise InvalidInputError("The body must be a JSON list of objects.", code="input.not_a_list")
    if not body:
        raise InvalidInputError("The list is empty; send at least one object.", code="input.no_rows")
    if len(body) > most:
        raise too_many_rows(most)
    return body


def too_many_rows(most: int) -> TooLargeError:
    """A list is longer than ``most``."""
    return TooLargeError(
        f"A list may contain at most {most:,} objects; send a file instead.", code="input.too_many_rows"
    )


async def read_model(request: Request, schema: type[B], *, limit: int = 16_384) -> B:
    """Decode a small JSON body into its schema.

    Raises:
        ContractError: fields are missing, unknown or wrong.
    """
    body = await read_object(request, limit=limit)
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        raise ContractError(
            [field_error(item) for item in error.errors(include_url=False, include_input=False)]
        ) from None


def read_flag(request: Request, name: str, *, default: bool) -> bool:
    """A ``true`` or ``false`` of the query, in any letter case.

    Raises:
        InvalidInputError: it is something else, or given twice with different values.
    """
    query: bytes = request.scope["query_string"]
    if not query:
        return default
    texts = (_texts if len(query) <= _LONGEST_REMEMBERED_QUERY else _texts.__wrapped__)(query, name)
    if not texts:
        return default
    if texts not in ({"true"}, {"false"}):
        wrong = FieldError("input.bool_parsing", f"{name} must be true or false.", pointer=f"/query/{name}")
        raise InvalidInputError("A part of the URL is wrong.", code="input.invalid_parameter", errors=[wrong])
    return texts == {"true"}


@lru_cache(maxsize=256)
def _texts(query: bytes, name: str) -> frozenset[str]:
    """What a query gives for a name, in lower case: Python's own form is ``False``."""
    return frozenset(text.lower() for text in QueryParams(query).getlist(name))


async def spool_upload(request: Request, path: Path, *, limit: int) -> str:
    """Write the uploaded file of a request to ``path``: the first file of a form, or the body itself.

    Returns:
        The file name the client gave; empty when it gave none.

    Raises:
        TooLargeError, UnreadableInputError, UnsupportedMediaError: as the body deserves.
        StorageFullError: there is no space for it.
    """
    declared, options = parse_options_header(request.headers.get("content-type", ""))
    if declared in {b"application/json", b"application/x-www-form-urlencoded"}:
        raise UnsupportedMediaError(
            "Send the file as a form file (multipart/form-data) or as the body itself."
        )
    with storing("The upload"), path.open("wb") as file:
        if declared != b"multipart/form-data":
            async for part in body_parts(request, limit):
                file.write(part)
            return ""
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
            raise UnreadableInputError("The form has no boundary.", code="input.bad_form")
        form = _FirstFile(boundary, file.write)
        async for part in body_parts(request, limit):
            form.feed(part)
        return form.finish()


class _FirstFile:
    """Copies the first file of a multipart form out of the stream; everything else is passed over.

    A file input that was left empty has neither a name nor content, and is no file.
    """

    def __init__(self, boundary: bytes, write: Any) -> None:
        self._write = write
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._is_copying = self._is_empty = False
        self._name: str | None = None
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, part: bytes) -> None:
        """Take the next bytes of the body."""
        try:
            self._parser.write(part)
        except ValueError as error:
            raise UnreadableInputError("The form cannot be read.", code="input.bad_form") from error

    def finish(self) -> str:
        """The file's name, once the whole form has been read."""
        if not self._ended:
            raise UnreadableInputError("The form is incomplete.", code="input.bad_form")
        if self._name is None:
            raise UnreadableInputError(
                "The form contains no file; name the form field `file`.", code="input.no_file"
            )
        return self._name

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if self._name is None and b"filename" in options:
            self._name = options[b"filename"].decode("utf-8", "replace")
            self._is_copying = self._is_empty = True

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_copying:
            self._is_empty = False
            self._write(data[start:end])

    def _on_part_end(self) -> None:
        if self._is_copying and self._is_empty and not self._name:
            self._name = None
        self._is_copying = False

    def _on_end(self) -> None:
        self._ended = True


def _place(error: orjson.JSONDecodeError) -> str:
    return f"{error.msg} at line {error.lineno}, column {error.colno}"


def json_answer(body: Any, *, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")


__all__ = [
    "FieldError",
    "StrictBody",
    "json_answer",
    "read_json",
    "read_list",
    "read_model",
    "read_object",
    "spool_upload",
]
