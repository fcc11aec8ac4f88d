"""Checked rows as lines of JSON, a column at once: the bytes that the same row has when it comes as JSON."""

from __future__ import annotations

from pathlib import Path

import orjson
import polars as pl

_ROWS_AT_ONCE = 100_000
_FEW = 1_000
"""A column of no more different words is written word by word."""


def write_rows(rows: pl.DataFrame, path: Path) -> None:
    """One line for each row.

    Args:
        rows: canonical values (Int64, Float64, String, Boolean), null for none; finite numbers.
        path: replaced when it exists.
    """
    with path.open("wb") as file:
        for part in rows.iter_slices(_ROWS_AT_ONCE):
            lines = part.select(_line(part))
            lines.write_csv(file, include_header=False, quote_style="never")


def _line(rows: pl.DataFrame) -> pl.Expr:
    """The objects of all rows as text; no value in JSON has a line break."""
    pieces: list[pl.Expr | pl.Series] = []
    for place, column in enumerate(rows.iter_columns()):
        start = "," if place else "{"
        pieces += [pl.lit(f"{start}{_text(column.name)}:"), _texts(column)]
    return pl.concat_str(*pieces, pl.lit("}"))


def _texts(column: pl.Series) -> pl.Series:
    """The JSON text of every value."""
    if column.dtype in {pl.Int64, pl.Boolean}:
        return column.cast(pl.String).fill_null("null")
    if column.dtype == pl.Float64:
        numbers = orjson.dumps(column.to_list()).decode()
        return pl.Series(column.name, numbers[1:-1].split(","), dtype=pl.String)
    words = column.unique()
    if len(words) > _FEW:
        return _each(column)
    return column.replace_strict(words, _each(words), return_dtype=pl.String)


def _each(values: pl.Series) -> pl.Series:
    return pl.Series(values.name, [_text(value) for value in values.to_list()], dtype=pl.String)


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
