"""Checking a table by a contract, without its file: plain numbers, digit groups in every cell, a wrong word in every cell."""

from __future__ import annotations

import time

import polars as pl

from bench.report import Figure, at_most
from drivetrain.adapters.tabular.frame_checks import check_table
from drivetrain.rental.price.model.contract import RENTAL_PRICE

ROWS = 100_000
PLAIN_S = 0.5
ODD_S = 2.0
"""Each number or word is read by Python, and still not every one is compared with every word of the list."""


def measure(*, is_quick: bool) -> list[Figure]:
    """Processor time of one check, in rounds that take turns."""
    tables = {
        "plain": (f"check of {ROWS:,} rows, plain numbers", _table(), PLAIN_S),
        "groups": ("the same with digit groups in a column", _table(mileage=_grouped()), ODD_S),
        "words": ("the same with a wrong word in every row", _table(fuel=_misspelled()), ODD_S),
    }
    used: dict[str, list[float]] = {name: [] for name in tables}
    for _ in range(2 if is_quick else 5):
        for name, (_, table, _) in tables.items():
            used[name].append(_cpu_s(table))
    return [at_most(what, used[name], limit, "s of CPU") for name, (what, _, limit) in tables.items()]


def _table(**columns: pl.Series) -> pl.DataFrame:
    row = {name: str(value) for name, value in RENTAL_PRICE.example().items()}
    table = pl.DataFrame({name: pl.Series([text]) for name, text in row.items()})
    return pl.concat([table] * ROWS, rechunk=True).with_columns(
        series.alias(name) for name, series in columns.items()
    )


def _grouped() -> pl.Series:
    return pl.Series([f"{number:,}" for number in range(100_000, 100_000 + ROWS)])


def _misspelled() -> pl.Series:
    return pl.Series(range(ROWS)).cast(pl.String) + "diesl"


def _cpu_s(table: pl.DataFrame) -> float:
    started = time.process_time()
    check_table(table, RENTAL_PRICE, with_target=False)
    return time.process_time() - started
