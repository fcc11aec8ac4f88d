"""Reading a file of one's own under the names of a table, whatever the file calls its columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.parquet import first_cells, parquet_header, read_parquet
from drivetrain.adapters.tabular.reading import read_table
from drivetrain.lifecycle.data.cells import match_header
from drivetrain.lifecycle.data.column_mapping import ColumnMapping, from_cents
from drivetrain.lifecycle.data.contracts import Column, NumberColumn

_LIMITS = ParseLimits(header_rows=1)
"""The mark of a synthetic table stands in the first row, so nothing may stand above it."""


@dataclass(frozen=True, slots=True)
class MappedCells:
    """The cells of a file as text.

    Attributes:
        cells: under the table's names, in its units; one row of cells per data row.
        headings: what the file calls them, as written, by the table's names.
        ignored: its other headings.
    """

    cells: pl.DataFrame
    headings: Mapping[str, str]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileHeader:
    """The columns of a file, whether or not they are those of a table.

    Attributes:
        headings: of the columns that it has, by the table's names.
        missing: the table's columns that it lacks.
        ignored: the first cells of its other columns, by heading.
    """

    headings: Mapping[str, str]
    missing: tuple[str, ...]
    ignored: Mapping[str, list[str | None]]


def read_mapped(
    path: Path, columns: Mapping[str, Column | None], optional: Collection[str], mapping: ColumnMapping
) -> MappedCells:
    """Read the columns of a table from CSV, a spreadsheet or, by its ending, Parquet.

    Args:
        columns: their names, each with the contract's column where it has one of that name.
        optional: those that the file may lack.

    Raises:
        ContractError: the file lacks columns or has one twice.
        UnreadableInputError: it is not a table.
    """
    wanted = {mapping.heading_of(name): name for name in columns}
    may_lack = {mapping.heading_of(name) for name in optional}
    if path.suffix == ".parquet":
        header = parquet_header(path)
        matched = match_header(header, list(wanted), may_lack)
        cells = read_parquet(path, list(wanted), may_lack)
    else:
        table = read_table(path, list(wanted), _LIMITS, optional=may_lack).rectangular()
        header, matched, cells = table.header, table.matched, table.written_cells()
    frame = cells.rename({heading: wanted[heading] for heading in cells.columns})
    return MappedCells(
        frame.with_columns(_in_units(frame, name, columns[name]) for name in sorted(mapping.in_cents)),
        {wanted[heading]: header[place] for heading, place in matched.positions.items()},
        matched.ignored,
    )


def read_file_header(path: Path, names: Collection[str], mapping: ColumnMapping, *, rows: int) -> FileHeader:
    """The columns of a file, with the first ``rows`` cells of those that the table does not know.

    Raises:
        ContractError: a column is there twice.
        UnreadableInputError: it is not a table.
    """
    wanted = {mapping.heading_of(name): name for name in names}
    if path.suffix == ".parquet":
        header = parquet_header(path)
        matched = match_header(header, list(wanted), list(wanted))
        cells = first_cells(path, rows)
    else:
        table = read_table(path, list(wanted), _LIMITS, optional=list(wanted), keep_all=True)
        header, matched = table.header, table.matched
        cells = [column.to_list() for column in table.cells.head(rows)]
    taken = set(matched.positions.values())
    others = [place for place in range(len(header)) if place not in taken]
    return FileHeader(
        {wanted[heading]: header[place] for heading, place in matched.positions.items()},
        tuple(name for heading, name in wanted.items() if heading not in matched.positions),
        {heading: cells[place] for heading, place in zip(matched.ignored, others, strict=True)},
    )


def _in_units(frame: pl.DataFrame, name: str, column: Column | None) -> pl.Series:
    if not isinstance(column, NumberColumn):
        raise LookupError(f"{name} is no column of money")
    return pl.Series(name, from_cents(frame.get_column(name).to_list(), column.accepts), dtype=pl.String)
