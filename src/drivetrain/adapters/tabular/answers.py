"""Writing answers as CSV or XLSX: the rows that were sent, with answer columns added, row by row.

A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection"), in XLSX
too, because people save it as CSV later. Numbers such as -5 stay what they are.
"""

from __future__ import annotations

import csv
import io
import re
import string
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING

from drivetrain.core.errors import TooLargeError

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | bool | date | time | None
"""What may stand in an answer: cells as they were sent, what was computed, None for nothing; dates and times without a
zone."""

_RISKY = re.compile(r'[\t\r\n]|[\s"\u200b\ufeff]*[=+\-@＝＋－＠]')
_HARMLESS = frozenset(("", *string.ascii_letters, *string.digits))
"""With which no risky text begins: most cells need no more looking at."""
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)
# Digits that a spreadsheet shows again as they were written: no leading zero, at most 15 of them.
_EXACT_NUMBER = re.compile(r"-?(?=[0-9.]{1,15}$)(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?", re.ASCII)

_DATE_FORMATS: dict[type[date | time], str] = {
    date: "yyyy-mm-dd",
    datetime: "yyyy-mm-dd hh:mm:ss",
    time: "hh:mm:ss",
}

_ROWS_AT_ONCE = 1_000

_XLSX_ROWS = 1_048_576
_XLSX_CELL_CHARS = 32_767


def write_csv(
    target: Path | IO[bytes],
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    behind: Iterable[str] | None = None,
) -> None:
    """Write UTF-8 CSV (RFC 4180): comma, CRLF, every text quoted, so that no other separator splits a cell.

    Args:
        target: a path, replaced when it exists, or an open binary file, left open.
        header: names of the columns.
        rows: cells in the order of the header; consumed once.
        behind: for each row the first cells as text of this form, which ``rows`` then lack; None where they are there.
    """
    texts: list[str] = []
    writer = csv.writer(SimpleNamespace(write=texts.append), quoting=csv.QUOTE_NONNUMERIC)
    cells = ([_csv_cell(cell) for cell in row] for row in rows)
    lines = None if behind is None else iter(behind)
    with _text_file(target) as file:
        writer.writerow([escaped(name) for name in header])
        file.write(texts.pop())
        while part := list(islice(cells, _ROWS_AT_ONCE)):
            writer.writerows(part)
            if lines is not None:
                texts[:] = [
                    f"{line},{text}" for text, line in zip(texts, islice(lines, len(texts)), strict=True)
                ]
            file.write("".join(texts))
            texts.clear()
        if lines is not None and next(lines, None) is not None:
            raise ValueError("there are more first cells than rows")


def write_xlsx(target: Path | IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write one sheet, a row in memory at a time. Nothing in it is a formula or a link.

    Args:
        target: a path, replaced when it exists, or an open binary file, left open.
        header: names of the columns.
        rows: cells in the order of the header; consumed once. Text that is exactly a number becomes one.

    Raises:
        TooLargeError: more rows than a sheet holds; ask for CSV.
    """
    from xlsxwriter import Workbook  # 80 ms that only answers in XLSX should cost

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(str(target) if isinstance(target, Path) else target, options) as workbook:
        sheet = workbook.add_worksheet("answers")
        bold = workbook.add_format({"bold": True})
        formats = {shown: workbook.add_format({"num_format": code}) for shown, code in _DATE_FORMATS.items()}
        for column, name in enumerate(header):
            sheet.write_string(0, column, escaped(name)[:_XLSX_CELL_CHARS], bold)
        for index, row in enumerate(rows, start=1):
            if index >= _XLSX_ROWS:
                raise TooLargeError(
                    f"An XLSX sheet holds {_XLSX_ROWS - 1:,} rows; ask for CSV instead.",
                    code="input.too_many_rows",
                )
            for column, cell in enumerate(row):
                if isinstance(cell, (date, time)):
                    sheet.write_datetime(index, column, cell, formats[type(cell)])
                else:
                    _write_cell(sheet, index, column, cell)


def escaped(text: str) -> str:
    """The text with an apostrophe in front if a spreadsheet would run it; escaping twice changes nothing."""
    if text[:1] in _HARMLESS:
        return text
    return f"'{text}" if _RISKY.match(text) and not _NUMBER.fullmatch(text) else text


def _csv_cell(cell: Cell) -> str | int | float | None:
    if isinstance(cell, str):
        return escaped(cell)
    if isinstance(cell, float):
        return cell
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell).lower() if isinstance(cell, bool) else cell


def _write_cell(sheet: Worksheet, row: int, column: int, cell: str | float | bool | None) -> None:
    if isinstance(cell, str):
        if _EXACT_NUMBER.fullmatch(cell):
            sheet.write_number(row, column, float(cell))
        elif cell:
            sheet.write_string(row, column, escaped(cell)[:_XLSX_CELL_CHARS])
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif cell is not None:
        sheet.write_number(row, column, cell)


@contextmanager
def _text_file(target: Path | IO[bytes]) -> Iterator[IO[str]]:
    if isinstance(target, Path):
        with target.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    wrapped = io.TextIOWrapper(target, encoding="utf-8", newline="")
    yield wrapped
    wrapped.detach()  # flushes, and leaves the caller's file open
