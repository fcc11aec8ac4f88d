"""Reading a training table: the same parsing and the same contract as an upload, with the target, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.parse import read_any
from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.contracts import Contract
from drivetrain.lifecycle.known_tables import Preparation
from drivetrain.lifecycle.tables import check_table, quarantine
from drivetrain.lifecycle.training import TrainingTable


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as training gets it.

    Attributes:
        table: the rows that passed.
        broken: rows that did not.
        reasons: how many cells are wrong, by code.
        set_aside: the file with the broken rows and their reasons; None when none is broken.
    """

    table: TrainingTable
    broken: int
    reasons: Mapping[str, int]
    set_aside: Path | None


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
    cells = _cells(path, contract, preparation)
    checked = check_table(cells, contract, with_target=True)
    set_aside = None
    if checked.bad_rows:
        quarantine_file.parent.mkdir(parents=True, exist_ok=True)
        quarantine(cells, checked, quarantine_file)
        set_aside = quarantine_file
    if checked.frame.is_empty():
        raise InvalidInputError(f"No row of {path.name} passes the contract.", code="data.no_good_rows", errors=checked.errors)
    rows = {name: checked.frame.get_column(name).to_list() for name in contract.names}
    target = checked.frame.get_column(contract.target.name).to_numpy().astype(np.float64)
    return ReadTable(TrainingTable(rows, target), checked.bad_rows, checked.counts, set_aside)


def _cells(path: Path, contract: Contract, preparation: Preparation | None) -> pl.DataFrame:
    """The text cells of the contract's columns and its target."""
    if preparation is None:
        names = [*contract.names, contract.target.name]
        return read_any(path, names, ParseLimits(), optional=contract.optional_names).contract_cells()
    read = read_any(path, preparation.columns, ParseLimits(), optional=preparation.optional).contract_cells()
    prepared = preparation.prepare({name: read.get_column(name).to_list() for name in read.columns})
    return pl.DataFrame({name: pl.Series(name, cells, dtype=pl.String) for name, cells in prepared.items()})
