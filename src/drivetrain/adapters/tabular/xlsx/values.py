"""What the stored value of a cell means: numbers as short as they stay exact, dates in ISO 8601, errors, and nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite

from drivetrain.adapters.tabular.xlsx.markup import Attributes, contradictory
from drivetrain.adapters.tabular.xlsx.strings import cell_text
from drivetrain.adapters.tabular.xlsx.styles import Shows
from drivetrain.lifecycle.data.cells import ERROR_VALUES, UNCALCULATED, CellKind

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)
_INDEX = re.compile(r"\s*(0|[1-9][0-9]{0,8})\s*", re.ASCII)
_FLAGS = {"1": "true", "0": "false"}
_EXACT_WHOLE = 2**53
_LONGEST_PLAIN = 15
"""Digits up to which a whole number is surely its own shortest text."""
_LONGEST_SHOWN = 40  # characters of a stored value in a message

_DAY_MS = 86_400_000
_DAYS_TO_1904 = 1_462
_LAST_DAY = 2_958_465  # 9999-12-31, counted from 1900
_NO_DAY = 60  # 1900-02-29, which Lotus 1-2-3 believed in, and after it every spreadsheet


@dataclass(frozen=True, slots=True)
class CellTables:
    """What the cells of a workbook refer to, and how they are meant.

    Attributes:
        strings: the shared strings; empty where they are blank.
        styles: what each style shows; None where the workbook has none.
        from_1904: True where dates count from 1904.
        is_recalculated: True where stored values of formulas do not count.
        longest: most characters of a cell.
        columns: most columns that may have something in them.
    """

    strings: Sequence[str]
    styles: Sequence[Shows] | None
    from_1904: bool
    is_recalculated: bool
    longest: int
    columns: int

    def read(self, attributes: Attributes, stored: str | None, *, has_formula: bool) -> tuple[str, CellKind]:
        """The text of a cell and its kind; the text is empty for an empty cell.

        Args:
            attributes: of its element.
            stored: its value or inline text; None where it has none.
            has_formula: True where the value is that of a formula.

        Raises:
            UnreadableInputError: the value cannot be one of the cell's type.
            TooLargeError: it is too long.
        """
        cell_type = attributes.get("t", "n")
        if cell_type == "e":
            return stored if stored in ERROR_VALUES else "#VALUE!", CellKind.TEXT
        has_nothing = stored is None or (cell_type == "n" and not stored.strip())
        if has_formula and (self.is_recalculated or has_nothing):
            return UNCALCULATED, CellKind.TEXT
        if stored is None or has_nothing:
            return "", CellKind.TEXT
        if cell_type not in _READERS:
            raise refusal(attributes, f"has the unknown type {cell_type[:20]!r} and holds", stored)
        return _READERS[cell_type](self, attributes, stored)

    def number(self, attributes: Attributes, stored: str) -> tuple[str, CellKind]:
        """A number, or the date that its style makes of it."""
        text = number_text(stored)
        if text is None:
            raise refusal(attributes, "is a number and holds", stored)
        shows = self._shows(attributes)
        if shows is Shows.NUMBER:
            return text, CellKind.NUMBER
        return date_text(float(stored), shows, from_1904=self.from_1904) or (text, CellKind.NUMBER)

    def shows_dates(self, attributes: Attributes) -> bool:
        """True where the style of a cell makes dates, times or durations of numbers.

        Raises:
            UnreadableInputError: there is no such style.
        """
        return self._shows(attributes) is not Shows.NUMBER

    def shared(self, attributes: Attributes, stored: str) -> tuple[str, CellKind]:
        """The shared string that a cell refers to."""
        match = _INDEX.fullmatch(stored)
        if match is None or int(match[1]) >= len(self.strings):
            raise refusal(attributes, f"refers to one of {len(self.strings):,} shared texts by", stored)
        return self.strings[int(match[1])], CellKind.TEXT

    def text(self, _: Attributes, stored: str) -> tuple[str, CellKind]:
        """A text that stands in the cell itself."""
        return cell_text(stored, self.longest), CellKind.TEXT

    def flag(self, attributes: Attributes, stored: str) -> tuple[str, CellKind]:
        """True or false."""
        if stored not in _FLAGS:
            raise refusal(attributes, "is true or false and holds", stored)
        return _FLAGS[stored], CellKind.FLAG

    def date(self, attributes: Attributes, stored: str) -> tuple[str, CellKind]:
        """A date in ISO 8601, as strict OOXML stores it."""
        text = stored.strip()
        if not is_iso(text):
            raise refusal(attributes, "is a date and holds", stored)
        return text, CellKind.DATE

    def _shows(self, attributes: Attributes) -> Shows:
        if self.styles is None or "s" not in attributes:
            return Shows.NUMBER
        match = _INDEX.fullmatch(attributes["s"])
        if match is None or int(match[1]) >= len(self.styles):
            raise refusal(attributes, f"refers to one of {len(self.styles):,} styles by", attributes["s"])
        return self.styles[int(match[1])]


_READERS: dict[str, Callable[[CellTables, Attributes, str], tuple[str, CellKind]]] = {
    "n": CellTables.number,
    "s": CellTables.shared,
    "str": CellTables.text,
    "inlineStr": CellTables.text,
    "b": CellTables.flag,
    "d": CellTables.date,
}
"""What reads a stored value, by the type of its cell (ECMA-376 part 1, section 18.18.11)."""


def refusal(attributes: Attributes, fault: str, stored: str) -> Exception:
    """The refusal of a workbook for one cell."""
    return contradictory(f"cell {attributes.get('r', '')[:20]} {fault} {stored[:_LONGEST_SHOWN]!r}")


def is_plain_whole(stored: str) -> bool:
    """True for a whole number that ``number_text`` would leave as it is; quick, as most numbers are."""
    return stored.isdecimal() and stored[0] != "0" and len(stored) <= _LONGEST_PLAIN and stored.isascii()


def number_text(stored: str) -> str | None:
    """The shortest text that reads as the same double: ``150000``, ``0.1``, ``1e+20``; None where there is none."""
    if not _NUMBER.fullmatch(stored):
        return None
    number = float(stored)
    if not isfinite(number):
        return None
    return str(int(number)) if number.is_integer() and abs(number) <= _EXACT_WHOLE else repr(number)


def date_text(serial: float, shows: Shows, *, from_1904: bool) -> tuple[str, CellKind] | None:
    """What a number shows in a format of dates, as ISO 8601 to the millisecond, and its kind.

    A time of day without a day is ``21:45:00``. A duration is ``26:30:00``, and text, as it is no point in time.

    Args:
        serial: days since the first one of the workbook's calendar.

    Returns:
        None for what no calendar shows: a number below zero, 1900-02-29, a day after 9999.
    """
    day, ms = divmod(round(serial * _DAY_MS), _DAY_MS)
    if serial < 0 or day > _LAST_DAY - _DAYS_TO_1904 * from_1904:
        return None
    if shows is Shows.DURATION:
        return _hours(day * _DAY_MS + ms), CellKind.TEXT
    clock = _clock(ms)
    if day == 0 and (shows is Shows.TIME or not from_1904):
        return clock.isoformat(), CellKind.DATE
    if day == _NO_DAY and not from_1904:
        return None
    calendar = _calendar_day(day, from_1904=from_1904)
    if shows is Shows.DATE and ms == 0:
        return calendar.isoformat(), CellKind.DATE
    return datetime.combine(calendar, clock).isoformat(), CellKind.DATE


def _calendar_day(day: int, *, from_1904: bool) -> date:
    if from_1904:
        return date(1904, 1, 1) + timedelta(days=day)
    return date(1899, 12, 30 if day > _NO_DAY else 31) + timedelta(days=day)


def _clock(ms: int) -> time:
    seconds = ms // 1_000
    return time(seconds // 3_600, seconds // 60 % 60, seconds % 60, ms % 1_000 * 1_000)


def _hours(ms: int) -> str:
    seconds = round(ms / 1_000)
    return f"{seconds // 3_600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def is_iso(text: str) -> bool:
    """True for a date, a time of day, or both, in ISO 8601."""
    for read in (datetime.fromisoformat, time.fromisoformat):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False
