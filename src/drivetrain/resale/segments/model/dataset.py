"""The table of buyers' interactions: how a marketplace's log becomes profiles of buyers, and how it is imitated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from drivetrain.core.errors import FieldError
from drivetrain.core.numerals import write_numeral
from drivetrain.lifecycle.data.cells import read_column
from drivetrain.lifecycle.data.contracts import Scalar
from drivetrain.lifecycle.data.table_specs import Preparation, TableSpec
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.resale.segments.model.contract import BUYER_PROFILE, DATASET_NAME, INTERACTION
from drivetrain.resale.segments.model.profiles import fold, interactions_of

BUYER = "buyer_id"
TASTE = BUYER_PROFILE.target.name
MARK_COLUMN = ""

Cells = Mapping[str, Sequence[str | None]]


def fold_buyers(cells: Cells) -> dict[str, Sequence[str | None]]:
    """The profiles of the buyers whose interactions these are, as text, in the order of their names.

    A buyer with an interaction that breaks its contract is not judged by the rest: the first field of the
    profile says in which row the fault lies, so that the profile's contract sets the buyer aside with that
    reason.
    """
    names = [(name or "").strip() for name in cells[BUYER]]
    buyers = sorted(set(names))
    place = {name: position for position, name in enumerate(buyers)}
    whose = np.array([place[name] for name in names], dtype=np.intp)
    faults: dict[int, str] = {} if "" not in place else {place[""]: "no buyer_id"}
    is_good = np.ones(len(names), dtype=np.bool_)
    values: dict[str, list[Scalar | None]] = {}
    for column in INTERACTION.columns:
        meanings = read_column(column, cells[column.name], INTERACTION.domain)
        values[column.name] = []
        for row, text in enumerate(cells[column.name]):
            meaning = meanings[text]
            if isinstance(meaning, FieldError):
                is_good[row] = False
                faults.setdefault(int(whose[row]), f"row {row + 1} of the log: {meaning.code}")
            values[column.name].append(None if isinstance(meaning, FieldError) else meaning)
    rows = np.flatnonzero(is_good)
    good = interactions_of({name: [column[row] for row in rows] for name, column in values.items()})
    profiles = fold(good, whose[rows], len(buyers))
    prepared: dict[str, list[str | None]] = {
        name: [None if value is None else write_numeral(value) for value in values]
        for name, values in profiles.items()
    }
    for position, fault_text in faults.items():
        prepared[BUYER_PROFILE.names[0]][position] = fault_text
    prepared[TASTE] = _tastes(cells.get(TASTE), whose, len(buyers))
    return dict(prepared)


def _tastes(
    cells: Sequence[str | None] | None, whose: np.ndarray[tuple[int], np.dtype[np.intp]], buyers: int
) -> list[str | None]:
    """What the generator drew each buyer with; None where the log is not a generated one."""
    tastes: list[str | None] = [None] * buyers
    for position, cell in zip(whose.tolist(), cells or (), strict=False):
        tastes[position] = cell
    return tastes


BUYER_INTERACTIONS_TABLE = TableSpec(
    name=DATASET_NAME,
    summary="One row per interaction of a buyer with a listing or the search of a marketplace.",
    header=(MARK_COLUMN, BUYER, "at", *INTERACTION.names, TASTE),
    file_names=("buyer_interactions/buyer_interactions.csv", "buyer_interactions.csv"),
    kinds=(".csv", ".xlsx", ".xls"),
    source="The interaction log of a marketplace; none is published, so that the table is generated until a log is added.",
    licence="the owner's of the log",
    origins=(),
    write_synthetic=when_called("drivetrain.resale.segments.model.generate:write_synthetic"),
    usual_rows=40_000,  # some 2,000 buyers
    mark_column=MARK_COLUMN,
    preparation=Preparation((BUYER, *INTERACTION.names, TASTE), fold_buyers, optional=frozenset({TASTE})),
)
