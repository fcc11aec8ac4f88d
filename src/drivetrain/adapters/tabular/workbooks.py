"""Reading one sheet of an XLSX workbook, once its container is known to be harmless."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat, zip_longest

import numpy as np
import polars as pl

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.text_tables import (
    CELLS_AT_ONCE,
    TextTable,
    named_header,
    refuse_rows,
)
from drivetrain.adapters.tabular.xlsx.package import Package, Sheet, Workbook, read_structure
from drivetrain.adapters.tabular.xlsx.rows import SheetRow
from drivetrain.adapters.tabular.xlsx.sheet import read_rows
from drivetrain.adapters.tabular.xlsx.strings import read_strings
from drivetrain.adapters.tabular.xlsx.styles import read_styles
from drivetrain.adapters.tabular.xlsx.values import CellTables
from drivetrain.adapters.tabular.zip_guard import check_zip
from drivetrain.core.errors import ContractError, InvalidInputError, UnreadableInputError
from drivetrain.lifecycle.data.cells import match_header
from drivetrain.lifecycle.data.csv_format import header_row

_MOST_SHEETS = 10
"""Sheets whose headers are looked at; tables come with a page of notes or two."""
_SHOWN_NAMES = 10
_BLANK_ROW = SheetRow(0, [], bytearray())


def read_workbook(
    content: bytes,
    names: Sequence[str],
    limits: ParseLimits,
    *,
    optional: Collection[str] = (),
    sheet: str | None,
    keep_all: bool,
) -> TextTable:
    """Read one sheet, every cell as the text of its value and its kind; the header is found as in ``read_csv``.

    Args:
        content: the file.
        names: columns of the contract; they decide which cells are kept.
        limits: rows, columns, length of a cell, and how far the container may unpack.
        optional: those of ``names`` that the header may lack.
        sheet: name of the sheet; None for the one that opens, or where that one lacks columns the only other visible
            one that has them.
        keep_all: True to keep every column.

    Raises:
        UnreadableInputError: damaged, cut short, protected by a password, contradictory, or nothing in it.
        InvalidInputError: it has no such sheet, or several that fit.
        TooLargeError: more than the limits allow.
        ContractError: the header does not fit the contract.
    """
    check_zip(content, limits)
    with Package.opened(content) as package:
        workbook = read_structure(package)
        reader = _SheetReader(package, _tables(package, workbook, limits), names, optional, limits)
        chosen = _named(workbook, sheet) if sheet is not None else _chosen(workbook, reader)
        return reader.read(chosen, keep_all=keep_all)


def unknown_sheet(sheet: str, names: Sequence[str]) -> InvalidInputError:
    """The refusal of a name that no sheet has."""
    shown = ", ".join(repr(name) for name in names[:_SHOWN_NAMES])
    return InvalidInputError(
        f"The spreadsheet has no sheet {sheet!r}; it has {shown}.", code="input.unknown_sheet"
    )


def hidden_sheets() -> InvalidInputError:
    """The refusal of a workbook that shows no sheet."""
    return InvalidInputError(
        "All sheets of the spreadsheet are hidden; show one, or name it by the parameter sheet.",
        code="input.hidden_sheets",
    )


def _tables(package: Package, workbook: Workbook, limits: ParseLimits) -> CellTables:
    strings = []
    if workbook.strings is not None:
        with package.open(workbook.strings) as part:
            strings = read_strings(part, limits.cell_chars)
    styles = None
    if workbook.styles is not None:
        with package.open(workbook.styles) as part:
            styles = read_styles(part)
    return CellTables(
        strings,
        styles,
        from_1904=workbook.from_1904,
        is_recalculated=workbook.is_recalculated,
        longest=limits.cell_chars,
        columns=limits.columns,
    )


def _named(workbook: Workbook, name: str) -> Sheet:
    """The sheet of this name, hidden or not; letter case does not tell sheets apart."""
    for sheet in workbook.sheets:
        if sheet.name.casefold() == name.casefold():
            return sheet
    raise unknown_sheet(name, [sheet.name for sheet in workbook.sheets])


def _chosen(workbook: Workbook, reader: _SheetReader) -> Sheet:
    """The sheet that opens; where it lacks columns and exactly one other visible one has them, that one.

    A hidden sheet is an older copy or a list of choices more often than the table that its owner sees.
    """
    visible = [sheet for sheet in workbook.sheets if sheet.is_visible]
    if not visible:
        raise hidden_sheets()
    first = workbook.active or visible[0]
    if len(visible) == 1 or reader.fits(first):
        return first
    fitting = [sheet for sheet in visible[:_MOST_SHEETS] if sheet is not first and reader.fits(sheet)]
    if len(fitting) > 1:
        shown = ", ".join(repr(sheet.name) for sheet in fitting)
        raise InvalidInputError(
            f"The sheet that opens ({first.name!r}) lacks columns, and several others have them: {shown}. "
            "Name one by the parameter sheet.",
            code="input.several_sheets",
        )
    return fitting[0] if fitting else first


@dataclass(frozen=True, slots=True)
class _SheetReader:
    """Reads the sheets of one workbook."""

    package: Package
    tables: CellTables
    names: Sequence[str]
    optional: Collection[str]
    limits: ParseLimits

    def fits(self, sheet: Sheet) -> bool:
        """True where the sheet has the columns."""
        with self.package.open(sheet.part) as part:
            first_rows = self._first_rows(read_rows(part, self.tables))
        try:
            match_header(_texts(self._header(first_rows)), self.names, self.optional)
        except ContractError:
            return False
        return True

    def read(self, sheet: Sheet, *, keep_all: bool) -> TextTable:
        """The cells of a sheet."""
        with self.package.open(sheet.part) as part:
            rows = read_rows(part, self.tables)
            first_rows = self._first_rows(rows)
            if not first_rows:
                raise UnreadableInputError(
                    f"The sheet {sheet.name!r} is empty; send a header and at least one row.",
                    code="input.empty",
                )
            header_row = self._header(first_rows)
            header = _texts(header_row)
            subject = named_header(header, f"row {header_row.number:,} of the sheet {sheet.name!r}")
            matched = match_header(header, self.names, self.optional, subject=subject)
            below = [row for row in first_rows if row.number > header_row.number]
            columns = None if keep_all else sorted(matched.positions.values())
            cells = _Cells(len(header), columns)
            cells.add_all(self._data(chain(below, rows), header_row.number))
        header += [""] * (cells.width - len(header))
        matched = match_header(header, self.names, self.optional, subject=subject)
        return TextTable(header, matched, cells.texts(), kinds=cells.kinds(), sheet=sheet.name)

    def _first_rows(self, rows: Iterator[SheetRow]) -> list[SheetRow]:
        """The rows among which the header is looked for, and perhaps one more; none of an empty sheet."""
        first_rows: list[SheetRow] = []
        for row in rows:
            first_rows.append(row)
            if row.number >= first_rows[0].number + self.limits.header_rows - 1:
                break
        return first_rows

    def _header(self, first_rows: Sequence[SheetRow]) -> SheetRow:
        if not first_rows:
            return _BLANK_ROW
        last = first_rows[0].number + self.limits.header_rows - 1
        texts = [_texts(row) for row in first_rows if row.number <= last]
        return first_rows[header_row(texts, self.names, most_columns=self.limits.columns)]

    def _data(self, rows: Iterable[SheetRow], header: int) -> Iterator[SheetRow]:
        """The rows below the header, those included that are blank and followed by others."""
        number = header
        for row in rows:
            if row.number - header > self.limits.rows:
                refuse_rows(self.limits)
            yield from repeat(_BLANK_ROW, row.number - number - 1)
            number = row.number
            yield row


class _Cells:
    """Collects rows as columns.

    Attributes:
        width: columns up to the last one that has something in it, in the header or below.
    """

    def __init__(self, width: int, columns: Sequence[int] | None) -> None:
        self.width = width
        self._columns = columns
        chosen = range(width) if columns is None else columns
        self._texts = [pl.DataFrame(schema={str(column): pl.String for column in chosen})]
        self._kinds = [pl.DataFrame(schema={str(column): pl.UInt8 for column in chosen})]

    def add_all(self, rows: Iterator[SheetRow]) -> None:
        """Add rows, some at a time as Python objects."""
        at_once = max(1, CELLS_AT_ONCE // max(1, self.width))
        while part := list(islice(rows, at_once)):
            self.width = max(self.width, *(len(row.texts) for row in part))
            self._add(part)

    def texts(self) -> pl.DataFrame:
        """The texts, by the place of their column; null for an empty cell."""
        return pl.concat(self._texts, how="diagonal", rechunk=True)

    def kinds(self) -> pl.DataFrame:
        """``CellKind`` of each of them; for an empty cell it says nothing."""
        return pl.concat(self._kinds, how="diagonal", rechunk=True)

    def _add(self, part: Sequence[SheetRow]) -> None:
        width = self.width
        texts = list(zip_longest(*(row.texts for row in part)))
        texts += [(None,) * len(part)] * (width - len(texts))
        kinds = np.frombuffer(
            b"".join(row.kinds[:width].ljust(width, b"\0") for row in part), np.uint8
        ).reshape(len(part), width)
        chosen = range(width) if self._columns is None else self._columns
        self._texts.append(
            pl.DataFrame({str(column): pl.Series(texts[column], dtype=pl.String) for column in chosen})
        )
        self._kinds.append(pl.DataFrame({str(column): kinds[:, column] for column in chosen}))


def _texts(row: SheetRow) -> list[str]:
    return [text or "" for text in row.texts]
