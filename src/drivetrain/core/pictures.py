"""Pictures, decoded from what somebody sent and encoded again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LARGE, SMALL = 1280, 320
"""Widths in which photos are kept: pixels of the longer side, at the most."""

WIDTHS = (LARGE, SMALL)
MOST_BYTES = 12 << 20
"""Of a file that is sent."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as WebP.

    Attributes:
        width, height: pixels.
    """

    width: int
    height: int
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hex: its name."""
        return hashlib.sha256(self.data).hexdigest()


class EncodePicture(Protocol):
    """Decodes a file that a stranger sent, and encodes its pixels again. Blocking."""

    def __call__(self, data: bytes, widths: Sequence[int]) -> Sequence[Picture]:
        """The picture upright in each width, the longer side at the most, without anything but pixels.

        Raises:
            UnreadableInputError: it is no picture in JPEG, PNG or WebP, or has too many pixels.
            UnavailableError: it cannot be decoded now.
        """
        ...
