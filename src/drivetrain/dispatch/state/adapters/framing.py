"""Arrays as one piece of bytes: behind a head of JSON, with a checksum in front."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from numpy.typing import NDArray

_SIZES = 8  # bytes of the checksum and of the length of the head


def frame(head: Mapping[str, Any], arrays: Iterable[NDArray[Any]]) -> bytes:
    """The head and the arrays, one behind the other as they are in memory."""
    text = orjson.dumps(head)
    body = b"".join([len(text).to_bytes(4, "little"), text, *(array.tobytes() for array in arrays)])
    return zlib.crc32(body).to_bytes(4, "little") + body


def unframe(data: bytes) -> tuple[Mapping[str, Any], int] | None:
    """The head, and where the first array begins; None for bytes that are damaged or were not framed."""
    if len(data) < _SIZES or zlib.crc32(memoryview(data)[4:]) != int.from_bytes(data[:4], "little"):
        return None
    start = _SIZES + int.from_bytes(data[4:_SIZES], "little")
    return orjson.loads(data[_SIZES:start]), start
