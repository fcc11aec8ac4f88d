"""Reading a training table: the same parsing and the same contract as an upload, with the target, in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drivetrain.adapters.tabular.frame_checks import (
    CheckedFrame,
    Fault,
    check_table,
    quarantine,
    with_faults,
)
from drivetrain.adapters.tabular.mapped import MappedCells, read_mapped
from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.data.table_parts import open_parts
from drivetrain.lifecycle.data.table_specs import Preparation, RowRule, columns_read
from drivetrain.lifecycle.learning.training import TrainingTable


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as training gets it.

    Attributes:
        table: the rows that passed.
        broken: rows that did not.
        reasons: how many cells are wrong, by code.
        quarantine_file: the file with the broken rows and their reasons; None when none is broken.
    """

    table: TrainingTable
    broken: int
    reasons: Mapping[str, int]
    quarantine_file: Path | None


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A table whose rows were judged.

    Attributes:
        cells: text under the contract's names, one row for each of the file.
        checked: what the check came to.
        headings: what the file calls the columns that are read of it, by the table's names.
        ignored: its other headings.
    """

    cells: pl.DataFrame
    checked: CheckedFrame
    headings: Mapping[str, str]
    ignored: tuple[str, ...]


def read_training_table(
    path: Path,
    contract: Contract,
    quarantine_file: Path,
    preparation: Preparation | None = None,
    mapping: ColumnMapping = UNMAPPED,
) -> ReadTable:
    """Read a table with its target, setting broken rows aside.

    Args:
        preparation: makes the contract's columns where the file has others.
        mapping: where the file has names of its own.

    Raises:
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
        InvalidInputError: no row passed.
    """
    table = check_training_table(path, contract, preparation, mapping)
    checked = table.checked
    rows_file = None
    if checked.bad_rows:
        quarantine_file.parent.mkdir(parents=True, exist_ok=True)
        quarantine(table.cells, checked, quarantine_file)
        rows_file = quarantine_file
    if checked.frame.is_empty():
        raise InvalidInputError(
            f"No row of {path.name} passes the contract.", code="data.no_good_rows", errors=checked.errors
        )
    rows = {name: checked.frame.get_column(name).to_list() for name in contract.names}
    target = checked.frame.get_column(contract.target.name).to_numpy().astype(np.float64)
    return ReadTable(TrainingTable(rows, target), checked.bad_rows, checked.counts, rows_file)


def check_training_table(
    path: Path, contract: Contract, preparation: Preparation | None, mapping: ColumnMapping
) -> CheckedTable:
    """Read a table with its target and judge every row.

    Raises:
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
    """
    with open_parts(path) as files:
        parts = [_read_part(file, contract, preparation, mapping) for file in files]
    cells = pl.concat([part.prepared for part in parts])
    faults = [] if preparation is None else _faults(preparation, parts)
    return CheckedTable(
        cells,
        with_faults(check_table(cells, contract, with_target=True), faults),
        {name: heading for part in reversed(parts) for name, heading in part.raw.headings.items()},
        tuple(dict.fromkeys(heading for part in parts for heading in part.raw.ignored)),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of a table.

    Attributes:
        raw: as it stands there.
        prepared: text cells of the contract's columns and its target.
        broken: for each rule the rows that break it.
    """

    raw: MappedCells
    prepared: pl.DataFrame
    broken: list[NDArray[np.bool_]]


def _read_part(
    path: Path, contract: Contract, preparation: Preparation | None, mapping: ColumnMapping
) -> _Part:
    if preparation is None:
        raw = read_mapped(path, columns_read(contract, None), contract.optional_names, mapping)
        return _Part(raw, raw.cells, [])
    raw = read_mapped(path, columns_read(contract, preparation), preparation.optional, mapping)
    cells = {name: raw.cells.get_column(name).to_list() for name in raw.cells.columns}
    frame = pl.DataFrame(
        {
            name: pl.Series(name, column, dtype=pl.String)
            for name, column in preparation.prepare(cells).items()
        }
    )
    return _Part(raw, frame, [np.asarray(rule.breaks(cells), dtype=np.bool_) for rule in preparation.rules])


def _faults(preparation: Preparation, parts: Sequence[_Part]) -> list[Fault]:
    faults = [
        _fault(rule, np.concatenate([part.broken[place] for part in parts]))
        for place, rule in enumerate(preparation.rules)
    ]
    return [fault for fault in faults if fault is not None]


def _fault(rule: RowRule, mask: NDArray[np.bool_]) -> Fault | None:
    rows = pl.Series(np.flatnonzero(mask) + 1, dtype=pl.UInt32)
    return None if rows.is_empty() else Fault(rule.column, rule.code, rows)
