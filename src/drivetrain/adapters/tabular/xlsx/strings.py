"""Texts of a workbook: the shared strings, and the escapes that all texts may hold."""

from __future__ import annotations

import re
from typing import IO

from drivetrain.adapters.tabular.xlsx.markup import Attributes, local_name, new_parser, parse_part
from drivetrain.core.errors import TooLargeError
from drivetrain.lifecycle.data.cells import SPACES

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_strings(part: IO[bytes], longest: int) -> list[str]:
    """The shared strings in order, rich text without its looks, and without phonetic readings.

    Args:
        longest: most characters of one.

    Raises:
        UnreadableInputError: the part is damaged.
        TooLargeError: a string is longer.
    """
    strings: list[str] = []
    runs: list[str] = []
    is_text = is_phonetic = False

    def start(name: str, _: Attributes) -> None:
        nonlocal is_text, is_phonetic
        element = local_name(name)
        is_text = element == "t" and not is_phonetic
        is_phonetic = is_phonetic or element == "rPh"

    def end(name: str) -> None:
        nonlocal is_text, is_phonetic
        element = local_name(name)
        is_text = False
        if element == "si":
            strings.append(cell_text("".join(runs), longest))
            runs.clear()
        elif element == "rPh":
            is_phonetic = False

    def text(data: str) -> None:
        if is_text:
            runs.append(data)

    parser = new_parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parse_part(part, parser)
    return strings


def cell_text(text: str, longest: int) -> str:
    """A text as people see it, its escapes (``_x000D_``) undone; empty where it is nothing but spaces.

    Raises:
        TooLargeError: it has more than ``longest`` characters.
    """
    if len(text) > longest:
        raise TooLargeError(f"A cell has more than {longest:,} characters.", code="input.cell_too_long")
    if "_x" in text:
        units = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        # Beyond the first plane two escapes are one character; one alone is none.
        text = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text if text.strip(SPACES) else ""
