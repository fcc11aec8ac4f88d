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
    fields = _field_count(decoded)
    # Every field is written with one colon; strings can only add colons, so equality needs no second look.
    if text.count(b":") == fields or _STRING.sub(b"", text).count(b":") == fields:
        return
    raise ContractError(
        [
            FieldError("input.repeated_field", "The field occurs more than once; send it once.", pointer)
            for pointer in _places(text)
        ],
        subject="The body",
    )


def _field_count(decoded: Any) -> int:
    count = 0
    pending = [decoded]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            count += len(part)
            pending.extend(value for value in part.values() if isinstance(value, (dict, list)))
        elif isinstance(part, list):
            pending.extend(value for value in part if isinstance(value, (dict, list)))
    return count


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
