"""Reading a file as a table to show what would come of it; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from drivetrain.adapters.tabular.mapped import read_file_header, read_mapped
from drivetrain.adapters.tabular.training import check_training_table
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.column_mapping import ColumnMapping
from drivetrain.lifecycle.data.contracts import Contract, Scalar
from drivetrain.lifecycle.data.mapping_suggestions import suggest_mapping
from drivetrain.lifecycle.data.table_parts import open_parts
from drivetrain.lifecycle.data.table_previews import RefusalReason, TablePreview
from drivetrain.lifecycle.data.table_specs import CheckCells, TableSpec, optional_columns, table_columns

SHOWN_ROWS = 3
_LOOKED_AT = 100
"""Rows whose cells help to guess what an unknown column is."""


def preview_file(
    path: Path, table: TableSpec, contract: Contract | None, mapping: ColumnMapping, progress: Progress
) -> TablePreview:
    """The port ``PreviewFile``: the whole file is read, so that every row is judged."""
    with progress.stage("read", total=1, unit="table") as stage:
        try:
            preview = _preview(path, table, contract, mapping)
        except ContractError as error:
            if any(problem.code != "input.missing_column" for problem in error.errors):
                raise
            preview = _preview_of_header(path, table, contract, mapping)
        stage.advance()
    return preview


def _preview(path: Path, table: TableSpec, contract: Contract | None, mapping: ColumnMapping) -> TablePreview:
    if table.check is not None:
        return _preview_by_rules(path, table, table.check, mapping)
    if contract is None:
        raise LookupError(f"nothing says what the rows of {table.name} must be")
    read = check_training_table(path, contract, table.preparation, mapping)
    faults = [
        (fault.column, fault.code, len(fault.rows), int(fault.rows[0])) for fault in read.checked.faults
    ]
    return TablePreview(
        read.headings,
        (),
        read.ignored,
        accepted=read.checked.frame.height,
        refused=read.checked.bad_rows,
        reasons=_reasons(faults, read.cells),
        first_rows=_first_rows(read.checked.frame),
        most_refused=table.most_refused,
    )


def _preview_by_rules(
    path: Path, table: TableSpec, check: CheckCells, mapping: ColumnMapping
) -> TablePreview:
    read = read_mapped(path, dict.fromkeys(table.header), (), mapping)
    good, errors = check({name: read.cells.get_column(name).to_list() for name in table.header})
    refused = {error.row for error in errors}
    accepted_rows = [row for row in range(read.cells.height) if row + 1 not in refused][:SHOWN_ROWS]
    return TablePreview(
        read.headings,
        (),
        read.ignored,
        accepted=good,
        refused=read.cells.height - good,
        reasons=_reasons(_counted(errors), read.cells),
        first_rows=_first_rows(read.cells[accepted_rows]),
        most_refused=table.most_refused,
    )


def _preview_of_header(
    path: Path, table: TableSpec, contract: Contract | None, mapping: ColumnMapping
) -> TablePreview:
    """The columns of a table that lacks some, with what may be meant for them."""
    columns = table_columns(table, contract)
    with open_parts(path) as files:
        headers = [read_file_header(file, columns, mapping, rows=_LOOKED_AT) for file in files]
    lacking = {name for header in headers for name in header.missing} - optional_columns(table, contract)
    missing = tuple(name for name in columns if name in lacking)
    ignored = {heading: cells for header in headers for heading, cells in header.ignored.items()}
    return TablePreview(
        {name: heading for header in headers for name, heading in header.headings.items()},
        missing,
        tuple(ignored),
        suggestions=suggest_mapping(missing, ignored, columns, table.also_called),
    )


def _counted(errors: Iterable[FieldError]) -> list[tuple[str, str, int, int]]:
    """Column, code, count and first row of errors that are alike."""
    rows: dict[tuple[str, str], list[int]] = {}
    for error in errors:
        if error.row is not None:
            rows.setdefault((error.column or "", error.code), []).append(error.row)
    return [(column, code, len(places), min(places)) for (column, code), places in rows.items()]


def _reasons(faults: Iterable[tuple[str, str, int, int]], cells: pl.DataFrame) -> tuple[RefusalReason, ...]:
    """Each fault with the cell of its first row, most frequent first."""
    reasons = [
        RefusalReason(
            column, code, count, row, cells.get_column(column)[row - 1] if column in cells.columns else None
        )
        for column, code, count, row in faults
    ]
    return tuple(sorted(reasons, key=lambda reason: -reason.count))


def _first_rows(accepted: pl.DataFrame) -> dict[str, list[Scalar | None]]:
    return {column.name: column.to_list() for column in accepted.head(SHOWN_ROWS)}
