"""Decisions in PostgreSQL's binary format: encoded once, framed for an INSERT of a group or for COPY.

Binary, because text costs the server twice the time per row, and because JSON text and numbers arrive
exactly as they left. Formats: https://www.postgresql.org/docs/current/sql-copy.html, section "Binary Format",
and ``record_recv``, ``array_recv`` in the server's sources. All integers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.serving.predictions import Decision

COLUMNS = "decision_id, decided_at, product, model, version, caller, request_id, input, features, answer, latency_us"

# pg_type.oid
_UUID, _TIMESTAMPTZ, _TEXT, _JSON, _FLOAT8_ARRAY, _FLOAT8, _INT4 = 2950, 1184, 25, 114, 1022, 701, 23
# as in COLUMNS
_TYPES = (_UUID, _TIMESTAMPTZ, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _JSON, _FLOAT8_ARRAY, _JSON, _INT4)

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


def _values(decision: Decision) -> tuple[bytes, ...]:
    try:
        return (
            _uuid(decision.decision_id),
            _int8((decision.decided_at - _EPOCH) // _MICROSECOND),
            decision.product.encode(),
            decision.model.name.encode(),
            decision.model.version.encode(),
            decision.caller.encode(),
            decision.request_id.encode(),
            decision.input_json,
            _float8_array(decision.features),
            decision.answer_json,
            _int4(decision.latency_us),
        )
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
