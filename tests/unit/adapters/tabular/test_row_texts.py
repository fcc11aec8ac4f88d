"""A checked row of a table is the bytes of the same row in JSON, and a sent one the text of the same row in CSV."""

from __future__ import annotations

import io
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivetrain.adapters.tabular.answers import write_csv
from drivetrain.adapters.tabular.row_texts import write_csv_lines, write_rows

ROWS = pl.DataFrame(
    {
        "number": [0.0, -0.0, 1e-5, 1e16, 5e-324, 0.1 + 0.2, None],
        "whole": [0, -1, 2**53, -(2**53), 7, None, 7],
        'name "of" it': ['"', "\\", "line\nend\r\t\x00\x1f", "日本 🚗 \u2028", "", None, " a "],
        "flag": [True, False, True, False, None, True, False],
    },
    schema={"number": pl.Float64, "whole": pl.Int64, 'name "of" it': pl.String, "flag": pl.Boolean},
)


def lines(rows: pl.DataFrame, path: Path) -> list[bytes]:
    write_rows(rows, path)
    return path.read_bytes().splitlines()


def test_lines_are_the_bytes_of_the_rows_as_json(tmp_path: Path) -> None:
    assert lines(ROWS, tmp_path / "rows") == [orjson.dumps(row) for row in ROWS.iter_rows(named=True)]


def test_a_column_of_many_words_is_written_like_one_of_few(tmp_path: Path) -> None:
    words = pl.DataFrame({"word": [f'"{number}' for number in range(1_500)] + [None]})
    assert lines(words, tmp_path / "rows") == [orjson.dumps(row) for row in words.iter_rows(named=True)]


def test_no_rows_are_no_lines(tmp_path: Path) -> None:
    assert lines(ROWS.clear(), tmp_path / "rows") == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(st.text("a1 =-+@\"',;\t\xa0\x1c\ufeff＝é.e", max_size=6), min_size=2, max_size=2), min_size=1
    )
)
def test_csv_lines_are_what_the_csv_module_writes(tmp_path: Path, rows: list[list[str]]) -> None:
    path, file = tmp_path / "lines", io.BytesIO()
    write_csv_lines(pl.DataFrame(rows, schema=["0", "7"], orient="row"), path)
    write_csv(file, ["a", "b"], rows)
    _, *expected, _ = file.getvalue().split(b"\r\n")
    assert path.read_bytes().splitlines() == expected


@pytest.mark.parametrize("cell", ["two\nlines", "two\rlines"])
def test_cells_of_several_lines_are_left_to_the_csv_module(tmp_path: Path, cell: str) -> None:
    write_csv_lines(pl.DataFrame({"0": ["one", cell]}), tmp_path / "lines")
    assert not (tmp_path / "lines").exists()
