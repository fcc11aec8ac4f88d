"""PostgreSQL's binary COPY: its framing, and rows of fixed width built by numpy, a million in a fraction of a second.

Every field has a fixed width, so a row is one structured element and a block is the bytes of an array. What is
unknown travels as NaN, and as the instant -infinity, which is how numpy's NaT reads there; the statement that
takes the rows over makes them NULL. Format: https://www.postgresql.org/docs/current/sql-copy.html, section
"Binary Format". All numbers are big-endian.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"

BLOCK_ROWS = 4_096

_NUMPY_KINDS = {
    "uuid": "V16",
    "smallint": ">i2",
    "integer": ">i4",
    "timestamptz": ">i8",
    "double precision": ">f8",
}
_EPOCH = np.datetime64("2000-01-01", "us")


@dataclass(frozen=True, slots=True)
class CopyLayout:
    """The columns of a copy.

    Attributes:
        columns: SQL type by name, in the order of the copy: ``uuid``, ``smallint``, ``integer``,
            ``timestamptz`` or ``double precision``.
    """

    columns: Mapping[str, str]
    _row: np.dtype[np.void] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the structure of a row: the number of fields, then the length of each before its value."""
        parts = [("fields", ">i2")]
        for name, kind in self.columns.items():
            parts += [(_length_of(name), ">i4"), (name, _NUMPY_KINDS[kind])]
        object.__setattr__(self, "_row", np.dtype(parts))

    @property
    def declaration(self) -> str:
        """The columns as ``CREATE TABLE`` takes them."""
        return ", ".join(f"{name} {kind}" for name, kind in self.columns.items())

    def rows(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.void]:
        """The rows as the server reads them, shape (n,).

        Args:
            values: of every column, each of shape (n,); instants as ``datetime64``, UTC.
        """
        rows = np.empty(len(next(iter(values.values()))), dtype=self._row)
        rows["fields"] = len(self.columns)
        for name in self.columns:
            column = values[name]
            rows[_length_of(name)] = self._row[name].itemsize
            rows[name] = _microseconds(column) if column.dtype.kind == "M" else column
        return rows


def copy_blocks(rows: NDArray[np.void]) -> Iterator[bytes]:
    """The whole copy in blocks of ``BLOCK_ROWS`` rows; the first has the header, the last the trailer."""
    head = COPY_HEADER
    for start in range(0, len(rows), BLOCK_ROWS):
        yield head + rows[start : start + BLOCK_ROWS].tobytes()
        head = b""
    yield head + COPY_TRAILER


def _length_of(name: str) -> str:
    return f"{name} octets"


def _microseconds(instants: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Since the year 2000, as PostgreSQL counts; NaT stays the smallest number, which is -infinity there."""
    return (instants.astype("datetime64[us]") - _EPOCH).astype(np.int64)
