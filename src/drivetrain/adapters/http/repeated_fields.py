"""Finds fields that a JSON object has twice: readers disagree about which of them counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

from drivetrain.core.errors import MAX_FIELD_ERRORS, ContractError, FieldError
from drivetrain.lifecycle.data.contracts import pointer_token

_LARGEST_LOCATED_BYTES = 1 << 20
"""In larger bodies the place is not looked for: even in a thread that would keep other requests waiting."""


def has_all_fields(text: bytes, decoded: Any) -> bool:
    """Whether every field that was written was decoded; of repeated ones, all but the last are lost.

    The decoded value is written again, which takes a third of the time of decoding, and the colons are compared: each
    field has one, and a string of either text has the same ones.

    Args:
        text: valid JSON.
        decoded: the same, decoded.

    Returns:
        False also for a value nested so deeply that it cannot be written again.
    """
    try:
        return _colons_written(text) == orjson.dumps(decoded).count(b":")
    except orjson.JSONEncodeError:
        return False


def refuse_repeated_fields(text: bytes, decoded: Any) -> None:
    """Look for fields that an object has twice. Takes about 60 ms for a MiB: not for the event loop.

    Args:
        text: valid JSON.
        decoded: the same, decoded.

    Raises:
        ContractError: an object has a field twice.
    """
    if _colons_written(text) == _colons_kept(decoded):
        return
    raise ContractError(
        [
            FieldError("input.repeated_field", "The field occurs more than once; send it once.", pointer)
            for pointer in _places(text)
        ],
        subject="The body",
    )


def _colons_written(text: bytes) -> int:
    """Colons of a JSON text, those included that a string spells as an escape."""
    colons = text.count(b":")
    if b"\\u003" not in text:
        return colons
    escapes = text.replace(b"\\\\", b"").lower()  # an escaped backslash begins no other escape
    return colons + escapes.count(b"\\u003a")


def _colons_kept(decoded: Any) -> int:
    """Colons of a JSON text of these values that spells none of them as an escape; they may be nested deeply."""
    count = 0
    for part in _parts(decoded):
        if isinstance(part, str):
            count += part.count(":")
        elif isinstance(part, dict):
            count += len(part) + "".join(part).count(":")
    return count


def _parts(decoded: Any) -> Iterator[Any]:
    """Every value, the whole included."""
    pending = [decoded]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, dict):
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)


class _Fields(list[tuple[str, Any]]):
    """The fields of an object as they were written, repeated ones included."""


def _places(text: bytes) -> list[str]:
    if len(text) > _LARGEST_LOCATED_BYTES:
        return ["/"]
    try:
        document = json.loads(text, object_pairs_hook=_Fields)
    except RecursionError:  # nested deeper than this reader goes
        return ["/"]
    return sorted(set(_repeated(document)))[:MAX_FIELD_ERRORS]


def _repeated(document: Any) -> Iterator[str]:
    """JSON pointers of the fields that occur more than once."""
    pending = [("", document)]
    while pending:
        place, part = pending.pop()
        if isinstance(part, _Fields):
            fields = [(f"{place}/{pointer_token(name)}", value) for name, value in part]
            pointers: set[str] = set()
            for pointer, _ in fields:
                if pointer in pointers:
                    yield pointer
                pointers.add(pointer)
            pending.extend(fields)
        elif isinstance(part, list):
            pending.extend((f"{place}/{index}", value) for index, value in enumerate(part))
