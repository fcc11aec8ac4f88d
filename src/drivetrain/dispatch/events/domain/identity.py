"""Who is the same: the one rule for the ids of drivers, riders, requests and vehicles."""

from __future__ import annotations

import unicodedata

LONGEST_ID = 64


def identity(text: str) -> str | None:
    """The id that a text stands for: case and spaces around it make no difference; None for a text that is no id.

    ``Driver_7``, ``driver_7 `` and its full-width writing are one driver. Inside of an id everything counts.
    """
    if len(text) > 2 * LONGEST_ID:  # before the normal form, whose time grows with the square of the length
        return None
    if (
        text.isascii() and text.isprintable()
    ):  # most are; the general rule gives the same, in ten times the time
        plain = text.strip().lower()
    else:
        plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
        if not plain.isprintable():
            return None
    return plain if 0 < len(plain) <= LONGEST_ID else None
