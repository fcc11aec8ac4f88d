"""Checking a table that models learn from: broken rows are set aside and counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivetrain.adapters.tabular.mapped import read_mapped
from drivetrain.adapters.tabular.quarantine import write_quarantine
from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.data.datasets import sha256_of
from drivetrain.lifecycle.data.table_specs import CheckCells, TableSpec


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What a check came to.

    Attributes:
        reasons: how many cells are wrong, by code.
        quarantine_file: the file with the broken rows and their reasons; None when none is broken.
    """

    good_rows: int
    broken_rows: int
    reasons: Mapping[str, int]
    quarantine_file: Path | None

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "good_rows": self.good_rows,
            "broken_rows": self.broken_rows,
            "reasons": dict(self.reasons),
            "set_aside": None if self.quarantine_file is None else str(self.quarantine_file),
        }


def check_table_file(
    path: Path,
    table: TableSpec,
    contract: Contract | None,
    quarantine: Path,
    mapping: ColumnMapping = UNMAPPED,
) -> TableCheck:
    """Check a file as a table by the product's own rules, or by the contract of the model that learns from it.

    Args:
        contract: of that model; None where the table has rules of its own.
        quarantine: folder for the broken rows.
        mapping: where the file has names of its own.

    Raises:
        InvalidInputError: ``path`` is a folder, or no row passes.
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
    """
    if path.is_dir():
        raise InvalidInputError(
            f"{path} is a folder. Check its files one by one, or add it and check the table without naming a file.",
            code="data.not_a_file",
        )
    quarantine_file = quarantine / f"{table.name}-{sha256_of(path)[:12]}.csv"
    if table.check is not None:
        return _check_rows(path, table.header, table.check, quarantine_file, mapping)
    if contract is None:
        raise LookupError(f"nothing says what the rows of {table.name} must be")
    table_read = read_training_table(path, contract, quarantine_file, table.preparation, mapping)
    return TableCheck(
        len(table_read.table.target), table_read.broken, table_read.reasons, table_read.quarantine_file
    )


def _check_rows(
    path: Path, columns: Sequence[str], check: CheckCells, quarantine_file: Path, mapping: ColumnMapping
) -> TableCheck:
    """Read a table whose rows only make sense together, and have its product judge all cells."""
    frame = read_mapped(path, dict.fromkeys(columns), (), mapping).cells
    cells = {name: frame.get_column(name).to_list() for name in columns}
    good, errors = check(cells)
    write_quarantine(cells, errors, quarantine_file)
    reasons = Counter(error.code for error in errors)
    return TableCheck(good, frame.height - good, dict(reasons), quarantine_file if errors else None)
