"""Numbers as people write them in tables: decimal points and commas, digit groups, and what is ambiguous."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_SPACES = " \u00a0\u202f\u2009"
_APOSTROPHES = "'\u2019"

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(
    rf"(?P<sign>[+-]?)(?P<whole>[1-9]\d{{0,2}}(?P<group>[.,{_SPACES}{_APOSTROPHES}])\d{{3}}(?:(?P=group)\d{{3}})*)"
    r"(?:(?P<decimal>[.,])(?P<fraction>\d+))?",
    re.ASCII,
)
_COMMA_DECIMAL = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""One mark and three digits behind it: ``1.250`` is one and a quarter, or one thousand two hundred and fifty."""


@dataclass(frozen=True, slots=True)
class AmbiguousNumber:
    """A cell that two people would read differently, and nothing in its column decides between them.

    Attributes:
        as_decimal: the number if the mark is a decimal one.
        as_groups: the number if the mark groups digits.
    """

    as_decimal: float
    as_groups: float

    def __str__(self) -> str:
        return f"{self.as_decimal:.10g} or {self.as_groups:.10g}"


@dataclass(frozen=True, slots=True)
class _Certain:
    """A number whose writing can be read in one way only; the marks are those it proves, empty for none."""

    value: float
    decimal: str = ""
    group: str = ""


def read_numerals(
    texts: Iterable[str], accepts: Callable[[float], bool]
) -> Mapping[str, float | AmbiguousNumber | None]:
    """Read the different texts of one column, each the same way.

    ``1.250`` alone says nothing. It is decided by the other texts of the column (``1.5`` and ``0.125`` prove a
    decimal point, ``1.250.000`` and ``12,5`` prove that points group), else by what the column accepts: where
    only one of the two readings can be true, it is taken. Neither the server's locale nor the size of the
    numbers takes part.

    Args:
        texts: without spaces around them.
        accepts: True for a number that the column may hold.

    Returns:
        By text: the number; both readings where it is ambiguous; None where it is no number.
    """
    cells = {text: _read(text) for text in texts}
    ambiguous = {text: cell for text, cell in cells.items() if isinstance(cell, AmbiguousNumber)}
    if not ambiguous:
        return {text: cell.value if isinstance(cell, _Certain) else None for text, cell in cells.items()}
    certain = [cell for cell in cells.values() if isinstance(cell, _Certain)]
    decimals = {cell.decimal for cell in certain} - {""}
    groups = {cell.group for cell in certain} - {""}
    grouping = {
        mark: _groups(
            mark, decimals, groups, [cell for text, cell in ambiguous.items() if mark in text], accepts
        )
        for mark in ".,"
    }

    def settled(text: str, cell: _Certain | AmbiguousNumber | None) -> float | AmbiguousNumber | None:
        if not isinstance(cell, AmbiguousNumber):
            return None if cell is None else cell.value
        is_group = grouping["." if "." in text else ","]
        return cell if is_group is None else cell.as_groups if is_group else cell.as_decimal

    return {text: settled(text, cell) for text, cell in cells.items()}


def write_numeral(value: float) -> str:
    """A number as text that means the same in every column: ``1.125`` is written ``1.1250``."""
    text = repr(value)
    return f"{text}0" if _AMBIGUOUS.fullmatch(text) else text


def _groups(
    mark: str,
    decimals: set[str],
    groups: set[str],
    cells: list[AmbiguousNumber],
    accepts: Callable[[float], bool],
) -> bool | None:
    """True where a mark groups digits in this column, False where it is the decimal one, None where nothing tells."""
    other_mark = "," if mark == "." else "."
    is_decimal = mark in decimals or other_mark in groups
    is_group = mark in groups or other_mark in decimals
    if is_decimal or is_group:
        return None if is_decimal and is_group else is_group
    decimal_fits = all(accepts(cell.as_decimal) for cell in cells)
    groups_fit = all(accepts(cell.as_groups) for cell in cells)
    return None if decimal_fits == groups_fit else groups_fit


def _read(text: str) -> _Certain | AmbiguousNumber | None:
    """What one text says by itself."""
    if _AMBIGUOUS.fullmatch(text):
        return AmbiguousNumber(float(text.replace(",", ".")), float(text.replace(",", "").replace(".", "")))
    if _PLAIN.fullmatch(text):
        return _Certain(float(text), decimal="." if "." in text else "")
    if _COMMA_DECIMAL.fullmatch(text):
        return _Certain(float(text.replace(",", ".")), decimal=",")
    match = _GROUPED.fullmatch(text)
    if match is None or match["decimal"] == match["group"]:
        return None
    digits = match["whole"].replace(match["group"], "")
    value = float(f"{match['sign']}{digits}.{match['fraction'] or '0'}")
    return _Certain(value, decimal=match["decimal"] or "", group=match["group"])
