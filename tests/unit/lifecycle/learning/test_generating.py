"""Generated tables are written in pieces that make the same file as one piece."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.generating import check_generation, row_chunks, write_chunks


@pytest.mark.parametrize(("rows", "seed"), [(0, 1), (-5, 1), (1, -1)])
def test_a_table_without_rows_or_with_a_negative_seed_is_refused(rows, seed):
    with pytest.raises(InvalidInputError) as refused:
        check_generation(rows, seed)
    assert refused.value.code == "data.bad_generation"


def test_the_chunks_are_all_rows_in_order():
    chunks = list(row_chunks(10, 4))
    assert [len(chunk) for chunk in chunks] == [4, 4, 2]
    assert np.concatenate(chunks).tolist() == list(range(10))


def test_the_header_is_written_once(tmp_path):
    frames = (pl.DataFrame({"": chunk, "b": chunk * 2}) for chunk in row_chunks(3, 2))
    write_chunks(tmp_path / "table.csv", frames, 3, SilentProgress(), header=",b")
    assert (tmp_path / "table.csv").read_text() == ",b\n0,0\n1,2\n2,4\n"


def test_without_one_of_its_own_the_header_is_that_of_the_columns(tmp_path):
    frames = (pl.DataFrame({"a": chunk}) for chunk in row_chunks(3, 2))
    write_chunks(tmp_path / "table.csv", frames, 3, SilentProgress())
    assert (tmp_path / "table.csv").read_text() == "a\n0\n1\n2\n"
