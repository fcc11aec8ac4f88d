"""The cells of an upload as they were sent, read again for an answer that repeats them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime, time
from pathlib import Path

from drivetrain.adapters.tabular.answers import Cell
from drivetrain.adapters.tabular.job import CSV_LINES_FILE, KINDS_FILE, ORIGINAL_FILE
from drivetrain.lifecycle.data.cells import CellKind

_FIRST_YEAR = 1900
"""Earlier dates are no numbers in any spreadsheet."""


def original_rows(folder: Path) -> Iterator[list[Cell]]:
    """Every row of a table that the child kept, the header first: text, and of a spreadsheet numbers, flags and dates.

    Args:
        folder: where the child has left it.
    """
    with ExitStack() as files:
        rows = csv.reader(files.enter_context((folder / ORIGINAL_FILE).open(encoding="utf-8", newline="")))
        yield list(next(rows))
        if not (folder / KINDS_FILE).exists():
            yield from map(list, rows)
            return
        kinds = files.enter_context((folder / KINDS_FILE).open("rb"))
        for row in rows:
            yield [
                _TYPES[kind](text) if text and kind in _TYPES else text
                for text, kind in zip(row, kinds.read(len(row)), strict=True)
            ]


def csv_lines(folder: Path) -> Iterator[str] | None:
    """Every row but the header as a CSV answer repeats it, without line ends; None where the child did not write them.

    Args:
        folder: where the child has left it.
    """
    path = folder / CSV_LINES_FILE
    return _lines(path) if path.exists() else None


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line[:-1]


def _number(text: str) -> int | float:
    return int(text) if text.removeprefix("-").isdecimal() else float(text)


def _date(text: str) -> Cell:
    """The date or time of day of a text in ISO 8601; the text itself where a spreadsheet has no number for it."""
    read = datetime if "T" in text else time if ":" in text else date
    moment = read.fromisoformat(text)
    has_number = isinstance(moment, time) or moment.year >= _FIRST_YEAR
    return moment if has_number and getattr(moment, "tzinfo", None) is None else text


_TYPES: dict[int, Callable[[str], Cell]] = {
    CellKind.NUMBER: _number,
    CellKind.FLAG: "true".__eq__,
    CellKind.DATE: _date,
}
