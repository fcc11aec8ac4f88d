"""The report on trip durations: one page for a screen, a printer and a screen reader."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from drivetrain.adapters.pages.charts import Axes, Line, interval_chart, line_chart
from drivetrain.adapters.pages.page import figure, page, paragraph, section, table
from drivetrain.core.statistics import Estimate
from drivetrain.core.time import minute_utc
from drivetrain.trips.outcomes.adapters.quality.schemas import BASELINE, reason_of
from drivetrain.trips.outcomes.application.read_quality import Group, Quality, Reference, Window
from drivetrain.trips.outcomes.domain.drift import Drift, Verdict
from drivetrain.trips.outcomes.domain.quality import By

TITLE = "Trip durations: what was predicted, and what came true"
MOST_AREAS = 20
"""Areas on the chart, those with the most outcomes; the table has all."""

_VERDICTS = {
    Verdict.TOO_FEW: "too few rides to say",
    Verdict.STABLE: "no more than chance, or too little to matter",
    Verdict.SHIFTED: "shifted",
    Verdict.DRIFTED: "drifted",
}
_NO_OUTCOMES = (
    "No outcome of these rides has been reported yet. The chart is drawn once some are: by POST /trips/outcomes, or "
    "`drivetrain trips outcomes`."
)
_COLUMNS = (
    "rides",
    "outcomes",
    "mean error, min",
    "median error, min",
    "bias, min",
    "explained share",
    "inside the range",
    "baseline's error, min",
    "better than it by, min",
)


def report(quality: Quality, made_at: datetime) -> str:
    """The whole page.

    Args:
        quality: with every grouping.
        made_at: printed at its end, aware.
    """
    return page(
        TITLE,
        [
            *_head(quality),
            section("days", "Day by day", list(_over_time(quality.groups[By.DAY]))),
            section(
                "hours",
                "By hour of the day",
                list(_classes(quality.groups[By.HOUR], "hour", "civil hour in Chicago")),
            ),
            section("areas", "By pick-up area", list(_areas(quality.groups[By.AREA]))),
            section(
                "ages",
                "By age of the model",
                list(_classes(quality.groups[By.MODEL_AGE], "age", "days since release")),
            ),
            section("versions", "By version", [_table("version", quality.groups[By.VERSION])]),
            section("drift", "Have the inputs moved?", list(_drift(quality))),
            section("method", "How the figures were found", list(_method(made_at))),
        ],
    )


def _head(quality: Quality) -> Iterator[str]:
    total = quality.total.figures
    if quality.is_synthetic:
        yield paragraph(
            f"SYNTHETIC DATA: {quality.synthetic_rides:,} of {total.rides:,} rides, and {total.synthetic:,} of "
            f"{total.outcomes:,} outcomes, were drawn, not driven.",
            kind="warning",
        )
    yield paragraph(f"Slots {_window(quality.window)}. {_compared(quality.reference)}", kind="note")
    yield _table("", (quality.total,))
    if not total.outcomes:
        yield paragraph(
            "No outcome of these rides has been reported yet, so nothing can be said of their error."
        )
    elif total.outcomes < total.rides:
        yield paragraph(
            f"{total.rides - total.outcomes:,} rides have no outcome. Short trips report first: the last hours look better "
            "than they are until the long ones are in."
        )
    if quality.waiting:
        yield paragraph(
            f"{quality.waiting:,} outcomes reported in this window belong to no scored ride so far."
        )
    if total.unusable:
        yield paragraph(
            f"{total.unusable:,} reported ends do not fit the start of their trip and were left out."
        )


def _over_time(groups: Sequence[Group]) -> Iterator[str]:
    days = [float(place) for place in range(1, len(groups) + 1)]
    errors = [group.figures.mean_absolute_error_min for group in groups]
    lines = [Line("model", days, *_columns(errors))]
    baselines = [_defined(group.figures.baseline_error_min.value) for group in groups]
    if any(value is not None for value in baselines):
        lines.append(Line("baseline", days, baselines))
    axes = Axes(
        "error-chart",
        "Mean absolute error by day",
        "One line for the model with its 95 % band.",
        "day",
        "minutes",
        without=_NO_OUTCOMES,
    )
    yield figure(
        "error-figure", "Mean absolute error by day, minutes", line_chart(axes, lines), _table("day", groups)
    )
    shares = [_percent(group.figures.coverage) for group in groups]
    axes = Axes(
        "coverage-chart",
        "Coverage by day",
        "Share of trips inside their range, 95 % band.",
        "day",
        "trips",
        " %",
        y_ends_at=100,
        without=_NO_OUTCOMES,
    )
    yield figure(
        "coverage-figure",
        "Trips inside their range, by day",
        line_chart(axes, [Line("inside the range", days, *_columns(shares))]),
        paragraph("The figures are in the table above.", kind="note"),
    )


def _classes(groups: Sequence[Group], key: str, name: str) -> Iterator[str]:
    points = [_ends(group.figures.mean_absolute_error_min) for group in groups]
    summary = "A point with its 95 % interval for each class."
    axes = Axes(
        f"{key}-chart", f"Mean absolute error by {name}", summary, name, "minutes", without=_NO_OUTCOMES
    )
    chart = interval_chart(axes, [str(group.label) for group in groups], points)
    yield figure(f"{key}-figure", f"Mean absolute error by {name}, minutes", chart, _table(name, groups))


def _areas(groups: Sequence[Group]) -> Iterator[str]:
    most = sorted(groups, key=lambda group: -group.figures.outcomes)[:MOST_AREAS]
    points = [_ends(group.figures.mean_absolute_error_min) for group in most]
    summary = "A point with its 95 % interval for each area, the one with the most outcomes first."
    axes = Axes(
        "area-chart",
        "Mean absolute error by pick-up area",
        summary,
        "pick-up area (0: outside or unknown)",
        "minutes",
        without=_NO_OUTCOMES,
    )
    chart = interval_chart(axes, [str(group.label) for group in most], points)
    yield figure(
        "area-figure",
        "Mean absolute error of the areas with the most outcomes, minutes",
        chart,
        _table("area", groups),
    )


def _drift(quality: Quality) -> Iterator[str]:
    if not quality.drift:
        yield paragraph("Nothing was scored before this window, so there is nothing to compare with.")
        return
    rows = [
        (
            name.replace("_", " "),
            _VERDICTS[drift.verdict],
            _number(drift.index, 3),
            _number(drift.noise_floor, 3),
            _number(drift.distance, 3),
            f"{drift.rides:,}",
            f"{drift.reference_rides:,}",
            _changes(drift),
        )
        for name, drift in quality.drift.items()
    ]
    columns = (
        "input",
        "verdict",
        "stability index",
        "chance stays below",
        "distance",
        "rides",
        "in the reference",
        "moved most",
    )
    yield table("Inputs of this window against those of the reference", columns, rows)


def _changes(drift: Drift) -> str:
    return "; ".join(
        f"{change.category}: {100 * change.reference_share:.1f} to {100 * change.share:.1f} %"
        for change in drift.changes
    )


def _method(made_at: datetime) -> Iterator[str]:
    yield paragraph(
        "An error is predicted minus actual minutes; a positive bias promises too long. Intervals are at 95 % and count hours, "
        "because rides of one hour share the traffic. Figures of fewer than 30 outcomes or 10 hours are marked with *."
    )
    yield paragraph(f"Baseline: {BASELINE}")
    yield paragraph(
        "A stability index of 0.1 is called shifted and of 0.25 drifted, and only where it exceeds what chance stays below in "
        "99 of 100 samples of these sizes."
    )
    yield paragraph(f"Made on {minute_utc(made_at)}.", kind="note")


def _table(name: str, groups: Sequence[Group]) -> str:
    rows = [
        (
            f"{group.label}{'*' if group.figures.are_few else ''}",
            f"{group.figures.rides:,}",
            f"{group.figures.outcomes:,}",
            _interval(group.figures.mean_absolute_error_min),
            _number(group.median_absolute_error_min),
            _interval(group.figures.bias_min),
            _number(group.figures.r2_score),
            _interval(_percent(group.figures.coverage), " %", 1),
            _interval(group.figures.baseline_error_min),
            _interval(group.figures.gain_min),
        )
        for group in groups
    ]
    return table("With 95 % intervals; * marks figures of few outcomes or hours", (name, *_COLUMNS), rows)


def _columns(
    estimates: Sequence[Estimate],
) -> tuple[list[float | None], list[float | None], list[float | None]]:
    value, low, high = zip(*map(_ends, estimates), strict=True) if estimates else ((), (), ())
    return list(value), list(low), list(high)


def _ends(estimate: Estimate) -> tuple[float | None, float | None, float | None]:
    return _defined(estimate.value), _defined(estimate.low), _defined(estimate.high)


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value


def _percent(share: Estimate) -> Estimate:
    return Estimate(100 * share.value, 100 * share.low, 100 * share.high)


def _interval(estimate: Estimate, suffix: str = "", digits: int = 2) -> str:
    if math.isnan(estimate.value):
        return "-"
    ends = (
        ""
        if math.isnan(estimate.low)
        else f" ({_number(estimate.low, digits)} to {_number(estimate.high, digits)})"
    )
    return f"{_number(estimate.value, digits)}{suffix}{ends}"


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _window(window: Window) -> str:
    return f"from {minute_utc(window.begin)} to {minute_utc(window.end)}"


def _compared(reference: Reference | None) -> str:
    if reference is None:
        return "Nothing was scored before them: there is no baseline, and no drift can be seen."
    return f"Compared with what was scored {_window(reference.window)}. {reason_of(reference)}"
