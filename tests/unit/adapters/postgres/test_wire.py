"""The binary form of a decision; that PostgreSQL reads it is proved in tests/contract/test_decision_log.py."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from tests.support.samples import decision

from drivetrain.adapters.postgres.wire import RecordArray, copy_row, copy_rows, record
from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.serving.predictions import DecidedRows, Decision, ModelRef


def decided(width: int = 2, **given: object) -> DecidedRows:
    """Three rows of one version."""
    one = decision()
    rows: dict[str, object] = {
        "decision_ids": [decision().decision_id for _ in range(3)],
        "inputs": [b'{"a": 1}', b"{}", "é".encode() * 300],
        "features": np.array([[0.1, np.nan], [-0.0, 1e300], [0.5, 2.0]])[:, :width],
        "answers": [b'{"price": 1}', b'{"price": 22}', b"{}"],
    }
    shared = ("decided_at", "product", "model", "latency_us", "caller", "request_id")
    return DecidedRows(**rows | {name: getattr(one, name) for name in shared} | given)  # type: ignore[arg-type]


def fields(row: bytes) -> list[bytes]:
    """The values of a COPY row, taken apart by the letter of the format."""
    (count,) = struct.unpack_from(">h", row)
    values, at = [], 2
    for _ in range(count):
        (length,) = struct.unpack_from(">i", row, at)
        values.append(row[at + 4 : at + 4 + length])
        at += 4 + length
    assert at == len(row)
    return values


def test_a_row_holds_the_columns_in_order() -> None:
    one = decision(decided_at=datetime(2000, 1, 1, 0, 0, 1, 5, tzinfo=UTC), features=[1.5])
    values = fields(copy_row(one))
    assert values[0] == UUID(one.decision_id).bytes
    assert values[1] == struct.pack(">q", 1_000_005)  # microseconds since 2000
    assert values[2:7] == [b"rental", b"rental-price", b"3", b"a client", b"req-1"]
    assert (values[7], values[9]) == (one.input_json, one.answer_json)
    assert values[8] == struct.pack(">iiIiiid", 1, 0, 701, 1, 1, 8, 1.5)
    assert values[10] == struct.pack(">i", 1234)


def test_an_instant_before_2000_is_negative() -> None:
    one = decision(decided_at=datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    assert fields(copy_row(one))[1] == struct.pack(">q", -1)


def test_lists_and_arrays_of_features_are_the_same_bytes() -> None:
    assert copy_row(one := decision(features=np.array([0.1, np.nan]))) == copy_row(
        Decision(
            **{name: getattr(one, name) for name in Decision.__slots__} | {"features": [0.1, float("nan")]}
        )
    )


@pytest.mark.parametrize("width", [0, 1, 2])
def test_rows_that_were_decided_together_are_the_bytes_of_each(width: int) -> None:
    together = decided(width, caller="a cliént")
    assert list(copy_rows(together)) == [copy_row(one) for one in together]


@pytest.mark.parametrize(
    "broken",
    [
        {"decision_ids": ["no uuid"] * 3},
        {"decision_ids": ["x" * 36] * 3},
        {"decided_at": datetime(2026, 1, 1)},  # no zone is the point
        {"latency_us": 2**31},
        {"caller": "\ud800"},  # half a character
        {"features": np.array([["x"]] * 3)},
        {"features": np.zeros((1, 2))},  # of one row, not of three
    ],
)
def test_rows_that_have_no_binary_form_are_refused(broken: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        list(copy_rows(decided(**broken)))
    assert refused.value.code == "ledger.refused"


def test_a_record_is_the_row_with_types() -> None:
    one = decision()
    values = fields(copy_row(one))
    row, at = record(one), 4
    for value in values:
        assert struct.unpack_from(">i", row, at + 4) == (len(value),)
        assert row[at + 8 : at + 8 + len(value)] == value
        at += 8 + len(value)
    assert at == len(row)


def test_an_array_counts_its_records() -> None:
    assert RecordArray([b"ab", b""], 4711).encoded == struct.pack(">iiIiii2si", 1, 0, 4711, 2, 1, 2, b"ab", 0)


@pytest.mark.parametrize("encode", [record, copy_row])
@pytest.mark.parametrize(
    "broken",
    [
        {"decision_id": "no uuid"},
        {"decided_at": datetime(2026, 1, 1)},  # no zone is the point
        {"latency_us": 2**31},
        {"latency_us": 1.5},
        {"caller": "\ud800"},  # half a character
        {"model": ModelRef("rental-price", None)},
        {"features": ["1"]},
        {"features": None},
    ],
    ids=str,
)
def test_what_has_no_binary_form_is_refused(
    encode: Callable[[Decision], bytes], broken: dict[str, object]
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        encode(decision(**broken))
    assert raised.value.code == "ledger.refused"
