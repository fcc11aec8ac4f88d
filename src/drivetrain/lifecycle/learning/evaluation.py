"""What trainings of models with a range share: errors on the same folds, coverage by segment, the gate, the report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.statistics import Estimate
from drivetrain.lifecycle.learning.features import FeatureEncoder, FloatArray
from drivetrain.lifecycle.learning.gate import Check, Verdict, beats_baseline
from drivetrain.lifecycle.learning.training import side_by_side
from drivetrain.lifecycle.learning.validation import IndexArray, point_errors, summarize

FoldErrors = dict[str, float]
"""Errors of one fold, by the names that metrics have everywhere."""

Split = tuple[IndexArray, IndexArray]
"""Training and test rows."""

BoolArray = NDArray[np.bool_]
Segment = tuple[str, BoolArray]
"""Its name, ``field=value``, and its rows."""

Predict = Callable[[Split], FloatArray]
"""Predictions for the test rows by a model fitted on the training rows."""


@dataclass(frozen=True, slots=True)
class ErrorComparison:
    """Errors fold by fold, the same folds for all.

    Attributes:
        baselines: plain models, by their names on the card.
        unconstrained: by the candidate's recipe without its constraints, perhaps on the first folds only; empty
            where it has none.
    """

    candidate: list[FoldErrors]
    baselines: Mapping[str, list[FoldErrors]]
    unconstrained: list[FoldErrors] = field(default_factory=list)

    def errors(self, metric: str) -> list[float]:
        """The candidate's errors of one kind, fold by fold."""
        return errors_of(self.candidate, metric)

    def better_than(self, baseline: str, metric: str, parts: int) -> Check:
        """Ask whether the candidate's error is below a baseline's, beyond the noise of the folds."""
        theirs = errors_of(self.baselines[baseline], metric)
        return beats_baseline(self.errors(metric), theirs, parts, baseline, measure=_TITLES[metric])


_TITLES = {"rmse_error": "RMSE", "mae_error": "MAE"}


@dataclass(frozen=True, slots=True)
class RangeReport:
    """How the range did on rows that neither the prediction nor its calibration had seen.

    Attributes:
        coverage: share of the truths inside.
        width: mean, in the unit of the target.
        segments: name to rows and coverage, for segments with rows enough.
    """

    coverage: Estimate
    width: float
    segments: Mapping[str, tuple[int, float]]

    @property
    def worst_segment(self) -> tuple[str, float]:
        """The segment that is covered least."""
        name = min(self.segments, key=lambda name: self.segments[name][1], default="all")
        return name, self.segments[name][1] if self.segments else self.coverage.value

    def covers(self, lowest: float, highest: float) -> Check:
        """Ask whether the coverage lies between two shares."""
        return Check(
            f"range covers {lowest:.0%} to {highest:.0%}",
            lowest <= self.coverage.value <= highest,
            _share(self.coverage.value, lowest, highest),
        )

    def covers_segments(self, rows: int, lowest: float) -> Check:
        """Ask whether every segment is covered; ``rows`` is the least that was judged."""
        name, coverage = self.worst_segment
        return Check(
            f"every segment of {rows} rows covered at {lowest:.0%}",
            coverage >= lowest,
            f"least {_share(coverage, lowest)} at {name}",
        )

    def as_dict(self, unit: str) -> dict[str, object]:
        """Plain values for the report."""
        return {
            "coverage": self.coverage.as_mean(),
            "mean_width": round(self.width, 2),
            "unit": unit,
            "segments": {
                name: {"rows": rows, "coverage": share} for name, (rows, share) in self.segments.items()
            },
        }


def _share(share: float, lowest: float, highest: float = 1.0) -> str:
    """A share in per cent: rounding never carries one that is out of bounds onto the bound."""
    tenths = share * 1000
    if share < lowest:
        tenths = math.floor(tenths)
    elif share > highest:
        tenths = math.ceil(tenths)
    return f"{tenths / 10:.1f}%"


def errors_of(folds: Sequence[FoldErrors], metric: str) -> list[float]:
    """The errors of one kind, fold by fold."""
    return [fold[metric] for fold in folds]


def fold_errors(
    target: FloatArray, predict: Predict, folds: Iterable[Split], advance: Callable[[], object]
) -> list[FoldErrors]:
    """Errors of a model on every fold, a few folds at a time; ``advance`` is called after each."""
    return list(side_by_side(lambda fold: point_errors(target[fold[1]], predict(fold)), folds, advance))


def no_violations(question: str, violations: Mapping[str, int]) -> Check:
    """Ask whether the prediction never moves the wrong way.

    Args:
        violations: steps on a grid that do, by field.
    """
    count = sum(violations.values())
    return Check(question, count == 0, f"{count} violations")


def covered_segments(
    segments: Iterable[Segment], inside: BoolArray, least: int, repeats: int = 1
) -> dict[str, tuple[int, float]]:
    """Rows and coverage of the segments that have rows enough.

    Args:
        inside: True where the range holds the truth, shape (n_judged,).
        least: rows.
        repeats: how often every row was judged.
    """
    counted = ((name, member, int(member.sum()) // repeats) for name, member in segments)
    return {name: (rows, float(inside[member].mean())) for name, member, rows in counted if rows >= least}


def fifths(name: str, values: FloatArray) -> list[Segment]:
    """Five segments of about equal rows, by size."""
    fifth = np.searchsorted(np.quantile(values, [0.2, 0.4, 0.6, 0.8]), values, side="left")
    return [(f"{name} fifth {part + 1}", fifth == part) for part in range(5)]


def one_hot(encoder: FeatureEncoder, matrix: FloatArray) -> FloatArray:
    """An encoder's matrix with a column for each word instead of its code, shape (n_rows, n_columns)."""
    columns = []
    for column, feature in enumerate(encoder.features):
        values = matrix[:, column : column + 1]
        if feature.vocabulary is not None:
            values = np.eye(len(feature.vocabulary) + 1)[values[:, 0].astype(np.intp)]
        columns.append(values)
    return np.hstack(columns)


def ridge_prediction(
    train: FloatArray, target: FloatArray, test: FloatArray, *, penalty: float
) -> FloatArray:
    """The plain baseline: ridge regression on inputs scaled by their spread, shape (n_test,)."""
    from sklearn.linear_model import Ridge

    scale = np.maximum(train.std(axis=0), 1e-9)
    ridge = Ridge(alpha=penalty).fit(train / scale, target)
    return np.asarray(ridge.predict(test / scale), dtype=np.float64)


def price_metrics(compared: ErrorComparison, ranges: RangeReport, parts: int) -> dict[str, float]:
    """The metrics by which versions are compared."""
    means = {name: mean.value for name, mean in summarize(compared.candidate, parts).items()}
    return {**means, "range_coverage_score": ranges.coverage.value, "range_width_error": ranges.width}


def price_report(
    compared: ErrorComparison,
    ranges: RangeReport,
    verdict: Verdict,
    *,
    parts: int,
    remarks: Sequence[str],
    unit: str,
    folds: str = "cross-validation",
) -> dict[str, object]:
    """What every card of a price model shows, as plain values.

    Args:
        parts: of the partition of the rows; its repeats follow from the number of folds.
        folds: how the rows were partitioned, in words.
    """
    repeats = len(compared.candidate) // parts
    models = {"candidate": compared.candidate, **compared.baselines}
    return {
        "validation": f"{repeats} x {parts}-fold {folds}; intervals of 95 % (Nadeau and Bengio)",
        "models": {
            name: {metric: mean.as_mean() for metric, mean in summarize(errors, parts).items()}
            for name, errors in models.items()
        },
        "remarks": list(remarks),
        "range": ranges.as_dict(unit),
        "gate": verdict.as_dict(),
    }
