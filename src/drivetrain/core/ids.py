"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562 section 5.7)."""

from __future__ import annotations

import os
import time
from itertools import pairwise

import numpy as np

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_RANDOM = (0xFFF << 64) | ((1 << 62) - 1)
"""The 74 bits of the lower 80 that are random; the others are version and variant of RFC 9562."""

_GROUPS = (0, 8, 12, 16, 20, 32)
"""Where the groups of the text form begin among the digits, and where the last one ends."""


def new_id() -> str:
    """One UUIDv7 in text form: 48 bits of Unix milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10), "big") & _RANDOM
    return _grouped(f"{(time.time_ns() // 1_000_000) << 80 | _VERSION | _VARIANT | random:032x}")


def new_ids(count: int) -> list[str]:
    """Many UUIDv7 in text form, drawn in one pass; all carry the same millisecond.

    Args:
        count: how many, >= 0.
    """
    if count == 1:
        return [new_id()]  # a tenth of the time that arrays take to be made
    millisecond = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    octets = np.frombuffer(os.urandom(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    octets[:, :6] = np.frombuffer(millisecond, dtype=np.uint8)
    octets[:, 6] = 0x70 | (octets[:, 6] & 0x0F)  # version 7
    octets[:, 8] = 0x80 | (octets[:, 8] & 0x3F)  # variant of RFC 9562
    digits = np.frombuffer(octets.tobytes().hex().encode("ascii"), dtype=np.uint8).reshape(count, 32)
    characters = np.full((count, 36), ord("-"), dtype=np.uint8)
    for group, (start, end) in enumerate(pairwise(_GROUPS)):
        characters[:, start + group : end + group] = digits[:, start:end]
    text = characters.tobytes().decode("ascii")
    return [text[start : start + 36] for start in range(0, 36 * count, 36)]


def _grouped(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
