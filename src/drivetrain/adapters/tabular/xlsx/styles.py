"""Which cells show a date: by the number format of their style."""

from __future__ import annotations

import re
from enum import Enum
from typing import IO

from drivetrain.adapters.tabular.xlsx.markup import Attributes, contradictory, parse_elements


class Shows(Enum):
    """What a number format makes of a number."""

    NUMBER = "number"
    DATE = "date"
    DATE_TIME = "date and time"
    TIME = "time of day"
    DURATION = "duration"


# ECMA-376 part 1, section 18.8.30; 27 to 36 and 50 to 58 are dates of East Asian languages.
_BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), Shows.DATE),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), Shows.TIME),
    22: Shows.DATE_TIME,
    46: Shows.DURATION,
}

_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_NOT_CODE = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]?|general|standard', re.IGNORECASE | re.DOTALL)
"""Texts, escaped letters, paddings, colors and currencies of a format, and the words for no format."""
_AM_PM = re.compile(r"am/pm|a/p", re.IGNORECASE)


def read_styles(part: IO[bytes]) -> list[Shows]:
    """What each style of cells shows, by its index.

    Raises:
        UnreadableInputError: the part is damaged, or an id is no number.
    """
    own_formats: dict[str, str] = {}
    format_ids: list[str] = []
    in_cell_styles = False

    def start(element: str, attributes: Attributes) -> None:
        nonlocal in_cell_styles
        if element == "numFmt":
            own_formats.setdefault(attributes.get("numFmtId", ""), attributes.get("formatCode", ""))
        elif element in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            in_cell_styles = element == "cellXfs"
        elif element == "xf" and in_cell_styles:
            format_ids.append(attributes.get("numFmtId", "0"))

    parse_elements(part, start)
    return [
        shown_by(own_formats[number]) if number in own_formats else _built_in(number) for number in format_ids
    ]


def shown_by(code: str) -> Shows:
    """What a number format shows: ``yyyy-mm-dd`` a date, ``[h]:mm`` a duration, ``0.00 "m"`` a number."""
    if _ELAPSED.search(code):
        return Shows.DURATION
    letters = set(_AM_PM.sub("h", _NOT_CODE.sub("", code)).lower())
    if letters & set("dy"):
        return Shows.DATE_TIME if letters & set("hs") else Shows.DATE
    if letters & set("hs"):
        return Shows.TIME
    return Shows.DATE if "m" in letters else Shows.NUMBER


def _built_in(number: str) -> Shows:
    if not number.isdecimal():
        raise contradictory(f"a number format has the id {number[:20]!r}")
    return _BUILT_IN.get(int(number), Shows.NUMBER)
