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
            at: f"{each} min"
            for at, each in enumerate(thresholds)
            if each in _LABELED_MIN and scope is BufferScope.ALL
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
            f"{each['threshold_min']} min, {each['scope_name']}",
            _cell(each, "touched"),
            _cell(each, "avoided"),
            _cell(each, "avoided_share", is_share=True),
            _cell(each, "cleared_by_moving"),
            _cell(each, "share_of_all", is_share=True),
        )
        for each in shown
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
                [float(each) for each in thresholds],
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
            f"{each['threshold_min']} min, {each['scope_name']}",
            _cell(each, "break_even"),
            _cell(each, "marginal_break_even"),
        )
        for scope in BufferScope
        for each in _shown(record, scope)
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
    sets = [Bars(each["checkin_type"], [100 * share for share in _shares(each)]) for each in delays]
    axes = Axes(
        "delays-chart",
        "Delays at check-out by check-in type",
        "Bars are the share of known delays in each class of 30 minutes; both types peak around the planned end.",
        "delay at check-out, minutes (up to the number given; below 0 is early)",
        "share of known delays",
        y_suffix=" %",
    )
    rows = [
        (name, *(f"{each['counts'][at]:,} ({share(_shares(each)[at])})" for each in delays))
        for at, name in enumerate(classes)
    ]
    summary = " ".join(
        f"{each['checkin_type'].capitalize()}: {percent(each['late_share'])} of known delays are late, the median is "
        f"{plain(each['median_min'])} minutes, {each['unknown']:,} of {each['rentals']:,} delays are unknown."
        for each in delays
    )
    return paragraph(summary) + figure(
        "delays-figure",
        "Distribution of delays at check-out by check-in type",
        bar_chart(axes, upper, sets),
        table("Known delays by class", ("delay, minutes", *(each["checkin_type"] for each in delays)), rows),
    )


def cancellations_figure(record: AnalysisRecord) -> str:
    """How waiting goes with cancellation."""
    classes = record["severity"]["classes"]
    names = [_wait_name(each["above_min"], each["up_to_min"]) for each in classes]
    points = [tuple(_times(value, 100) for value in _ends(each["canceled_share"])) for each in classes]
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
            f"{each['rentals']:,}",
            f"{each['canceled']:,}",
            percent(each["canceled_share"]),
            _points(each["more_than_without_wait"]),
        )
        for name, each in zip(names, classes, strict=True)
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
    each: Figure = {"value": point[name], "low": ends["low"], "high": ends["high"]}
    if not is_share:
        return interval(each)
    value, low, high = (_times(end, 100) for end in _ends(each))
    return (
        "not defined"
        if value is None or low is None or high is None
        else f"{value:.1f} % ({low:.1f} to {high:.1f})"
    )


def _points(each: Figure) -> str:
    value, low, high = (_times(end, 100) for end in _ends(each))
    return (
        "unknown"
        if value is None or low is None or high is None
        else f"{value:+.1f} ({low:+.1f} to {high:+.1f})"
    )


def _ends(each: Figure) -> tuple[Number, Number, Number]:
    return each["value"], each["low"], each["high"]


def _times(value: Number, factor: float) -> float | None:
    return None if value is None else value * factor


def _shares(delays: DelayRecord) -> list[float]:
    total = max(1, sum(delays["counts"]))
    return [count / total for count in delays["counts"]]


def _wait_name(above: Number, up_to: Number) -> str:
    if above is None:
        return "no wait"
    return f"over {above} min" if up_to is None else f"{above} to {up_to} min"
