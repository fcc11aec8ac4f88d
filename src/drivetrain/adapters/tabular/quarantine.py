"""Setting rows aside: as they were, with the reasons, where a person will look."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from drivetrain.core.errors import FieldError


def write_quarantine(cells: Mapping[str, Sequence[object]], errors: Iterable[FieldError], path: Path) -> None:
    """Write the broken rows of a table with a last column ``reasons``, as CSV; without broken rows, nothing.

    Args:
        cells: the table column by column.
        errors: each with its 1-based row.
        path: replaced when it exists.
    """
    reasons: dict[int, list[str]] = {}
    for error in errors:
        if error.row is not None:
            reasons.setdefault(error.row, []).append(f"{error.column}: {error.code}")
    if not reasons:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*cells, "reasons"])
        for row in sorted(reasons):
            writer.writerow([*(column[row - 1] for column in cells.values()), "; ".join(reasons[row])])
