"""A Parquet file is typed: what is a number there stays the same number as a text cell."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from drivetrain.adapters.tabular.parquet import read_parquet
from drivetrain.core.numerals import read_numerals


def test_a_number_with_three_decimals_is_no_group_of_digits(tmp_path: Path) -> None:
    lengths = [1.125, -150.5, 8.2, 150.125, 0.125, 1e16]
    pl.DataFrame({"length": lengths}).write_parquet(tmp_path / "table.parquet")
    cells = read_parquet(tmp_path / "table.parquet", ["length"], [])["length"].to_list()
    assert [read_numerals([cell], lambda _: True)[cell] for cell in cells] == lengths
