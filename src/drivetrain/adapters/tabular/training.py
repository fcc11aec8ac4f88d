"""Reading a training table: the same parsing and the same contract as an upload, with the target, in this process."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drivetrain.adapters.tabular.frame_checks import Fault, check_table, quarantine, with_faults
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.parquet import read_parquet
from drivetrain.adapters.tabular.reading import read_table
from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.data.table_parts import open_parts
from drivetrain.lifecycle.data.table_specs import Preparation, RowRule
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


def read_training_table(
    path: Path, contract: Contract, quarantine_file: Path, preparation: Preparation | None = None
) -> ReadTable:
    """Read a table with its target, setting broken rows aside.

    Args:
        preparation: makes the contract's columns where the file has others.

    Raises:
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
        InvalidInputError: no row passed.
    """
    with open_parts(path) as parts:
        prepared_parts = [_cells(part, contract, preparation) for part in parts]
    cells = pl.concat([prepared for prepared, _ in prepared_parts])
    checked = check_table(cells, contract, with_target=True)
    if preparation is not None:
        broken = {
            rule: np.concatenate([by_rule[index] for _, by_rule in prepared_parts])
            for index, rule in enumerate(preparation.rules)
        }
        checked = with_faults(
            checked, [fault for rule, mask in broken.items() if (fault := _fault(rule, mask))]
        )
    rows_file = None
    if checked.bad_rows:
        quarantine_file.parent.mkdir(parents=True, exist_ok=True)
        quarantine(cells, checked, quarantine_file)
        rows_file = quarantine_file
    if checked.frame.is_empty():
        raise InvalidInputError(
            f"No row of {path.name} passes the contract.", code="data.no_good_rows", errors=checked.errors
        )
    rows = {name: checked.frame.get_column(name).to_list() for name in contract.names}
    target = checked.frame.get_column(contract.target.name).to_numpy().astype(np.float64)
    return ReadTable(TrainingTable(rows, target), checked.bad_rows, checked.counts, rows_file)


def _cells(
    path: Path, contract: Contract, preparation: Preparation | None
) -> tuple[pl.DataFrame, list[NDArray[np.bool_]]]:
    """The text cells of the contract's columns and its target, and for each rule the rows that break it."""
    if preparation is None:
        names = [*contract.names, contract.target.name]
        return _read(path, names, contract.optional_names), []
    frame_read = _read(path, preparation.columns, preparation.optional)
    raw = {name: frame_read.get_column(name).to_list() for name in frame_read.columns}
    prepared = preparation.prepare(raw)
    frame = pl.DataFrame({name: pl.Series(name, cells, dtype=pl.String) for name, cells in prepared.items()})
    return frame, [np.asarray(rule.breaks(raw), dtype=np.bool_) for rule in preparation.rules]


def _read(path: Path, names: Sequence[str], optional: Collection[str]) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return read_parquet(path, names, optional)
    # The mark of a synthetic table stands in the first row, so nothing may stand above it.
    limits = ParseLimits(header_rows=1)
    return read_table(path, names, limits, optional=optional).rectangular().contract_cells()


def _fault(rule: RowRule, mask: NDArray[np.bool_]) -> Fault | None:
    rows = pl.Series(np.flatnonzero(mask) + 1, dtype=pl.UInt32)
    return None if rows.is_empty() else Fault(rule.column, rule.code, rows)
