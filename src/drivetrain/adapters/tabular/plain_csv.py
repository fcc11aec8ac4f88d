"""Reading the rows of a CSV file in which no cell is quoted: most files, and a tenth of the time of the csv module.

A file is plain where splitting it at line ends and separators gives what the csv module gives: UTF-8, no quotation mark, no
carriage return of its own, every row as wide as the header and none of them blank. Any other file is left to
``text_tables``, which describes what is wrong with it.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.lifecycle.data.cells import SPACES

BLANK = f"{SPACES}\x1a"
"""What a cell without a value may hold; DOS ended text with Ctrl-Z."""

_NEWLINE = b"\n"


def read_plain_rows(
    path: Path,
    encoding: str,
    separator: str,
    *,
    header_row: int,
    width: int,
    columns: Sequence[int],
    limits: ParseLimits,
) -> pl.DataFrame | None:
    """The data rows of a plain file; None where the file is not plain, or passes a limit.

    Args:
        path: a file that decodes, without NUL.
        encoding: as the file's first bytes mark it.
        header_row: how many rows stand above the header.
        width: cells of the header.
        columns: places of the cells that are kept, ascending.

    Returns:
        Text columns named by their place (``"0"``, ``"7"``); an empty cell is an empty text.
    """
    if encoding != "utf-8-sig" or width < 2:
        return None
    rows = _plain_rows(path.read_bytes(), header_row)
    if not rows or not _is_rectangular(rows, separator.encode("ascii"), width, limits):
        return None
    cells = pl.read_csv(
        rows,
        has_header=False,
        schema={str(place): pl.String for place in range(width)},
        separator=separator,
        quote_char=None,
        empty_string_is_null=False,
    )
    return None if _has_blank_row(cells) else cells.select(str(place) for place in columns)


def _plain_rows(content: bytes, header_row: int) -> bytes:
    """What stands under the header, each row with its line end; nothing where splitting is not enough."""
    if b'"' in content:
        return b""
    content = content.replace(b"\r\n", _NEWLINE)
    if b"\r" in content:
        return b""
    start = 0
    for _ in range(header_row + 1):
        start = content.find(_NEWLINE, start) + 1
        if start == 0:
            return b""
    rows = content[start:]
    if rows.startswith(codecs.BOM_UTF8):  # part of a cell here, and skipped by polars
        return b""
    return rows if not rows or rows.endswith(_NEWLINE) else rows + _NEWLINE


def _is_rectangular(rows: bytes, separator: bytes, width: int, limits: ParseLimits) -> bool:
    """Whether all rows are as wide as the header, and few and short enough."""
    octets = np.frombuffer(rows, dtype=np.uint8)
    ends = np.flatnonzero(octets == _NEWLINE[0])
    if len(ends) > limits.rows or int(np.diff(ends, prepend=-1).max()) > limits.cell_chars:
        return False
    separators = np.flatnonzero(octets == separator[0])
    expected = np.arange(1, len(ends) + 1) * (width - 1)
    return bool(np.array_equal(np.searchsorted(separators, ends), expected))


def _has_blank_row(cells: pl.DataFrame) -> bool:
    for name in cells.columns:  # of most files hardly a row is left after the first
        cells = cells.filter(pl.col(name).str.strip_chars(BLANK) == "")
        if cells.is_empty():
            return False
    return True
