"""Reading a Parquet file of one's own as text cells, as the contract's checks take them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from drivetrain.core.errors import UnreadableInputError
from drivetrain.lifecycle.data.cells import match_header

_THREE_DECIMALS = r"^([+-]?[0-9]+\.[0-9]{3})$"
"""A number of this file is typed; as text its point must not be taken for one that groups digits."""


def parquet_header(path: Path) -> list[str]:
    """The names of the columns, as written.

    Raises:
        UnreadableInputError: it is not a Parquet file.
    """
    with _polars_errors(path):
        return list(pl.read_parquet_schema(path))


def read_parquet(path: Path, names: Sequence[str], optional: Collection[str]) -> pl.DataFrame:
    """The named columns as text; instants with a zone in UTC, civil times as they stand.

    Args:
        names: columns that the file must have.
        optional: those of ``names`` that it may lack.

    Raises:
        UnreadableInputError: it is not a Parquet file, or a column holds no plain values.
        ContractError: the file lacks columns or has one twice.
    """
    header = parquet_header(path)
    headings = {
        name: header[place] for name, place in match_header(header, names, optional).positions.items()
    }
    with _polars_errors(path):
        frame = pl.read_parquet(path, columns=list(headings.values()))
        return pl.DataFrame({name: _as_text(frame.get_column(column)) for name, column in headings.items()})


@contextmanager
def _polars_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise UnreadableInputError(
            f"{path.name} cannot be read as Parquet.", code="data.not_a_table"
        ) from error


def first_cells(path: Path, rows: int) -> list[list[str | None]]:
    """The first cells of every column as text, in the order of the header; None where they are no plain values.

    Raises:
        UnreadableInputError: it is not a Parquet file.
    """
    with _polars_errors(path):
        frame = pl.read_parquet(path, n_rows=rows)
        return [
            [None] * len(column)
            if column.dtype.is_nested() or column.dtype == pl.Binary
            else _as_text(column).to_list()
            for column in frame
        ]


def _as_text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None:
        return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    text = column.cast(pl.String)
    return text.str.replace(_THREE_DECIMALS, "${1}0") if column.dtype.is_float() else text
