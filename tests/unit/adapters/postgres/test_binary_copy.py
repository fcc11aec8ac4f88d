"""The binary copy is what PostgreSQL's manual says, whatever the number of blocks."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from drivetrain.adapters.postgres.binary_copy import BLOCK_ROWS, CopyLayout, copy_blocks

LAYOUT = CopyLayout(
    {
        "id": "uuid",
        "area": "smallint",
        "place": "integer",
        "at": "timestamptz",
        "km": "double precision",
    }
)
ROW = struct.Struct(">h i16s ih ii iq id")


def rows(count: int) -> np.ndarray:
    return LAYOUT.rows(
        {
            "id": np.array([bytes([number % 256] * 16) for number in range(count)], dtype="V16"),
            "area": np.arange(count, dtype=np.int16),
            "place": np.arange(count),
            "at": np.datetime64("2000-01-01", "us") + np.arange(count),
            "km": np.arange(count) / 2,
        }
    )


@pytest.mark.parametrize(("count", "blocks"), [(0, 1), (1, 2), (BLOCK_ROWS, 2), (BLOCK_ROWS + 1, 3)])
def test_a_copy_has_one_header_its_rows_and_one_trailer(count: int, blocks: int) -> None:
    parts = list(copy_blocks(rows(count)))
    assert len(parts) == blocks
    whole = b"".join(parts)
    assert whole.startswith(b"PGCOPY\n\xff\r\n\0" + bytes(8)) and whole.endswith(b"\xff\xff")
    body = whole[19:-2]
    assert len(body) == count * ROW.size
    for number, fields in enumerate(ROW.iter_unpack(body)):
        octets = bytes([number % 256] * 16)
        assert fields == (5, 16, octets, 2, number, 4, number, 8, number, 8, number / 2)


def test_instants_of_any_unit_count_from_the_year_2000_and_none_is_minus_infinity() -> None:
    layout = CopyLayout({"at": "timestamptz", "km": "double precision"})
    written = layout.rows(
        {"at": np.array(["2000-01-02", "NaT"], dtype="datetime64[s]"), "km": np.array([np.nan, 1.0])}
    )
    assert written["at"].tolist() == [86_400_000_000, -(2**63)]
    assert math.isnan(written["km"][0])


def test_the_declaration_is_that_of_a_table() -> None:
    assert CopyLayout({"id": "uuid", "km": "double precision"}).declaration == "id uuid, km double precision"


def test_a_type_without_a_fixed_width_is_refused() -> None:
    with pytest.raises(KeyError):
        CopyLayout({"name": "text"})
