"""Trains the trip duration model of one source tree on the cases of ``later_day``, and writes its answers.

Run as a script with ``PYTHONPATH`` on the source tree, so that an older tree trains with its own code: what is
used of it are the functions by which every version trains, is loaded and answers.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.features import take
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.learning.validation import random_parts
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.city.domain.civil_time import day_kinds
from drivetrain.trips.duration.model.contract import MODEL_NAME, TRIP_DURATION
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI
from drivetrain.trips.duration.model.estimator import trips_of
from drivetrain.trips.duration.model.predictor import load
from drivetrain.trips.duration.model.training import train_duration

MARCH, APRIL, MAY = "trips_2022-03-01.parquet", "trips_2022-04-01.parquet", "trips_2022-05-16.csv.gz"
SAMPLE = "trips_2013_2016_sample.csv.gz"

PARTS, SEED = 5, 20_261
"""Parts of the sample, whole days drawn at random. Nothing is chosen by parts of this seed."""

SATURDAY = 5
"""First kind of day off: Saturdays, Sundays, federal holidays."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is learned from and what is judged on.

    Attributes:
        old, new: files that the two sides learn from; the older side never took the sample.
        judged: the file that is judged on.
        is_split: True where ``judged`` is cut into parts of whole days: each is judged by a model that learned from
            its side's files and, where these hold ``judged``, its other parts.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    judged: str
    is_split: bool = False


CASES = {
    "later day": Case((MARCH, APRIL), (MARCH, APRIL, SAMPLE), MAY),
    "later day, the same files": Case((MARCH, APRIL), (MARCH, APRIL), MAY),
    "April by March": Case((MARCH,), (MARCH, SAMPLE), APRIL),
    "March by April": Case((APRIL,), (APRIL, SAMPLE), MARCH),
    "days of the sample": Case((MARCH, APRIL), (MARCH, APRIL, SAMPLE), SAMPLE, is_split=True),
}


def main() -> int:
    """Arguments: folder of the tables, ``old`` or ``new``, name of the case, how many parts are judged, file to write."""
    folder, side, name, judged_parts, into = sys.argv[1:]
    case = CASES[name]
    files = getattr(case, side)
    started = time.perf_counter()
    answers = [_answers(train, test) for train, test in _splits(Path(folder), case, files, int(judged_parts))]
    columns = {column: np.concatenate([part[column] for part in answers]) for column in answers[0]}
    np.savez(into, seconds=time.perf_counter() - started, **columns)  # type: ignore[arg-type] # no column is a flag
    return 0


@cache
def _table(path: Path) -> TrainingTable:
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / path.name.removesuffix(".gz")
        plain.write_bytes(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
        aside = Path(scratch) / "aside.csv"
        return read_training_table(plain, TRIP_DURATION, aside, CHICAGO_TAXI.preparation).table


def _splits(
    folder: Path, case: Case, files: tuple[str, ...], judged_parts: int
) -> Iterator[tuple[TrainingTable, TrainingTable]]:
    judged = _table(folder / case.judged)
    others = [_table(folder / file) for file in files if file != case.judged]
    if not case.is_split:
        yield _joined(others), judged
        return
    days, place = np.unique(trips_of(judged).days, return_inverse=True)
    parts = random_parts(len(days), PARTS, SEED)[place]
    if case.judged not in files:  # the same model for every part
        order = np.argsort(parts, kind="stable")
        yield _joined(others), _some(judged, order[parts[order] < judged_parts])
        return
    for part in range(judged_parts):
        rest = _some(judged, np.flatnonzero(parts != part))
        yield _joined([*others, rest]), _some(judged, np.flatnonzero(parts == part))


def _answers(train: TrainingTable, test: TrainingTable) -> dict[str, np.ndarray]:
    """What a version trained on one table answers for another, and what tells the segments apart."""
    fitted = train_duration(train, {}, None, SilentProgress())
    estimates = load(fitted.files, ModelRef(MODEL_NAME, "1")).estimate(test.rows)
    starts = trips_of(test).starts
    counts = np.bincount(trips_of(train).starts.pairs, minlength=int(starts.pairs.max()) + 1)
    return {
        "truth": test.target,
        "predicted": estimates.duration_min,
        "low": estimates.low,
        "high": estimates.high,
        "pair": starts.pairs,
        "civil_hour": starts.civil_hours,
        "is_day_off": day_kinds(starts.civil_hours // 24) >= SATURDAY,
        "pair_trips": counts[starts.pairs],
    }


def _joined(tables: list[TrainingTable]) -> TrainingTable:
    rows = {name: [cell for table in tables for cell in table.rows[name]] for name in TRIP_DURATION.names}
    return TrainingTable(rows, np.concatenate([table.target for table in tables]))


def _some(table: TrainingTable, rows: np.ndarray) -> TrainingTable:
    return TrainingTable(take(table.rows, rows), table.target[rows])


if __name__ == "__main__":
    sys.exit(main())
