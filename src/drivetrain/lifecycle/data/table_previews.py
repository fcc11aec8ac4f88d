"""What would come of taking a file as a table: its columns, the rows that pass, why others do not, the first ones."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.column_mapping import ColumnMapping, MappedColumn
from drivetrain.lifecycle.data.contracts import Contract, Scalar
from drivetrain.lifecycle.data.table_specs import TableSpec


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """The rows that are refused for the same reason.

    Attributes:
        count: wrong cells; a row may have several.
        row: 1-based data row of the first.
        cell: what stands there; None where it is empty.
    """

    column: str
    code: str
    count: int
    row: int
    cell: str | None

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "column": self.column,
            "code": self.code,
            "count": self.count,
            "example": {"row": self.row, "cell": self.cell},
        }


@dataclass(frozen=True, slots=True)
class TablePreview:
    """A file read as a table.

    Attributes:
        headings: what the file calls the columns that are read of it, by the table's names.
        missing: needed columns that it lacks. While there is one, no row is read.
        ignored: its other headings.
        suggestions: headings that may be meant for missing columns.
        accepted: rows that pass.
        refused: rows that do not.
        first_rows: accepted rows as they would be learned from, column by column.
        most_refused: share of the rows that may be refused.
    """

    headings: Mapping[str, str]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    suggestions: tuple[MappedColumn, ...] = ()
    accepted: int = 0
    refused: int = 0
    reasons: tuple[RefusalReason, ...] = ()
    first_rows: Mapping[str, Sequence[Scalar | None]] = field(default_factory=dict)
    most_refused: float = 0.0

    @property
    def refused_share(self) -> float:
        """Of all rows, in [0, 1]; 0 without rows."""
        rows = self.accepted + self.refused
        return self.refused / rows if rows else 0.0

    def refusal(self, *, accept_refused: bool = False) -> TableRefusedError | None:
        """Why the file is not taken; None where it is.

        Args:
            accept_refused: also where more rows are refused than may be.
        """
        if self.missing:
            return TableRefusedError(
                self, _lacking(self.missing), "data.missing_columns", self._missing_errors()
            )
        if not self.accepted:
            return TableRefusedError(self, "The table has no row that can be used.", "data.no_good_rows")
        if self.refused_share > self.most_refused and not accept_refused:
            detail = (
                f"{self.refused:,} of {self.accepted + self.refused:,} rows would be refused "
                f"({self.refused_share:.1%}; at most {self.most_refused:.0%} may be)."
            )
            return TableRefusedError(self, detail, "data.too_many_refused")
        return None

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "headings": dict(self.headings),
            "missing": list(self.missing),
            "ignored": list(self.ignored),
            "suggestions": [str(suggestion) for suggestion in self.suggestions],
            "accepted_rows": self.accepted,
            "refused_rows": self.refused,
            "reasons": [reason.as_dict() for reason in self.reasons],
            "first_rows": {name: list(cells) for name, cells in self.first_rows.items()},
        }

    def _missing_errors(self) -> list[FieldError]:
        offers = {suggestion.column: suggestion for suggestion in self.suggestions}
        return [
            FieldError(
                "input.missing_column",
                f"The column {name} is missing.{_offer(offers.get(name))}",
                column=name,
            )
            for name in self.missing
        ]


class TableRefusedError(InvalidInputError):
    """A file that is not taken as a table; nothing was changed."""

    title = "The table is refused"

    def __init__(
        self, preview: TablePreview, detail: str, code: str, errors: Sequence[FieldError] = ()
    ) -> None:
        super().__init__(detail, code=code, errors=errors)
        self.preview = preview


PreviewFile = Callable[[Path, TableSpec, Contract | None, ColumnMapping, Progress], TablePreview]
"""Reads a file as a table by the contract of the model that learns from it, or by the table's own rules. Raises
ContractError where a column is there twice, and UnreadableInputError where the file is no table."""


def _lacking(names: Sequence[str]) -> str:
    return f"The table lacks {len(names)} {'column' if len(names) == 1 else 'columns'}."


def _offer(suggestion: MappedColumn | None) -> str:
    return "" if suggestion is None else f" Did you mean {shlex.quote(str(suggestion))}?"
