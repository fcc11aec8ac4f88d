"""The binary copy is what PostgreSQL's manual says, whatever the number of blocks."""

from __future__ import annotations

import struct

import pytest
from tests.support.trip_fakes import BEGIN, PlainModel, PlainSource

from drivetrain.trips.slots.adapters.copy import BLOCK_ROWS, STAGED, copy_blocks
from drivetrain.trips.slots.application.ports import ScoredRides

ROW_BYTES = 2 + len(STAGED) * 4 + 16 + 2 * 2 + 7 * 8


@pytest.mark.parametrize(("rides", "blocks"), [(0, 1), (1, 2), (BLOCK_ROWS, 2), (BLOCK_ROWS + 1, 3)])
def test_a_copy_has_one_header_its_rows_and_one_trailer(rides: int, blocks: int) -> None:
    drawn = PlainSource(rides).rides(BEGIN, 5)
    parts = list(copy_blocks(BEGIN, ScoredRides(drawn, PlainModel().estimate_rides(drawn), "1", "plain")))
    assert len(parts) == blocks
    whole = b"".join(parts)
    assert whole.startswith(b"PGCOPY\n\xff\r\n\0" + bytes(8)) and whole.endswith(b"\xff\xff")
    assert len(whole) == 19 + rides * ROW_BYTES + 2
    for number in range(rides):
        fields, octets = struct.unpack_from(">hi", whole, 19 + number * ROW_BYTES)
        assert (fields, octets) == (len(STAGED), 16)
