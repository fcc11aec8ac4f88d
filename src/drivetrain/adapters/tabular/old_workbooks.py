"""Reading XLS, the binary workbooks of Excel 97, through calamine (fastexcel). Macros never run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import fastexcel
import polars as pl

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.text_tables import TextTable, check_width, named_header, refuse_rows
from drivetrain.adapters.tabular.workbooks import hidden_sheets, unknown_sheet
from drivetrain.adapters.tabular.xlsx.markup import damaged
from drivetrain.adapters.tabular.xlsx.values import number_text
from drivetrain.core.errors import ContractError, TooLargeError, UnreadableInputError
from drivetrain.lifecycle.data.cells import CellKind, match_header
from drivetrain.lifecycle.data.csv_format import header_row

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

_ROUNDED = 1e-6
"""How far a number may lie from its text, which the library rounds."""

_MOST_SHEETS = 10
"""Sheets whose headers are looked at; tables come with a page of notes or two."""


def read_old_workbook(
    content: bytes,
    names: Sequence[str],
    limits: ParseLimits,
    *,
    optional: Collection[str] = (),
    sheet: str | None,
    keep_all: bool,
) -> TextTable:
    """Read one sheet, every cell as the text of its value; the header is found as in ``read_csv``.

    The reader tells neither which sheet opens nor, cell by cell, text from numbers: the kind of a column is that of all
    of its cells, and text where they differ.

    Args:
        content: the file.
        names: columns of the contract; they decide which cells are kept.
        limits: rows, columns and length of a cell.
        optional: those of ``names`` that the header may lack.
        sheet: name of the sheet; None for the first visible one that has the columns.
        keep_all: True to keep every column.

    Raises:
        UnreadableInputError: damaged, cut short, protected by a password, or nothing in it.
        InvalidInputError: it has no such sheet.
        TooLargeError: more than the limits allow.
        ContractError: the header does not fit the contract.
    """
    if _ENCRYPTED_STREAM in content:
        raise damaged("it is protected by a password; save it without one")
    with _fastexcel_errors():
        workbook = fastexcel.read_excel(content)
        required = [name for name in names if name not in optional]
        chosen = _sheet_with(workbook, required, limits) if sheet is None else _named(workbook, sheet)
        cells = _load(workbook, chosen, limits.rows + limits.header_rows + 1)
    if cells.height == 0 or cells.width == 0:
        raise UnreadableInputError(
            f"The sheet {chosen!r} is empty; send a header and at least one row.", code="input.empty"
        )
    check_width(cells.width, limits)
    above = header_row(_first_rows(cells, limits), names, most_columns=limits.columns)
    if cells.height - 1 - above > limits.rows:
        refuse_rows(limits)
    header = [text or "" for text in cells.row(above)]
    matched = match_header(header, names, optional, subject=named_header(header, f"sheet {chosen!r}"))
    columns = range(len(header)) if keep_all else sorted(matched.positions.values())
    data = pl.DataFrame({str(index): cells.to_series(index) for index in columns}).slice(above + 1)
    _check_lengths(data, limits)
    texts, kinds = _with_kinds(data, _typed(workbook, chosen, above + 1, data.height))
    return TextTable(header, matched, texts, kinds=kinds, sheet=chosen)


def _named(workbook: fastexcel.ExcelReader, sheet: str) -> str:
    for name in workbook.sheet_names:
        if name.casefold() == sheet.casefold():
            return str(name)
    raise unknown_sheet(sheet, workbook.sheet_names)


def _typed(workbook: fastexcel.ExcelReader, sheet: str, above: int, rows: int) -> pl.DataFrame:
    """The same data with the types that whole columns have; nothing where the library counts the rows differently."""
    with _fastexcel_errors():
        loaded = workbook.load_sheet(
            sheet, header_row=None, skip_rows=above, n_rows=rows, schema_sample_rows=None
        )
        typed = loaded.to_polars()
    return typed if typed.height == rows else pl.DataFrame()


def _with_kinds(texts: pl.DataFrame, typed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The texts, those of numbers in all their digits, and the kinds of the cells."""
    columns, kinds = {}, {}
    for name in texts.columns:
        column = texts.get_column(name)
        whole = typed.to_series(int(name)) if int(name) < typed.width else column
        kind = _kind(whole.dtype)
        if kind is CellKind.NUMBER:
            numbers = whole.cast(pl.Float64)
            is_same = ((column.cast(pl.Float64, strict=False) - numbers).abs() <= _ROUNDED).all()
            kind = kind if is_same else CellKind.TEXT
            column = _numbers_as_text(numbers) if is_same else column
        elif kind is CellKind.DATE:
            column = column.str.replace(" ", "T", literal=True)
        columns[name] = column
        kinds[name] = pl.Series([int(kind)], dtype=pl.UInt8).new_from_index(0, texts.height)
    return pl.DataFrame(columns), pl.DataFrame(kinds)


def _kind(dtype: pl.DataType) -> CellKind:
    if dtype.is_numeric():
        return CellKind.NUMBER
    if dtype == pl.Boolean:
        return CellKind.FLAG
    return CellKind.DATE if dtype.is_temporal() else CellKind.TEXT


def _numbers_as_text(numbers: pl.Series) -> pl.Series:
    different = numbers.drop_nulls().unique()
    texts = [number_text(repr(number)) for number in different]
    return numbers.replace_strict(different, texts, default=None, return_dtype=pl.String)


def _first_rows(cells: pl.DataFrame, limits: ParseLimits) -> list[list[str]]:
    return [[text or "" for text in row] for row in cells.head(limits.header_rows).rows()]


def _sheet_with(workbook: fastexcel.ExcelReader, names: Sequence[str], limits: ParseLimits) -> str:
    """The first visible sheet that has the columns; where none has, the first visible one: what it lacks can be told.

    A hidden sheet is an older copy or a list of choices more often than the table that its owner sees.
    """
    shown = [
        str(name)
        for name in workbook.sheet_names[:_MOST_SHEETS]
        if workbook.load_sheet(name, header_row=None, dtypes="string", n_rows=1).visible == "visible"
    ]
    if not shown:
        raise hidden_sheets()
    for name in shown:
        first_rows = _first_rows(_load(workbook, name, limits.header_rows), limits)
        if not first_rows or len(first_rows[0]) > limits.columns:
            continue
        try:
            match_header(first_rows[header_row(first_rows, names, most_columns=limits.columns)], names)
        except ContractError:
            continue
        return name
    return shown[0]


def _load(workbook: fastexcel.ExcelReader, sheet: str, rows: int) -> pl.DataFrame:
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
    broken = "it is damaged, cut short or not a spreadsheet; open it and save it again as XLSX"
    try:
        yield
    except fastexcel.FastExcelError as error:
        raise damaged(broken) from error
    except BaseException as error:
        # Calamine indexes past the end of some damaged XLS files. The extension's panic has no class to
        # import.
        if type(error).__name__ == "PanicException":
            raise damaged(broken) from error
        raise


def _check_lengths(cells: pl.DataFrame, limits: ParseLimits) -> None:
    longest = cells.select(pl.max_horizontal(pl.all().str.len_chars().max())).item() if cells.width else None
    if longest is not None and longest > limits.cell_chars:
        raise TooLargeError(
            f"A cell has more than {limits.cell_chars:,} characters.", code="input.cell_too_long"
        )
