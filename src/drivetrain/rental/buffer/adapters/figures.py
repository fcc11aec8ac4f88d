"""The charts of the buffer's report, each with the table of its figures."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from drivetrain.adapters.pages.charts import Axes, Bars, Line, bar_chart, interval_chart, line_chart
from drivetrain.adapters.pages.page import figure, paragraph, table
from drivetrain.rental.buffer.application.answer_questions import SHOWN_MIN
from drivetrain.rental.buffer.application.read_frontier import points_of
from drivetrain.rental.buffer.application.records import AnalysisRecord, DelayRecord, Figure, Number
from drivetrain.rental.buffer.application.wording import interval, percent, plain, share
from drivetrain.rental.buffer.domain.rule import BufferScope, thresholds_by_step

_SCOPE_NAMES = {
    BufferScope.ALL: "all cars",
    BufferScope.CONNECT: "connect only",
    BufferScope.MOBILE: "mobile only",
}
_LABELED_MIN = (30, 60, 120, 240, 720)


def frontier_figure(record: AnalysisRecord) -> str:
    """Conflicts avoided against bookings touched."""
    thresholds = thresholds_by_step()
    lines = []
    for scope, name in _SCOPE_NAMES.items():
        points = points_of(record["frontiers"][scope.value], thresholds)
        labels = {
            index: f"{threshold} min"
            for index, threshold in enumerate(thresholds)
            if threshold in _LABELED_MIN and scope is BufferScope.ALL
        }
        lines.append(
            Line(
                name,
                [point["touched"] for point in points],
                [point["avoided"] for point in points],
                [point["intervals"]["avoided"]["low"] for point in points],
                [point["intervals"]["avoided"]["high"] for point in points],
                labels,
            )
        )
    axes = Axes(
        "frontier-chart",
        "Conflicts avoided against bookings touched",
        "Lines rise steeply at short gaps and flatten at long ones; the band is the 95 % interval of conflicts avoided.",
        "bookings touched (planned gap below the threshold)",
        "conflicts avoided",
    )
    shown = [point for scope in BufferScope for point in _shown(record, scope)]
    rows = [
        (
            f"{point['threshold_min']} min, {point['scope_name']}",
            _cell(point, "touched"),
            _cell(point, "avoided"),
            _cell(point, "avoided_share", is_share=True),
            _cell(point, "cleared_by_moving"),
            _cell(point, "share_of_all", is_share=True),
        )
        for point in shown
    ]
    columns = (
        "rule",
        "bookings touched",
        "conflicts avoided",
        "share of conflicts",
        "ended by moving",
        "share of all rentals",
    )
    return figure(
        "frontier-figure",
        "Conflicts avoided against bookings touched, by threshold and scope, with 95 % band",
        line_chart(axes, lines),
        table("Figures with their 95 % intervals", columns, rows),
    )


def break_even_figure(record: AnalysisRecord) -> str:
    """What one avoided conflict must be worth, by threshold."""
    thresholds = thresholds_by_step()[1:]
    lines = []
    for scope, name in _SCOPE_NAMES.items():
        points = points_of(record["frontiers"][scope.value], thresholds)
        lines.append(
            Line(
                name,
                [float(threshold) for threshold in thresholds],
                [point["break_even"] for point in points],
                [point["intervals"]["break_even"]["low"] for point in points],
                [point["intervals"]["break_even"]["high"] for point in points],
            )
        )
    axes = Axes(
        "break-even-chart",
        "Break-even ratio by threshold",
        "The longer the gap, the more lost bookings one avoided conflict must be worth; the band is the 95 % interval.",
        "threshold, minutes",
        "touched bookings per avoided conflict",
    )
    rows = [
        (
            f"{point['threshold_min']} min, {point['scope_name']}",
            _cell(point, "break_even"),
            _cell(point, "marginal_break_even"),
        )
        for scope in BufferScope
        for point in _shown(record, scope)
    ]
    return figure(
        "break-even-figure",
        "How many lost bookings one avoided conflict must be worth, with 95 % band",
        line_chart(axes, lines),
        table(
            "Break-even ratios with their 95 % intervals, over known delays",
            ("rule", "whole gap", "last 30 minutes of it"),
            rows,
        ),
    )


def delays_figure(record: AnalysisRecord) -> str:
    """How late cars come back, by check-in type."""
    delays = record["delays"]
    edges = delays[0]["edges_min"]
    upper = [*(f"{edge}" for edge in edges), f"> {edges[-1]}"]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    classes = [f"up to {edges[0]}", *between, f"over {edges[-1]}"]
    sets = [Bars(delay["checkin_type"], [100 * share for share in _shares(delay)]) for delay in delays]
    axes = Axes(
        "delays-chart",
        "Delays at check-out by check-in type",
        "Bars are the share of known delays in each class of 30 minutes; both types peak around the planned end.",
        "delay at check-out, minutes (up to the number given; below 0 is early)",
        "share of known delays",
        y_suffix=" %",
    )
    rows = [
        (
            name,
            *(f"{delay['counts'][class_index]:,} ({share(_shares(delay)[class_index])})" for delay in delays),
        )
        for class_index, name in enumerate(classes)
    ]
    summary = " ".join(
        f"{delay['checkin_type'].capitalize()}: {percent(delay['late_share'])} of known delays are late, the median is "
        f"{plain(delay['median_min'])} minutes, {delay['unknown']:,} of {delay['rentals']:,} delays are unknown."
        for delay in delays
    )
    return paragraph(summary) + figure(
        "delays-figure",
        "Distribution of delays at check-out by check-in type",
        bar_chart(axes, upper, sets),
        table(
            "Known delays by class", ("delay, minutes", *(delay["checkin_type"] for delay in delays)), rows
        ),
    )


def cancellations_figure(record: AnalysisRecord) -> str:
    """How waiting goes with cancellation."""
    classes = record["severity"]["classes"]
    names = [_wait_name(wait["above_min"], wait["up_to_min"]) for wait in classes]
    points = [tuple(_times(value, 100) for value in _ends(wait["canceled_share"])) for wait in classes]
    axes = Axes(
        "cancellations-chart",
        "Cancellations by wait",
        "Points are the share of canceled rentals in each class of wait, bars their 95 % interval; it rises above two hours.",
        "wait of the next driver",
        "canceled",
        y_suffix=" %",
    )
    rows = [
        (
            name,
            f"{wait['rentals']:,}",
            f"{wait['canceled']:,}",
            percent(wait["canceled_share"]),
            _points(wait["more_than_without_wait"]),
        )
        for name, wait in zip(names, classes, strict=True)
    ]
    columns = ("wait", "rentals", "canceled", "share canceled", "more than without wait, points")
    return figure(
        "cancellations-figure",
        "Share of canceled rentals by wait, with 95 % intervals (an association, not proof of an effect)",
        interval_chart(axes, names, points),  # type: ignore[arg-type]
        table("Cancellations by wait, with 95 % intervals", columns, rows),
    )


def _shown(record: AnalysisRecord, scope: BufferScope) -> list[dict[str, Any]]:
    points = points_of(record["frontiers"][scope.value], SHOWN_MIN)
    return [
        {"threshold_min": threshold, "scope_name": _SCOPE_NAMES[scope], **point}
        for threshold, point in zip(SHOWN_MIN, points, strict=True)
    ]


def _cell(point: dict[str, Any], name: str, *, is_share: bool = False) -> str:
    ends = point["intervals"][name]
    figure: Figure = {"value": point[name], "low": ends["low"], "high": ends["high"]}
    if not is_share:
        return interval(figure)
    value, low, high = (_times(end, 100) for end in _ends(figure))
    return (
        "not defined"
        if value is None or low is None or high is None
        else f"{value:.1f} % ({low:.1f} to {high:.1f})"
    )


def _points(figure: Figure) -> str:
    value, low, high = (_times(end, 100) for end in _ends(figure))
    return (
        "unknown"
        if value is None or low is None or high is None
        else f"{value:+.1f} ({low:+.1f} to {high:+.1f})"
    )


def _ends(figure: Figure) -> tuple[Number, Number, Number]:
    return figure["value"], figure["low"], figure["high"]


def _times(value: Number, factor: float) -> float | None:
    return None if value is None else value * factor


def _shares(delays: DelayRecord) -> list[float]:
    total = max(1, sum(delays["counts"]))
    return [count / total for count in delays["counts"]]


def _wait_name(above: Number, up_to: Number) -> str:
    if above is None:
        return "no wait"
    return f"over {above} min" if up_to is None else f"{above} to {up_to} min"
