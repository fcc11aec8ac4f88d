"""Writing a generated table piece by piece: memory does not grow with the rows, and a seed draws the same table again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.validation import IndexArray


def check_generation(rows: int, seed: int) -> None:
    """Refuse what draws no table.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    if rows < 1 or seed < 0:
        raise InvalidInputError(
            "A generated table needs at least 1 row and a seed of 0 or more.", code="data.bad_generation"
        )


def row_chunks(rows: int, chunk_rows: int) -> Iterator[IndexArray]:
    """The numbers of a table's rows from 0, some at a time."""
    for start in range(0, rows, chunk_rows):
        yield np.arange(start, min(start + chunk_rows, rows))


def write_chunks(
    path: Path, chunks: Iterator[pl.DataFrame], rows: int, progress: Progress, *, header: str | None = None
) -> None:
    """Write frames of the same columns below each other into a CSV file.

    Args:
        header: its line, where it is not that of polars, which quotes an empty name.

    Raises:
        OSError: the file cannot be written.
    """
    with progress.stage("generate", total=rows, unit="rows") as stage, path.open("wb") as file:
        if header is not None:
            file.write(f"{header}\n".encode())
        for number, chunk in enumerate(chunks):
            # a full disk is then an OSError with its number
            file.write(chunk.write_csv(include_header=number == 0 and header is None).encode())
            stage.advance(chunk.height)
