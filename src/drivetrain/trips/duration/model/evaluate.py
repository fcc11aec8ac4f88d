"""What a duration model is worth: measured on later days beside plain medians, coverage of the range, the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.progress import Progress
from drivetrain.core.statistics import Estimate, bootstrap_of_sums
from drivetrain.lifecycle.learning.evaluation import BoolArray, RangeReport, Segment, covered_segments
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.gate import Check, Verdict
from drivetrain.lifecycle.learning.validation import IndexArray
from drivetrain.trips.city.domain.areas import PLACES, UNKNOWN_AREA, straight_km
from drivetrain.trips.duration.domain.duration import LONGEST_PREDICTED_MIN, SHORTEST_MIN
from drivetrain.trips.duration.model.estimator import (
    Trips,
    fit_point,
    fit_ranges,
    held_out_durations,
    hour_parts,
)
from drivetrain.trips.duration.model.hours import BANDS, band_table
from drivetrain.trips.duration.model.prepare import LEAST_MILES, LEAST_MPH, MOST_MPH
from drivetrain.trips.duration.model.recipe import DurationRecipe

HELD_BACK_SHARE = 0.1
"""The last days are judged on, as many as hold this share of the trips: a file that ends past midnight has a few trips
of a day that nobody would call a day."""

HOUR_PARTS = 5
SPLIT_SEED = 20_260
DRAWS = 2_000
LOWEST_COVERAGE, HIGHEST_COVERAGE = 0.88, 0.92
SEGMENT_ROWS = 100
LEAST_COVERAGE = 0.86
"""Of a segment; one that is covered less is named on the card."""

_NEAR_KM, _FAR_KM = 5.0, 15.0


@dataclass(frozen=True, slots=True)
class Split:
    """What is learned from and what is judged on.

    Attributes:
        folds: training and test trips, each an ascending index.
        words: how it was split, for the card.
    """

    folds: tuple[tuple[IndexArray, IndexArray], ...]
    words: str


@dataclass(frozen=True, slots=True)
class HeldOutTrips:
    """Held-out trips with their predictions, minutes, each array of shape (n_test,).

    Attributes:
        low, high: the range around ``predicted``.
    """

    trips: Trips
    predicted: FloatArray
    low: FloatArray
    high: FloatArray
    pair_median: FloatArray
    one_median: FloatArray

    @property
    def block(self) -> IndexArray:
        """Number of the civil hour, from 0 without gaps: trips of one hour err together."""
        return np.unique(self.trips.starts.civil_hours, return_inverse=True)[1]

    @property
    def inside(self) -> BoolArray:
        """True where the range holds the truth."""
        inside: BoolArray = (self.low <= self.trips.duration_min) & (self.trips.duration_min <= self.high)
        return inside


def split_of(trips: Trips) -> Split:
    """The last days held back; hours in turn where the table has one day only."""
    days = np.unique(trips.days)
    if len(days) == 1:
        parts = hour_parts(trips, HOUR_PARTS, SPLIT_SEED)
        folds = tuple(
            (np.flatnonzero(parts != part), np.flatnonzero(parts == part)) for part in np.unique(parts)
        )
        if len(folds) == 1:
            folds = ((folds[0][1], folds[0][1]),)
        return Split(folds, f"{_span(days)} alone, its hours held out in turn: says nothing of another day")
    first = _first_held_back(trips.days, days)
    is_test = trips.days >= first
    learned, judged = _span(days[days < first]), _span(days[days >= first])
    words = f"Learned from {learned}, judged on {judged}; intervals of 95 % (bootstrap of hours)"
    return Split(((np.flatnonzero(~is_test), np.flatnonzero(is_test)),), words)


def _first_held_back(day_of_trip: NDArray[np.int64], days: NDArray[np.int64]) -> int:
    """The first of the last days that hold their share, and never the first day of all."""
    reached = np.asarray([float((day_of_trip >= day).mean()) >= HELD_BACK_SHARE for day in days[1:]])
    return int(days[1:][np.flatnonzero(reached)[-1]]) if reached.any() else int(days[-1])


def measure(trips: Trips, recipe: DurationRecipe, split: Split, progress: Progress) -> HeldOutTrips:
    """Fit candidate, range and plain medians on the same trips, and ask for the others."""
    parts = []
    with progress.stage("measure on held-out trips", total=len(split.folds), unit="splits") as stage:
        for train, test in split.folds:
            parts.append(_ask(trips.at(train), trips.at(test), recipe))
            stage.advance()
    order = np.concatenate([test for _, test in split.folds])
    predicted, low, high, pair_median, one_median = (
        np.concatenate([part[column] for part in parts]) for column in range(5)
    )
    return HeldOutTrips(trips.at(order), predicted, low, high, pair_median, one_median)


def judge(judged: HeldOutTrips) -> Verdict:
    """Put the figures before the gate."""
    coverage = coverage_of(judged)
    checks = (
        _beats(judged, judged.pair_median, "the median of the pair of areas"),
        _beats(judged, judged.one_median, "one median for all trips"),
        Check(
            f"range may well cover {LOWEST_COVERAGE:.0%} to {HIGHEST_COVERAGE:.0%}",
            coverage.high >= LOWEST_COVERAGE and coverage.low <= HIGHEST_COVERAGE,
            f"{coverage.value:.1%} ({coverage.low:.1%} to {coverage.high:.1%})",
        ),
    )
    return Verdict(checks)


def report_of(trips: Trips, judged: HeldOutTrips, split: Split, verdict: Verdict) -> dict[str, object]:
    """Everything the card shows, as plain values."""
    models = {
        "candidate": judged.predicted,
        "median of the pair": judged.pair_median,
        "one median for all": judged.one_median,
    }
    days = np.unique(trips.days)
    bias = float(np.mean(judged.predicted - judged.trips.duration_min))
    return {
        "validation": split.words,
        "models": {
            name: {metric: value.as_mean() for metric, value in _errors(judged, predicted).items()}
            for name, predicted in models.items()
        },
        "remarks": [
            f"Trips of {SHORTEST_MIN:g} to {LONGEST_PREDICTED_MIN:g} minutes, of {LEAST_MILES:g} miles or more, at "
            f"{LEAST_MPH:g} to {MOST_MPH:g} miles per hour on the whole way, {_span(days)}. "
            "These rules hold for learning and judging alike.",
            f"On the held-out trips the answers are {abs(bias):.2f} minutes too {'long' if bias > 0 else 'short'} on average.",
            _least_covered(judged),
        ],
        "range": range_report(judged).as_dict("min"),
        "gate": verdict.as_dict(),
    }


def metrics_of(judged: HeldOutTrips) -> dict[str, float]:
    """The figures by which versions are compared."""
    means = {name: value.value for name, value in _errors(judged, judged.predicted).items()}
    width = float(np.mean(judged.high - judged.low))
    return {**means, "range_coverage_score": coverage_of(judged).value, "range_width_error": width}


def range_report(judged: HeldOutTrips) -> RangeReport:
    """Coverage over all held-out trips and by segment, and the mean width, minutes."""
    segments = covered_segments(_segments(judged), judged.inside, SEGMENT_ROWS)
    return RangeReport(coverage_of(judged), float(np.mean(judged.high - judged.low)), segments)


def coverage_of(judged: HeldOutTrips) -> Estimate:
    """Share of held-out trips inside their range."""
    inside = judged.inside.astype(np.float64)
    return _over_hours(judged.block, [inside, np.ones(len(inside))], lambda hits, count: hits / count)


def _ask(train: Trips, test: Trips, recipe: DurationRecipe) -> tuple[FloatArray, ...]:
    """Predicted, low, high, median of the pair and of all for the test trips."""
    answered = fit_point(train, recipe).answer(test.starts)
    predicted = answered.duration_min
    ranges = fit_ranges(train, held_out_durations(train, recipe), recipe)
    low, high = ranges.bounds(answered.matrix, predicted, test.starts)
    median_min = float(np.median(train.duration_min))
    return (
        predicted,
        low,
        high,
        _pair_medians(train, median_min)[test.starts.pairs],
        np.full(len(test), median_min),
    )


def _pair_medians(train: Trips, otherwise: float) -> FloatArray:
    """By pair; the median of all where a pair has no trips."""
    medians = np.full(PLACES * PLACES, otherwise)
    order = np.argsort(train.starts.pairs, kind="stable")
    pairs, first = np.unique(train.starts.pairs[order], return_index=True)
    groups = np.split(train.duration_min[order], first[1:])
    medians[pairs] = [float(np.median(group)) for group in groups]
    return medians


def _errors(judged: HeldOutTrips, predicted: FloatArray) -> dict[str, Estimate]:
    """RMSE, MAE and R² of some predictions, with intervals."""
    truth = judged.trips.duration_min
    error = truth - predicted
    sums = [np.ones(len(truth)), np.abs(error), error**2, truth, truth**2]

    def rmse(count: FloatArray, absolute: FloatArray, squared: FloatArray, *_: FloatArray) -> FloatArray:
        return np.sqrt(squared / count)

    def mae(count: FloatArray, absolute: FloatArray, *_: FloatArray) -> FloatArray:
        return absolute / count

    def r2(
        count: FloatArray, _: FloatArray, squared: FloatArray, total: FloatArray, squares: FloatArray
    ) -> FloatArray:
        spread = squares - total**2 / count
        return 1 - squared / np.maximum(spread, 1e-12)

    return {
        name: _over_hours(judged.block, sums, figure)
        for name, figure in (("rmse_error", rmse), ("mae_error", mae), ("r2_score", r2))
    }


def _beats(judged: HeldOutTrips, baseline: FloatArray, name: str) -> Check:
    truth = judged.trips.duration_min
    gain = np.abs(truth - judged.predicted) - np.abs(truth - baseline)
    difference = _over_hours(judged.block, [gain, np.ones(len(gain))], lambda total, count: total / count)
    return Check(f"better than {name}", difference.high < 0, f"difference in MAE {difference.text()}")


def _over_hours(
    block: IndexArray, columns: list[FloatArray], statistic: Callable[..., FloatArray]
) -> Estimate:
    """A figure of column sums; whole hours are drawn again for its interval."""
    return bootstrap_of_sums(block, columns, statistic, draws=DRAWS, seed=SPLIT_SEED)


def _segments(judged: HeldOutTrips) -> Iterator[Segment]:
    starts = judged.trips.starts
    bands = band_table()[starts.minutes]
    for number, band in enumerate(BANDS):
        yield band.words(), bands == number
    unknown = starts.has_unknown
    distance = np.nan_to_num(straight_km().ravel())[starts.pairs]
    yield "an area unknown", unknown
    yield "within one area", ~unknown & (distance == 0)
    yield f"up to {_NEAR_KM:g} km", ~unknown & (distance > 0) & (distance <= _NEAR_KM)
    yield f"{_NEAR_KM:g} to {_FAR_KM:g} km", ~unknown & (distance > _NEAR_KM) & (distance <= _FAR_KM)
    yield f"over {_FAR_KM:g} km", ~unknown & (distance > _FAR_KM)


def _least_covered(judged: HeldOutTrips) -> str:
    """The segments that the range covers too seldom, in words, also single areas and pairs of them."""
    candidates = chain(_segments(judged), _segments_of_areas(judged))
    covered = covered_segments(candidates, judged.inside, SEGMENT_ROWS)
    low = sorted((share, name, rows) for name, (rows, share) in covered.items() if share < LEAST_COVERAGE)
    named = "; ".join(f"{name}, {share:.1%} of {rows}" for share, name, rows in low)
    return (
        f"Of {len(covered)} segments of {SEGMENT_ROWS} trips or more (hours, distances, areas, pairs of areas) the range "
        f"covers less than {LEAST_COVERAGE:.0%} in {named or 'none'}."
    )


def _segments_of_areas(judged: HeldOutTrips) -> Iterator[Segment]:
    pairs = judged.trips.starts.pairs
    pickup, dropoff = pairs // PLACES, pairs % PLACES
    for end, areas in (("from", pickup), ("to", dropoff)):
        for area in np.unique(areas):
            yield f"{end} {_area(area)}", areas == area
    for pair in np.unique(pairs):
        yield f"from {_area(pair // PLACES)} to {_area(pair % PLACES)}", pairs == pair


def _area(number: int) -> str:
    return f"area {number}" if number != UNKNOWN_AREA else "an unknown area"


def _span(days: NDArray[np.int64]) -> str:
    """Days in words: each of a few, first and last of many."""
    dates = [(date(1970, 1, 1) + timedelta(int(day))).isoformat() for day in days]
    return ", ".join(dates) if len(dates) <= 4 else f"{dates[0]} to {dates[-1]} ({len(dates)} days)"
