"""Which encoding and separator a CSV file has, and where its header stands, by one rule for all that read one."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from drivetrain.core.text import spelling_key

SEPARATORS = (",", ";", "\t")
_LONGEST_NAME = 1_000  # of a header cell that is compared


def marked_encoding(path: Path) -> str:
    """UTF-16 where the file begins with its byte order mark, else UTF-8; whether it decodes is not looked at."""
    with path.open("rb") as file:
        start = file.read(2)
    # Little-endian UTF-32 starts like UTF-16 and would decode to NULs, which readers refuse.
    return "utf-16" if start in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """Where the header of a CSV file stands.

    Attributes:
        separator: of its cells.
        row: how many rows stand above it: titles, blank lines, a line ``sep=;``.
    """

    separator: str
    row: int


def detect_separator(path: Path, encoding: str, names: Collection[str], *, most_columns: int) -> str:
    """The separator of a file whose first row is its header, by ``locate_header``."""
    return locate_header(path, encoding, names, most_columns=most_columns, rows=1).separator


def locate_header(
    path: Path, encoding: str, names: Collection[str], *, most_columns: int, rows: int
) -> HeaderPlace:
    """The separator and the row under which a header holds most of the named columns, then most columns at all.

    Args:
        names: of the columns that are wanted.
        most_columns: a header with more cells counts as one without a wanted column.
        rows: how many of the first rows may be the header; where none has a wanted column, it is the first
            that is not blank.
    """
    best: dict[str, tuple[int, int, int]] = {}
    for separator in SEPARATORS:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            try:
                first_rows = list(islice(csv.reader(file, delimiter=separator), rows))
            except csv.Error:  # reading the table says what is wrong, and where
                first_rows = []
        row = header_row(first_rows, names, most_columns=most_columns)
        header = first_rows[row] if first_rows else []
        best[separator] = (_wanted(header, names, most_columns), -row, len(header))
    separator = max(SEPARATORS, key=best.__getitem__)
    return HeaderPlace(separator, -best[separator][1])


def header_row(first_rows: Sequence[Sequence[str]], names: Collection[str], *, most_columns: int) -> int:
    """Which of the first rows is the header: the one with most wanted columns, else the first that is not blank."""
    wanted = [_wanted(row, names, most_columns) for row in first_rows]
    if any(wanted):
        return wanted.index(max(wanted))
    filled = (number for number, row in enumerate(first_rows) if any(cell.strip() for cell in row))
    return next(filled, 0)


def _wanted(header: Sequence[str], names: Collection[str], most_columns: int) -> int:
    if len(header) > most_columns:
        return 0
    keys = {spelling_key(cell[:_LONGEST_NAME]) for cell in header}
    return len(keys & {spelling_key(name) for name in names})
