"""Finds fields that a JSON object has twice: readers disagree about which of them counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from drivetrain.core.errors import MAX_FIELD_ERRORS, ContractError, FieldError
from drivetrain.lifecycle.data.contracts import pointer_token

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_LARGEST_LOCATED_BYTES = 1 << 20
"""In larger bodies the place is not looked for: that would keep other requests waiting."""


def refuse_repeated_fields(text: bytes, decoded: Any) -> None:
    """Compare the fields written in a JSON text with those that were decoded, of which repeated ones are lost.

    Args:
        text: valid JSON.
        decoded: the same, decoded.

    Raises:
        ContractError: an object has a field twice.
    """
    if _is_whole(text, decoded):
        return
    raise ContractError(
        [
            FieldError("input.repeated_field", "The field occurs more than once; send it once.", pointer)
            for pointer in _places(text)
        ],
        subject="The body",
    )


def _is_whole(text: bytes, decoded: Any) -> bool:
    """Whether as many fields were decoded as were written, each of them with one colon.

    Strings may contain colons too, so the cheap comparisons only ever miss that a text is whole.
    """
    colons, fields = text.count(b":"), _field_count(text, decoded)
    if colons == fields:
        return True
    if b"\\" in text:  # a colon in a string may then be written without one
        return _STRING.sub(b"", text).count(b":") == fields
    return colons == _colon_count(decoded)


def _field_count(text: bytes, decoded: Any) -> int:
    """Fields of all objects. A price is asked for with one flat object, a batch with a list of them."""
    rows = decoded if isinstance(decoded, list) else [decoded]
    objects = [row for row in rows if isinstance(row, dict)]
    if text.count(b"{") == len(objects):  # then no other object is inside them
        return sum(map(len, objects))
    return sum(len(part) for part in _parts(decoded) if isinstance(part, dict))


def _colon_count(decoded: Any) -> int:
    """Colons of a JSON text of these values that escapes nothing."""
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
