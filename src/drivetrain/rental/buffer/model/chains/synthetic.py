"""A synthetic table of rental delays as a file, marked as such in every row."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.generating import check_generation
from drivetrain.rental.buffer.domain.chains import CAR_ID, COLUMNS, PREVIOUS_ID, RENTAL_ID
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, Columns, generate

_ROWS_PER_CAR = 2.3  # a little less than what the default truth draws, so that one draw is usually enough


def write_synthetic(path: Path, rows: int, seed: int, progress: Progress) -> None:
    """Draw rentals of the default truth and write them as CSV, numbered upward to -1.

    Negative numbers of rentals are the mark of generated rows; they still rise with the time of booking.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    check_generation(rows, seed)
    with progress.stage("generate", total=rows, unit="rows") as stage:
        columns = draw(rows, seed)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(zip(*(columns[name] for name in COLUMNS), strict=True))
        stage.advance(rows)


def draw(rows: int, seed: int) -> Columns:
    """Exactly ``rows`` rentals, in the columns of the table: whole cars, and of the last one its first rentals."""
    n_cars = max(1, round(rows / _ROWS_PER_CAR))
    columns = generate(ChainTruth(), n_cars=n_cars, seed=seed)
    while len(columns[RENTAL_ID]) < rows:
        n_cars += n_cars // 10 + 1
        columns = generate(ChainTruth(), n_cars=n_cars, seed=seed)
    # a rental stays behind its previous one
    by_car = np.argsort(np.array(columns[CAR_ID], dtype=np.int64), kind="stable")
    first_rows = np.sort(by_car[:rows])
    new_id = {columns[RENTAL_ID][row]: place - rows for place, row in enumerate(first_rows.tolist())}
    chosen: Columns = {name: [columns[name][row] for row in first_rows.tolist()] for name in COLUMNS}
    chosen[RENTAL_ID] = [new_id[number] for number in chosen[RENTAL_ID]]
    chosen[PREVIOUS_ID] = [None if number is None else new_id[number] for number in chosen[PREVIOUS_ID]]
    return chosen
