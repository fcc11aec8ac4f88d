"""The report on drawn rides: how close they are to a real day, as one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from drivetrain.adapters.pages.charts import Axes, Bars, Line, bar_chart, line_chart
from drivetrain.adapters.pages.page import figure, page, paragraph, section, table
from drivetrain.core.statistics import Estimate
from drivetrain.core.time import minute_utc
from drivetrain.trips.city.domain.areas import PLACES
from drivetrain.trips.rides.application.compare_rides import (
    BUILT_IN,
    FITTED,
    NOISE,
    REAL,
    TRAINING,
    RideComparison,
)
from drivetrain.trips.rides.domain.comparison import MEASURES, hour_shares, mph, pair_shares
from drivetrain.trips.rides.domain.rides import Rides

TITLE = "Drawn rides beside a real day"

FloatArray = NDArray[np.float64]

_DRAWN_SYNTHETIC = "The drawn rides are SYNTHETIC. Only the held-back and the training days are real."
_ALL_SYNTHETIC = (
    "SYNTHETIC DATA: the days themselves were generated. Nothing here says anything about real rides."
)

_SHOWN = (REAL, FITTED, BUILT_IN, TRAINING)
_LEVELS = (5, 25, 50, 75, 95)
_MOST_PAIRS = 14
_BINS = 40


def report(comparison: RideComparison, sources: str, made_at: datetime, *, is_synthetic: bool) -> str:
    """The whole page.

    Args:
        sources: names of the files, a sentence.
        is_synthetic: True where the days themselves were generated.
        made_at: printed at its end, aware.
    """
    return page(
        TITLE,
        [
            paragraph(_ALL_SYNTHETIC if is_synthetic else _DRAWN_SYNTHETIC, kind="warning"),
            paragraph(
                f"{sources} Held back: {comparison.day}, {comparison.rides:,} believable rides.", kind="note"
            ),
            section("figures", "How far apart", list(_figures(comparison))),
            section("where", "Where from, where to", [_pairs(comparison)]),
            section("when", "When", [_hours(comparison)]),
            section("what", "How far, how long, how fast, at what price", list(_numbers(comparison))),
            section("method", "How the figures were found", list(_method(comparison, made_at))),
        ],
    )


def estimate_text(estimate: Estimate, unit: str) -> str:
    """A figure with its interval: shares with three digits, the rest with two."""
    digits = 2 if unit and unit != "bits" else 3
    suffix = f" {unit}" if unit else ""
    return f"{estimate.text(digits)}{suffix}"


def _figures(comparison: RideComparison) -> Iterator[str]:
    candidates = (FITTED, BUILT_IN, TRAINING, NOISE)
    rows = [
        (
            measure.words,
            *(
                estimate_text(comparison.figures[candidate][measure.key], measure.unit)
                for candidate in candidates
            ),
        )
        for measure in MEASURES
    ]
    yield table(
        f"Distance from the held-back day; 0 is the same; mean of {comparison.repeats} draws",
        ("", *candidates),
        rows,
    )
    yield paragraph(
        f"The demand learned from {comparison.training_rides:,} rides expects {comparison.expected:,.0f} on such a weekday; "
        f"there were {comparison.rides:,}. How busy a day is cannot be told from so few days; the comparison is of shapes."
    )


def _pairs(comparison: RideComparison) -> str:
    shares = {
        candidate: pair_shares(comparison.samples[candidate]) * 100 for candidate in (REAL, FITTED, BUILT_IN)
    }
    most = np.argsort(-shares[REAL], kind="stable")[:_MOST_PAIRS].tolist()
    names = [f"{_area(pair // PLACES)}→{_area(pair % PLACES)}" for pair in most]
    axes = Axes(
        "pairs",
        "The most frequent pairs of areas",
        "Share of rides by pick-up and drop-off area, in the held-back day and in draws.",
        "pick-up → drop-off community area",
        "rides",
        "%",
    )
    chart = bar_chart(
        axes, names, [Bars(candidate, [float(of[pair]) for pair in most]) for candidate, of in shares.items()]
    )
    rows = [
        (name, *(f"{of[pair]:.2f} %" for of in shares.values()))
        for name, pair in zip(names, most, strict=True)
    ]
    return figure("pairs", axes.title, chart, table("Share of rides", ("pair", *shares), rows))


def _hours(comparison: RideComparison) -> str:
    shares = {candidate: hour_shares(comparison.samples[candidate]) * 100 for candidate in _SHOWN}
    axes = Axes(
        "hours",
        "Rides by hour of the day",
        "Share of rides that start in each civil hour, in the held-back day, in draws and in the training days.",
        "hour of the day in Chicago",
        "rides",
        "%",
    )
    chart = line_chart(
        axes, [Line(candidate, list(range(24)), of.tolist()) for candidate, of in shares.items()]
    )
    rows = [(f"{hour}:00", *(f"{of[hour]:.2f} %" for of in shares.values())) for hour in range(24)]
    return figure("hours", axes.title, chart, table("Share of rides", ("hour", *shares), rows))


def _numbers(comparison: RideComparison) -> Iterator[str]:
    yield _distribution(comparison, "miles", "Distance", "miles", 25.0, lambda rides: rides.trip_miles)
    yield _distribution(comparison, "minutes", "Duration", "minutes", 75.0, lambda rides: rides.duration_min)
    yield _distribution(comparison, "mph", "Speed", "miles per hour", 50.0, mph)
    yield _distribution(comparison, "fare", "Fare", "USD", 60.0, lambda rides: rides.fare)
    yield _distribution(comparison, "total", "Total", "USD", 80.0, lambda rides: rides.trip_total)


def _distribution(
    comparison: RideComparison, key: str, name: str, unit: str, most: float, of: Callable[[Rides], FloatArray]
) -> str:
    """Shares of rides by classes up to ``most``; the quantiles in the table are of all rides."""
    edges = np.linspace(0.0, most, _BINS + 1)
    values = {candidate: of(comparison.samples[candidate]) for candidate in _SHOWN}
    axes = Axes(
        key,
        f"{name} of rides",
        f"Share of rides by {name.lower()}, in the held-back day, in draws and in the training days.",
        f"{name.lower()}, {unit}",
        "rides",
        "%",
    )
    lines = [
        Line(
            candidate,
            ((edges[:-1] + edges[1:]) / 2).tolist(),
            (np.histogram(amounts, edges)[0] / len(amounts) * 100).tolist(),
        )
        for candidate, amounts in values.items()
    ]
    rows = [
        (f"{level} %", *_cells([np.percentile(amounts, level) for amounts in values.values()]))
        for level in _LEVELS
    ]
    below = table(f"Quantiles, {unit}", ("rides below", *values), rows)
    return figure(key, axes.title, line_chart(axes, lines), below)


def _method(comparison: RideComparison, made_at: datetime) -> Iterator[str]:
    yield paragraph(
        "Parameters are learned from the training days only. Each draw has as many rides as the held-back day. Figures are "
        "means over the draws, in brackets their percentiles 2.5 and 97.5."
    )
    yield paragraph(
        f"“{TRAINING}” draws whole real rides of the training days: no generator that knows only those days can be expected "
        f"to be much closer. “{NOISE}” compares two resamplings of the held-back day: two such days differ as much by "
        "chance alone. Pairs of areas are many and rides few, so chance is most of their distance."
    )
    yield paragraph(
        f"Seed {comparison.seed}, parameters {comparison.digest[:12]}…. Made on {minute_utc(made_at)} by drivetrain.",
        kind="note",
    )


def _cells(values: Sequence[float]) -> list[str]:
    return [f"{value:.2f}" for value in values]


def _area(number: int) -> str:
    return str(number) if number else "?"
