"""Reading tables of rentals, parsed in a limited child process whoever sent them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import orjson

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping
from drivetrain.lifecycle.serving.batches import refuse_broken
from drivetrain.rental.buffer.application.ports import RentalCells
from drivetrain.rental.buffer.domain.chains import COLUMNS
from drivetrain.rental.buffer.model.chains.dataset import DELAY_COLUMNS


def read_rentals(
    path: Path, limits: ParseLimits, mapping: ColumnMapping = UNMAPPED, sheet: str | None = None
) -> RentalCells:
    """The cells of a table of rentals as text, column by column.

    Args:
        mapping: where the file has names of its own.
        sheet: name of a spreadsheet's sheet; None to have it chosen.

    Raises:
        ContractError: the header lacks columns, or a row is too long.
        InvalidInputError: the table has no rows, or not this sheet, or several that fit.
        UnreadableInputError, TooLargeError: it is no table, or passes a limit.
    """
    cells: dict[str, list[object]] = {name: [] for name in COLUMNS}
    headings = {name: mapping.heading_of(name) for name in COLUMNS}
    columns = tuple(replace(column, name=headings[column.name]) for column in DELAY_COLUMNS.columns)
    with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        contract = replace(DELAY_COLUMNS, columns=columns)
        table = LimitedTableReader(limits)(path, contract, Path(folder), sheet=sheet)
        # A rental that is left out would break the chain of those behind it.
        refuse_broken(table.total, table.failed, "atomic", "The table")
        for lines in table.chunks():
            for row in map(orjson.loads, lines):
                for name, column in cells.items():
                    column.append(row[headings[name]])
    return RentalCells(cells, table.sheet)
