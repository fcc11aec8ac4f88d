"""Joins the table parser to the HTTP edge: what the one gives, as the other asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import ParsedTable, parse_table
from drivetrain.core.errors import FieldError
from drivetrain.lifecycle.data.contracts import FieldWarning, RowContract

CHUNK_ROWS = 2_000
_NOT_LISTED = FieldError(
    "input.contract", "The row breaks the contract; only the first errors of a table are described."
)


class ParsedRows:
    """A parsed upload, row by row."""

    def __init__(self, parsed: ParsedTable) -> None:
        self._parsed = parsed
        self.total = parsed.report.rows
        self.ignored_columns = parsed.report.ignored_columns
        self.failed = _errors_by_row(parsed)
        self.warnings = _warnings_by_row(parsed)

    def chunks(self) -> Iterator[Sequence[bytes]]:
        """The good rows in order, as canonical JSON text."""
        return self._parsed.lines(CHUNK_ROWS)

    def header(self) -> list[str]:
        """The original column names."""
        return next(self._parsed.original())

    def original(self) -> Iterator[list[str]]:
        """The original cells of every row, in order."""
        rows = self._parsed.original()
        next(rows)
        return rows


def parse_upload(
    upload: Path, contract: RowContract, into: Path, *, with_original: bool, limits: ParseLimits
) -> ParsedRows:
    """Parse and check an upload in a limited child process."""
    return ParsedRows(parse_table(upload, contract, into, limits=limits, with_original=with_original))


def _errors_by_row(parsed: ParsedTable) -> Mapping[int, Sequence[FieldError]]:
    found: dict[int, list[FieldError]] = {int(row): [] for row in parsed.report.bad_rows}
    for error in parsed.report.errors:
        if error.row is not None:
            found[error.row].append(error)
    return {row: errors or [_NOT_LISTED] for row, errors in found.items()}


def _warnings_by_row(parsed: ParsedTable) -> Mapping[int, Sequence[FieldWarning]]:
    if not parsed.report.warnings:
        return {}
    numbers = parsed.report.good_row_numbers()
    found: dict[int, list[FieldWarning]] = {}
    for warning, lines in parsed.report.warnings:
        for row in numbers[lines].tolist():
            found.setdefault(row, []).append(warning)
    return found
