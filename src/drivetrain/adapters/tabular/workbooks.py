"""Reading XLSX and XLS through calamine (fastexcel), once the container is known to be harmless.

Macros never run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import fastexcel
import polars as pl

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.text_tables import TextTable, check_width, named_header, refuse_rows
from drivetrain.adapters.tabular.zip_guard import check_zip
from drivetrain.core.errors import ContractError, TooLargeError, UnreadableInputError
from drivetrain.lifecycle.data.cells import match_header
from drivetrain.lifecycle.data.csv_format import header_row

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Office stores a workbook with a password as an OLE container that holds one stream of this name.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")

_ERROR_TEXTS = {
    "Div0": "#DIV/0!",
    "GettingData": "#GETTING_DATA",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}

_MOST_SHEETS = 10
"""Sheets whose headers are looked at; tables come with a page of notes or two."""


def read_workbook(
    path: Path,
    names: Sequence[str],
    limits: ParseLimits,
    *,
    optional: Collection[str] = (),
    sheet: str | None,
    keep_all: bool,
) -> TextTable:
    """Read one sheet, every cell as the text of its value; the header is found as in ``read_csv``.

    Args:
        path: the file.
        names: columns of the contract; they decide which cells are kept.
        limits: rows, columns, length of a cell, and how far the container may unpack.
        optional: those of ``names`` that the header may lack.
        sheet: name of the sheet; None for the first visible one that has the columns.
        keep_all: True to keep every column.

    Raises:
        UnreadableInputError: damaged, cut short, protected by a password, no such sheet, or nothing in it.
        TooLargeError: more than the limits allow.
        ContractError: the header does not fit the contract.
    """
    content = path.read_bytes()
    if content.startswith(ZIP_MAGIC):
        check_zip(content, limits)
    elif _ENCRYPTED_STREAM in content:
        raise unreadable("it is protected by a password; save it without one")
    cells = _first_cells(content, sheet, [name for name in names if name not in optional], limits)
    if cells.height == 0 or cells.width == 0:
        raise UnreadableInputError(
            "The sheet is empty; send a header and at least one row.", code="input.empty"
        )
    check_width(cells.width, limits)
    above = header_row(_first_rows(cells, limits), names, most_columns=limits.columns)
    if cells.height - 1 - above > limits.rows:
        refuse_rows(limits)
    header = [text or "" for text in cells.row(above)]
    matched = match_header(header, names, optional, subject=named_header(header))
    columns = range(len(header)) if keep_all else sorted(matched.positions.values())
    data = pl.DataFrame({str(index): cells.to_series(index) for index in columns}).slice(above + 1)
    _check_lengths(data, limits)
    return TextTable(header, matched, data)


def unreadable(reason: str) -> UnreadableInputError:
    """The refusal of a spreadsheet that cannot be opened."""
    return UnreadableInputError(
        f"The spreadsheet cannot be read: {reason}.", code="input.unreadable_spreadsheet"
    )


def _first_cells(
    content: bytes, sheet: str | None, names: Sequence[str], limits: ParseLimits
) -> pl.DataFrame:
    """The cells of a sheet, one row more than the limit at most after the header; all columns are text."""
    with _fastexcel_errors():
        workbook = fastexcel.read_excel(content)
        if sheet is not None and sheet not in workbook.sheet_names:
            shown = ", ".join(repr(name) for name in workbook.sheet_names[:10])
            raise UnreadableInputError(
                f"The spreadsheet has no sheet {sheet!r}; it has {shown}.", code="input.unknown_sheet"
            )
        return _load(
            workbook,
            _sheet_with(workbook, names, limits) if sheet is None else sheet,
            limits.rows + limits.header_rows + 1,
        )


def _first_rows(cells: pl.DataFrame, limits: ParseLimits) -> list[list[str]]:
    return [[text or "" for text in row] for row in cells.head(limits.header_rows).rows()]


def _sheet_with(workbook: fastexcel.ExcelReader, names: Sequence[str], limits: ParseLimits) -> str | int:
    """The first visible sheet that has the columns; where none has, the first visible one: what it lacks can be told.

    A hidden sheet is an older copy or a list of choices more often than the table that its owner sees.
    """
    if len(workbook.sheet_names) == 1:
        return 0
    shown = [
        name
        for name in workbook.sheet_names[:_MOST_SHEETS]
        if workbook.load_sheet(name, header_row=None, dtypes="string", n_rows=1).visible == "visible"
    ]
    for name in shown:
        first_rows = _first_rows(_load(workbook, name, limits.header_rows), limits)
        if not first_rows or len(first_rows[0]) > limits.columns:
            continue
        try:
            match_header(first_rows[header_row(first_rows, names, most_columns=limits.columns)], names)
        except ContractError:
            continue
        return str(name)
    return str(shown[0]) if shown else 0


def _load(workbook: fastexcel.ExcelReader, sheet: str | int, rows: int) -> pl.DataFrame:
    loaded = workbook.load_sheet(
        sheet, header_row=None, dtypes="string", n_rows=rows, skip_whitespace_tail_rows=True
    )
    batch, failed = loaded.to_arrow_with_errors()
    cells = pl.DataFrame(pl.from_arrow(batch))
    return cells if failed is None else _with_error_values(cells, failed.errors)


def _with_error_values(cells: pl.DataFrame, failed: Sequence[fastexcel.CellError]) -> pl.DataFrame:
    """The cells with the errors of formulas written in, which the library leaves empty."""
    columns = cells.get_columns()
    by_column: dict[int, list[tuple[int, str]]] = {}
    for error in failed:
        row, column = error.offset_position
        by_column.setdefault(column, []).append((row, _error_text(error.detail)))
    for column, errors in by_column.items():
        rows, texts = zip(*errors, strict=True)
        columns[column] = columns[column].scatter(rows, texts)
    return pl.DataFrame(columns)


def _error_text(detail: str) -> str:
    """What a spreadsheet shows for an error of calamine: ``Expected string but got 'Error(Div0)'``."""
    name = detail.rpartition("Error(")[2].partition(")")[0]
    return _ERROR_TEXTS.get(name, "#VALUE!")


@contextmanager
def _fastexcel_errors() -> Iterator[None]:
    """Translate what the library says of a broken file."""
    damaged = "it is damaged, cut short or not a spreadsheet; open it and save it again as XLSX"
    try:
        yield
    except fastexcel.FastExcelError as error:
        raise unreadable(damaged) from error
    except BaseException as error:
        # Calamine indexes past the end of some damaged XLS files. The extension's panic has no class to
        # import.
        if type(error).__name__ == "PanicException":
            raise unreadable(damaged) from error
        raise


def _check_lengths(cells: pl.DataFrame, limits: ParseLimits) -> None:
    longest = cells.select(pl.max_horizontal(pl.all().str.len_chars().max())).item() if cells.width else None
    if longest is not None and longest > limits.cell_chars:
        raise TooLargeError(
            f"A cell has more than {limits.cell_chars:,} characters.", code="input.cell_too_long"
        )
