"""What a change of a model did: the code of a commit beside the code here, on the same folds of the real table, in one run.

``python -m bench.model_changes --base COMMIT rental-price``

Folds, seeds and figures stand here and are committed before a model is changed. Each side runs in a process of its
own with its own ``src`` on the path; it gets the table as it is read here, and the folds, and gives price, low and
high of the rows it did not see.
Rows that are equal in every input stay in one part, so that no side is asked for a car that it has learned.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.data.contracts import FlagColumn, ListColumn
from drivetrain.lifecycle.kit.products import ModelSpec
from drivetrain.lifecycle.learning.evaluation import Segment, fifths
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.learning.validation import Folds, mean_over_folds
from drivetrain.products import model_named

ROOT = Path(__file__).resolve().parents[1]
PARTS = 5
SEED = 61_130
"""Of the folds here alone: neither of those on the model cards nor of those on which settings are chosen."""

REPEATS: Mapping[str, int] = {
    "rental-price": 4,
    "resale-price": 10,
    "used-car-price": 1,
    "used-car-price-au": 2,
    "used-car-price-in": 4,
}
"""Partitions into ``PARTS``; fewer where the table is long."""

SEGMENT_ROWS = 100
LEAST_COVERAGE = 0.86
MEASURES = ("MAE", "RMSE", "coverage", "mean width", "interval score")
_ONE_SIDE = "--one-side"
_TABLE, _SPLITS, _ANSWERS = "table.json", "splits.npz", "answers.npz"
_MOST_VALUES = 40  # a number with fewer values is judged value by value, as years are

FloatArray = NDArray[np.float64]


Split = tuple[NDArray[np.intp], NDArray[np.intp]]
Predict = Callable[[Split], Sequence[FloatArray]]


@dataclass(frozen=True, slots=True)
class Side:
    """What the code of one side says of rows that it did not see, fold by fold.

    Attributes:
        truth, price, low, high: for each fold, shape (n_test,).
    """

    truth: list[FloatArray]
    price: list[FloatArray]
    low: list[FloatArray]
    high: list[FloatArray]

    def measures(self) -> dict[str, list[float]]:
        """Figures of each fold by name; all but the coverage are better where they are lower."""
        measures: dict[str, list[float]] = {name: [] for name in MEASURES}
        for truth, price, low, high in zip(self.truth, self.price, self.low, self.high, strict=True):
            miss = np.maximum(low - truth, 0.0) + np.maximum(truth - high, 0.0)
            width = high - low
            values = (
                np.abs(price - truth).mean(),
                np.sqrt(((price - truth) ** 2).mean()),
                (miss == 0).mean(),
                width.mean(),
                (width + 2 / (1 - COVERAGE) * miss).mean(),
            )
            for name, value in zip(MEASURES, values, strict=True):
                measures[name].append(float(value))
        return measures

    def coverage_of(self, segments: Sequence[Segment]) -> dict[str, tuple[int, float]]:
        """Rows and coverage of each segment; its masks run over all folds in order."""
        truth, low, high = (np.concatenate(part) for part in (self.truth, self.low, self.high))
        inside = (low <= truth) & (truth <= high)
        return {name: (int(member.sum()), float(inside[member].mean())) for name, member in segments}


def main() -> None:
    """Run both sides and print their figures with the differences."""
    if sys.argv[1:2] == [_ONE_SIDE]:
        run_one_side(sys.argv[2], Path(sys.argv[3]))
        return
    options = argparse.ArgumentParser(prog="python -m bench.model_changes", description=__doc__)
    options.add_argument("model", choices=sorted(REPEATS))
    options.add_argument("--base", required=True, help="The commit whose code is the old side.")
    options.add_argument("--repeats", type=int, help="Fewer partitions, for trying out; not for quoting.")
    chosen = options.parse_args()
    table = real_table(model_named(chosen.model))
    splits = list(splits_of(table, chosen.repeats or REPEATS[chosen.model]))
    with tempfile.TemporaryDirectory(prefix="drivetrain-changes-") as folder:
        base = Path(folder) / "base"
        _check_out(chosen.base, base)
        old = _run_side(base / "src", chosen.model, table, splits, Path(folder) / "old")
        new = _run_side(ROOT / "src", chosen.model, table, splits, Path(folder) / "new")
    show(model_named(chosen.model), table, splits, old, new, chosen.base)


def real_table(spec: ModelSpec) -> TrainingTable:
    """The published table in ``DRIVETRAIN_DATA_DIR``, checked by the contract."""
    names = [Path(os.environ["DRIVETRAIN_DATA_DIR"]) / name for name in spec.table.file_names]
    path = next(path for path in names if path.is_file())
    with tempfile.TemporaryDirectory(prefix="drivetrain-changes-") as folder:
        if path.suffix == ".gz":
            packed, path = path, Path(folder) / path.stem
            path.write_bytes(gzip.decompress(packed.read_bytes()))
        return read_training_table(
            path, spec.contract, Path(folder) / "broken.csv", spec.table.preparation
        ).table


def splits_of(table: TrainingTable, repeats: int) -> Iterator[Split]:
    """Training and test rows of every fold; rows that are equal in every input share a part."""
    from drivetrain.lifecycle.learning.validation import twins  # the code of an old side may lack it

    return Folds(len(table.target), PARTS, repeats, SEED, twins(table.rows)).splits()


def run_one_side(model: str, folder: Path) -> None:
    """In the process of one side: fit on the training rows of each fold, and ask for the others."""
    stored_table = json.loads((folder / _TABLE).read_bytes())
    table = TrainingTable(stored_table["rows"], np.asarray(stored_table["target"]))
    predict = _PREDICTORS[model](model, table)
    with np.load(folder / _SPLITS) as stored:
        splits = [(stored[f"train{fold}"], stored[f"test{fold}"]) for fold in range(len(stored.files) // 2)]
    np.savez(folder / _ANSWERS, *(np.stack(predict(split)) for split in splits))


def _rental(_: str, table: TrainingTable) -> Predict:
    from drivetrain.rental.price.model.evaluate import held_out_range
    from drivetrain.rental.price.model.recipe import PriceRecipe

    return lambda split: held_out_range(table, split, PriceRecipe())


def _car(_: str, table: TrainingTable) -> Predict:
    from drivetrain.resale.price.model.evaluate import held_out_fold
    from drivetrain.resale.price.model.recipe import CarPriceRecipe

    def predict(split: Split) -> Sequence[FloatArray]:
        fold = held_out_fold(table, split, CarPriceRecipe())
        return fold.price, fold.low, fold.high

    return predict


def _used(model: str, table: TrainingTable) -> Predict:
    from drivetrain.resale.used.model.countries import COUNTRIES
    from drivetrain.resale.used.model.evaluate import held_out_range
    from drivetrain.resale.used.model.recipe import RECIPES

    country = next(country for country in COUNTRIES.values() if country.model_name == model)
    return lambda split: held_out_range(table, country, split, RECIPES[country.code])


_PREDICTORS: Mapping[str, Callable[[str, TrainingTable], Predict]] = {
    "rental-price": _rental,
    "resale-price": _car,
    "used-car-price": _used,
    "used-car-price-au": _used,
    "used-car-price-in": _used,
}


def _check_out(commit: str, folder: Path) -> None:
    """The ``src`` of a commit, in a folder of its own."""
    archive = subprocess.run(
        ["git", "archive", commit, "src"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def _run_side(source: Path, model: str, table: TrainingTable, splits: Sequence[Split], folder: Path) -> Side:
    folder.mkdir()
    parts: dict[str, Any] = {
        f"{name}{fold}": rows
        for fold, split in enumerate(splits)
        for name, rows in zip(("train", "test"), split, strict=True)
    }
    np.savez(folder / _SPLITS, **parts)
    (folder / _TABLE).write_text(json.dumps({"rows": table.rows, "target": table.target.tolist()}))
    subprocess.run(
        [sys.executable, "-m", "bench.model_changes", _ONE_SIDE, model, folder],
        cwd=ROOT,
        check=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    with np.load(folder / _ANSWERS) as stored:
        answers = [stored[f"arr_{fold}"] for fold in range(len(splits))]
    truth = [table.target[test] for _, test in splits]
    return Side(truth, *([answer[part] for answer in answers] for part in range(3)))


def show(
    spec: ModelSpec, table: TrainingTable, splits: Sequence[Split], old: Side, new: Side, base: str
) -> None:
    """Print figures with 95 % intervals over the folds, their paired differences, and the coverage by segment."""
    repeats = len(splits) // PARTS
    figures = Table(
        "measure", f"old ({base})", "new", "new − old", title=f"{spec.name}, {repeats} × {PARTS} folds"
    )
    measured_old, measured_new = old.measures(), new.measures()
    for name in MEASURES:
        pairs = list(zip(measured_new[name], measured_old[name], strict=True))
        values = (measured_old[name], measured_new[name], [mine - theirs for mine, theirs in pairs])
        digits = 3 if name == "coverage" else 2
        figures.add_row(name, *(mean_over_folds(value, PARTS).text(digits) for value in values))
    console = Console(width=120)
    console.print(figures)
    order = np.concatenate([test for _, test in splits])
    segments = [
        (name, member)
        for name, member in segments_of(spec, table, order, np.concatenate(new.price))
        if member.sum() >= SEGMENT_ROWS * repeats
    ]
    coverage = Table(
        "segment",
        "rows",
        "old coverage",
        "new coverage",
        title=f"Segments of {SEGMENT_ROWS} rows that one side covers below {LEAST_COVERAGE:.2f}, of {len(segments)}",
    )
    theirs, mine = old.coverage_of(segments), new.coverage_of(segments)
    for name in sorted(theirs, key=lambda name: mine[name][1]):
        if min(theirs[name][1], mine[name][1]) < LEAST_COVERAGE:
            coverage.add_row(
                name, f"{theirs[name][0] // repeats:,}", f"{theirs[name][1]:.3f}", f"{mine[name][1]:.3f}"
            )
    console.print(coverage)
    print(
        "below:",
        *(
            f"{side} {sum(share < LEAST_COVERAGE for _, share in covered.values())}"
            for side, covered in (("old", theirs), ("new", mine))
        ),
    )


def segments_of(
    spec: ModelSpec, table: TrainingTable, order: NDArray[np.intp], price: FloatArray
) -> Iterator[Segment]:
    """Words, flags and few-valued numbers by value, other numbers and the predicted price by fifths; masks over ``order``."""
    for column in spec.contract.columns:
        values = np.asarray(table.rows[column.name], dtype=object)[order]
        known = np.asarray([value is not None for value in values])
        names = sorted({str(value) for value in values[known]})
        if isinstance(column, ListColumn | FlagColumn) or len(names) <= _MOST_VALUES:
            words = values.astype(str)
            yield from ((f"{column.name}={name}", known & (words == name)) for name in names)
        else:
            numbers = values[known].astype(np.float64)
            for name, member in fifths(column.name, numbers):
                mask = known.copy()
                mask[known] = member
                yield name, mask
    yield from fifths("price", price)


if __name__ == "__main__":
    main()
