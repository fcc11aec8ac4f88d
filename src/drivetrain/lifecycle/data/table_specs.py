"""What the platform knows of a table before it holds one: its names, where the original stands, how to imitate it.

A product adds its tables by listing a ``TableSpec`` in its card.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from drivetrain.core.errors import ConflictError, FieldError
from drivetrain.core.progress import Progress
from drivetrain.core.text import spelling_key
from drivetrain.lifecycle.data.contracts import Column, Contract

WriteSynthetic = Callable[[Path, int, int, Progress], None]
"""Writes a generated table: file to make, rows, seed. Numbers its rows below zero in its mark column.

Published tables number their rows upward from 0 or 1. The sign therefore tells generated rows from
real ones, in the file itself: copies, excerpts and files saved again by a spreadsheet keep it.
"""

CheckCells = Callable[[Mapping[str, Sequence[object]]], tuple[int, Sequence[FieldError]]]
"""Judges a whole table of text cells, column by column: how many rows are good, and what is wrong with the
others."""


Cells = Mapping[str, Sequence[str | None]]
"""The cells of a table as text, column by column; None where one is empty."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """Rows that are set aside before a model learns from a table, whatever their single cells say.

    Attributes:
        column: in which the fault shows, of the contract.
        code: what the quarantine file and the counts call it.
        breaks: for each row of the file, True where the rule is broken.
    """

    column: str
    code: str
    breaks: Callable[[Cells], Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a published table becomes the one of its contract, where its columns are not the same.

    Attributes:
        columns: what is read of the file.
        prepare: makes the contract's columns, as text, of those; one cell for each row, None where it is
            empty.
        optional: those of ``columns`` that a file may lack: ``prepare`` and the rules then do not find them.
        rules: which rows are set aside.
    """

    columns: tuple[str, ...]
    prepare: Callable[[Cells], Cells]
    optional: frozenset[str] = frozenset()
    rules: tuple[RowRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """One address of a published table, and what its file is recognized by.

    Attributes:
        url: https only.
        limit_bytes: most bytes a download may have.
        sha256: of the published file; None where it is not known.
        rows: data rows of the published CSV file, which stand in for an unknown checksum.
    """

    url: str
    limit_bytes: int
    sha256: str | None = None
    rows: int | None = None

    def __post_init__(self) -> None:
        """Refuse an address that could not be trusted."""
        if urlsplit(self.url).scheme != "https":
            raise ValueError(f"an origin is fetched over https only, not {self.url!r}")
        if self.sha256 is None and self.rows is None:
            raise ValueError(
                f"a file from {self.url!r} could not be recognized: give its checksum or its rows"
            )

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table that a product learns from.

    Attributes:
        name: what the platform calls it, for example ``car-prices``.
        summary: one sentence: what a row is.
        header: column names of the published file, in order; an unnamed column is ``""``.
        file_names: where the real table may lie inside a data folder, most specific first.
        kinds: accepted file name endings, lower case, with the dot.
        source: where the published table comes from, a sentence.
        licence: as the source states it, or ``unstated``.
        origins: where it can be fetched, best first; possibly none.
        write_synthetic: makes a generated table with the same header.
        usual_rows: rows to generate when nobody says how many.
        mark_column: the column in which generated rows carry negative numbers; ``""`` is the unnamed one.
        check: judges the table where no model's contract does; None where one does.
        preparation: comes before the contract's check; None where the published columns are the contract's.
        part_names: patterns of the files that together are the table, in one of the folders that
            ``file_names`` name or in one that is added; empty where the table is one file. Such a table is
            kept as an archive of its parts.
        most_refused: share of the rows of a file that may be refused, in [0, 1]; with more it is another table, or
            one whose units or columns were confused, and is taken only knowingly.
        also_called: further names by which files call a column, in any language. They are offered to whoever
            adds a table, never taken by themselves.
    """

    name: str
    summary: str
    header: tuple[str, ...]
    file_names: tuple[str, ...]
    kinds: tuple[str, ...]
    source: str
    licence: str
    origins: tuple[Origin, ...]
    write_synthetic: WriteSynthetic
    usual_rows: int
    mark_column: str = ""
    check: CheckCells | None = None
    preparation: Preparation | None = None
    part_names: tuple[str, ...] = ()
    most_refused: float = 0.2
    also_called: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def parts_in(self, folder: Path) -> list[Path]:
        """The files of a folder that together are the table, by name."""
        return sorted(
            {path for pattern in self.part_names for path in folder.glob(pattern) if path.is_file()}
        )


def table_columns(table: TableSpec, contract: Contract | None) -> dict[str, Column | None]:
    """What is read of a table's file, by name, each with the contract's column of that name where there is one.

    Args:
        contract: of the model that learns from the table; None where the table has rules of its own.
    """
    if contract is None:
        return dict.fromkeys(table.header)
    return columns_read(contract, table.preparation)


def optional_columns(table: TableSpec, contract: Contract | None) -> frozenset[str]:
    """Those that a file may lack."""
    if table.preparation is not None:
        return table.preparation.optional
    return frozenset() if contract is None else contract.optional_names


def columns_read(contract: Contract, preparation: Preparation | None) -> dict[str, Column | None]:
    """The columns of a contract with its target, or those from which they are prepared."""
    columns: tuple[Column, ...] = (*contract.columns, contract.target)
    by_key = {spelling_key(column.name): column for column in columns}
    names = [column.name for column in columns] if preparation is None else preparation.columns
    return {name: by_key.get(spelling_key(name)) for name in names}


def check_published_shape(path: Path, table: TableSpec, rows: int) -> None:
    """Recognize a published CSV file whose checksum is not known: same header, same number of rows, none ragged.

    Raises:
        ConflictError: the file is something else.
        OSError: the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = tuple(next(lines, ()))
            widths = [len(line) for line in lines]
    except (UnicodeDecodeError, csv.Error):
        raise _changed(table, "it is not a CSV file in UTF-8") from None
    compare_published_shape(table, header, len(widths), rows)
    if any(width != len(header) for width in widths):
        raise _changed(table, "some rows do not have as many cells as the header")


def compare_published_shape(table: TableSpec, header: Sequence[str], found_rows: int, rows: int) -> None:
    """Compare header and number of rows with the published ones.

    Raises:
        ConflictError: they differ.
    """
    if tuple(header) != table.header:
        raise _changed(table, "its columns are not the published ones")
    if found_rows != rows:
        raise _changed(table, f"it has {found_rows:,} rows instead of {rows:,}")


def _changed(table: TableSpec, reason: str) -> ConflictError:
    return ConflictError(
        f"This is not the published {table.name} table: {reason}.", code="data.origin_changed"
    )
