"""Decisions in PostgreSQL's binary format: encoded once, framed for an INSERT of a group or for COPY.

Binary, because text costs the server twice the time per row, and because JSON text and numbers arrive
exactly as they left. Formats: https://www.postgresql.org/docs/current/sql-copy.html, section "Binary Format",
and ``record_recv``, ``array_recv`` in the server's sources. All integers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.serving.predictions import DecidedRows, Decision

COLUMNS = "decision_id, decided_at, product, model, version, caller, request_id, input, features, answer, latency_us"

# pg_type.oid
_UUID, _TIMESTAMPTZ, _TEXT, _JSON, _FLOAT8_ARRAY, _FLOAT8, _INT4 = 2950, 1184, 25, 114, 1022, 701, 23
# as in COLUMNS
_TYPES = (_UUID, _TIMESTAMPTZ, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _JSON, _FLOAT8_ARRAY, _JSON, _INT4)

_UUID_CHARACTERS = 36
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_int2 = struct.Struct(">h").pack
_int4 = struct.Struct(">i").pack
_int8 = struct.Struct(">q").pack
_two_int4 = struct.Struct(">ii").pack


class RecordArray:
    """A ready ``drivetrain.decision_row[]``, as a parameter of a statement."""

    __slots__ = ("encoded",)

    def __init__(self, records: Sequence[bytes], record_oid: int) -> None:
        # one dimension, no nulls, the type of the elements, how many, counted from 1
        head = struct.pack(">iiIii", 1, 0, record_oid, len(records), 1)
        parts = [head]
        for record in records:
            parts += (_int4(len(record)), record)
        self.encoded = b"".join(parts)


class RecordArrayDumper(Dumper):
    """Hands a ``RecordArray`` to libpq as it is; its type follows from the cast in the statement."""

    format = Format.BINARY

    def dump(self, obj: RecordArray) -> Buffer:
        """The bytes of the array."""
        return obj.encoded


def record(decision: Decision) -> bytes:
    """The decision as one ``drivetrain.decision_row``.

    Raises:
        InvalidInputError: the id is no UUID, the instant has no zone, or a value has no binary form.
    """
    values = _values(decision)
    parts = [_int4(len(values))]
    for type_oid, value in zip(_TYPES, values, strict=True):
        parts += (_two_int4(type_oid, len(value)), value)
    return b"".join(parts)


def copy_row(decision: Decision) -> bytes:
    """The decision as one row of a binary COPY.

    Raises:
        InvalidInputError: as in ``record``.
    """
    values = _values(decision)
    parts = [_int2(len(values))]
    for value in values:
        parts += (_int4(len(value)), value)
    return b"".join(parts)


def copy_rows(decided: DecidedRows) -> Iterator[bytes]:
    """The rows as a binary COPY takes them, the bytes of ``copy_row`` for each; what all share is encoded once.

    Raises:
        InvalidInputError: as in ``record``.
    """
    with _refusing():
        count = len(decided.decision_ids)
        if set(map(len, decided.decision_ids)) - {_UUID_CHARACTERS}:
            raise ValueError("an id is no UUID")
        ids = bytes.fromhex("".join(decided.decision_ids).replace("-", ""))
        shared = b"".join(_int4(len(value)) + value for value in _shared_values(decided))
        heads = np.empty(
            count,
            [
                ("fields", ">i2"),
                ("length", ">i4"),
                ("id", "V16"),
                ("shared", f"V{len(shared)}"),
                ("input", ">i4"),
            ],
        )
        heads["fields"], heads["length"], heads["shared"] = len(_TYPES), 16, np.void(shared)
        heads["id"] = np.frombuffer(ids, "V16")
        heads["input"] = list(map(len, decided.inputs))
        middles = _feature_rows(np.asarray(decided.features, dtype=np.float64), count)
        middles["answer"] = list(map(len, decided.answers))
        tail = _two_int4(4, decided.latency_us)
    rows = zip(_each(heads), decided.inputs, _each(middles), decided.answers, strict=True)
    for head, line, middle, answer in rows:
        yield b"%b%b%b%b%b" % (head, line, middle, answer, tail)


def _feature_rows(features: FloatArray, count: int) -> NDArray[np.void]:
    """The features of each row as an array of numbers with its length in front, and room for the length of the answer."""
    if len(features) != count:
        raise ValueError(f"{len(features)} rows of features for {count} ids")
    width = features.shape[1]
    number = np.dtype([("length", ">i4"), ("value", ">f8")])
    header = struct.pack(">iiIii", 1, 0, _FLOAT8, width, 1) if width else struct.pack(">iiI", 0, 0, _FLOAT8)
    rows = np.empty(
        count,
        [("length", ">i4"), ("header", f"V{len(header)}"), ("numbers", number, (width,)), ("answer", ">i4")],
    )
    rows["length"], rows["header"] = len(header) + number.itemsize * width, np.void(header)
    rows["numbers"]["length"], rows["numbers"]["value"] = 8, features
    return rows


def _each(rows: NDArray[np.void]) -> list[bytes]:
    """The bytes of each row."""
    return rows.view(f"V{rows.dtype.itemsize}").tolist()  # type: ignore[no-any-return]


def _shared_values(decision: Decision | DecidedRows) -> tuple[bytes, ...]:
    """What stands between id and input."""
    return (
        _int8((decision.decided_at - _EPOCH) // _MICROSECOND),
        decision.product.encode(),
        decision.model.name.encode(),
        decision.model.version.encode(),
        decision.caller.encode(),
        decision.request_id.encode(),
    )


def _values(decision: Decision) -> tuple[bytes, ...]:
    with _refusing():
        return (
            _uuid(decision.decision_id),
            *_shared_values(decision),
            decision.input_json,
            _float8_array(decision.features),
            decision.answer_json,
            _int4(decision.latency_us),
        )


@contextmanager
def _refusing() -> Iterator[None]:
    """Translate what Python says of a value that has no binary form."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, struct.error) as error:
        raise InvalidInputError(
            f"The ledger cannot hold this decision: {error}.", code="ledger.refused"
        ) from error


def _uuid(text: str) -> bytes:
    octets = bytes.fromhex(text.replace("-", ""))  # a tenth of the time that uuid.UUID takes
    if len(octets) != 16:
        raise ValueError(f"{text!r} is no UUID")
    return octets


def _float8_array(numbers: Sequence[float]) -> bytes:
    count = len(numbers)
    if count == 0:
        return struct.pack(">iiI", 0, 0, _FLOAT8)
    parts: list[float] = [8] * (2 * count)  # before each number, its length in bytes
    parts[1::2] = numbers
    return _float8_array_of(count).pack(1, 0, _FLOAT8, count, 1, *parts)


@lru_cache(maxsize=256)
def _float8_array_of(count: int) -> struct.Struct:
    return struct.Struct(">iiIii" + "id" * count)
