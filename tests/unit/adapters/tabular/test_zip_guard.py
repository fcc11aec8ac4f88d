"""A container is believed only after it was unpacked."""

from __future__ import annotations

import os
import struct

import pytest
from tests.support import bad_tables

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.zip_guard import check_zip
from drivetrain.core.errors import TooLargeError, UnreadableInputError

LIMITS = ParseLimits(unpacked_bytes=4 << 20)


def test_an_honest_workbook_passes() -> None:
    check_zip(bad_tables.xlsx(), LIMITS)


def test_many_modest_parts_are_summed() -> None:
    content = bad_tables.zipped({str(index): os.urandom(1 << 20) for index in range(4)})
    check_zip(content, LIMITS)
    with pytest.raises(TooLargeError) as refusal:
        check_zip(content, ParseLimits(unpacked_bytes=(4 << 20) - 1))
    assert refusal.value.code == "input.too_large_unpacked"


def test_a_modest_ratio_that_lies_about_its_size_is_found_out_by_unpacking() -> None:
    size = 5 << 20
    content = bad_tables.zipped({"a": bytes(os.urandom(1 << 10)) * (size >> 10)})
    lying = content.replace(struct.pack("<L", size), struct.pack("<L", 10))
    assert lying != content
    with pytest.raises(TooLargeError):
        check_zip(lying, ParseLimits(unpacked_bytes=4 << 20, unpack_ratio=10_000))


def test_a_small_part_may_be_packed_as_tightly_as_it_likes() -> None:
    check_zip(bad_tables.zipped({"a": b" " * (1 << 20)}), LIMITS)


@pytest.mark.parametrize("build", [bad_tables.zip_bomb, bad_tables.lying_zip_bomb])
def test_bombs_are_refused(build: object) -> None:
    with pytest.raises(TooLargeError):
        check_zip(build(), ParseLimits())  # type: ignore[operator]


@pytest.mark.parametrize("kept", [4, 30, 100, 1_000, -30, -1])
def test_a_container_cut_anywhere_is_unreadable(kept: int) -> None:
    with pytest.raises(UnreadableInputError) as refusal:
        check_zip(bad_tables.xlsx()[:kept], LIMITS)
    assert refusal.value.code == "input.unreadable_spreadsheet"


def test_a_part_whose_bytes_are_noise_is_unreadable() -> None:
    content = bytearray(bad_tables.zipped({"a": b"some text " * 100}))
    content[31:40] = b"\xff" * 9
    with pytest.raises(UnreadableInputError):
        check_zip(bytes(content), LIMITS)
