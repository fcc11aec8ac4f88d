"""Checking a table whose rows only make sense together: its product judges all cells, broken rows are set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.quarantine import set_aside
from drivetrain.adapters.tabular.reading import read_table
from drivetrain.lifecycle.data.known_tables import CheckCells


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What a check came to.

    Attributes:
        reasons: how many cells are wrong, by code.
        set_aside: the file with the broken rows and their reasons; None when none is broken.
    """

    good_rows: int
    broken_rows: int
    reasons: Mapping[str, int]
    set_aside: Path | None


def check_rows(path: Path, columns: Sequence[str], check: CheckCells, quarantine_file: Path) -> TableCheck:
    """Read a table and have all of its cells judged.

    Raises:
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
    """
    frame = read_table(path, columns, ParseLimits()).contract_cells()
    cells = {name: frame.get_column(name).to_list() for name in columns}
    good, errors = check(cells)
    set_aside(cells, errors, quarantine_file)
    reasons = Counter(error.code for error in errors)
    return TableCheck(good, frame.height - good, dict(reasons), quarantine_file if errors else None)
