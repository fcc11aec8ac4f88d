"""Charts as inline SVG: lines with bands, bars side by side, points with intervals.

Each names itself for screen readers; series differ by dash and marker as well as by color (Okabe and Ito's
palette, which people with color-blind eyes can tell apart). The same figures belong in a table under the
chart.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from drivetrain.adapters.pages.page import paragraph
from drivetrain.adapters.pages.scales import Scale, scale_of, tick_label

WIDTH, HEIGHT = 760.0, 400.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 16.0, 34.0, 54.0
_COLORS = ("#0072b2", "#d55e00", "#007a5a", "#7d3c98")
_DASHES = ("", "7 4", "2 4", "9 3 2 3")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart; None where a figure is not defined.

    Attributes:
        low, high: ends of the band around it; empty for none.
        labels: text beside some of its points, by index.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    labels: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bars:
    """One set of bars, one per class."""

    name: str
    heights: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axes:
    """What a chart says of itself.

    Attributes:
        key: prefix of the chart's element ids, unique on its page.
        summary: what the chart shows, for those who cannot see it.
        y_ends_at: where the vertical axis ends; None for where the figures do.
        without: what stands in place of a chart without a figure: what is missing, and when it comes.
    """

    key: str
    title: str
    summary: str
    x_label: str
    y_label: str
    y_suffix: str = ""
    y_ends_at: float | None = None
    without: str = "No figure is known yet, so there is nothing to draw."


def line_chart(axes: Axes, lines: Sequence[Line]) -> str:
    """Lines, each with its band; a sentence where none has a point."""
    if all(value is None for line in lines for value in line.y):
        return paragraph(axes.without, kind="note")
    x = scale_of([value for line in lines for value in line.x], _LEFT, WIDTH - _RIGHT, most_ticks=12)
    values = [
        value
        for line in lines
        for part in (line.y, line.low, line.high)
        for value in part
        if value is not None
    ]
    y = scale_of(values, HEIGHT - _BOTTOM, _TOP, ends_at=axes.y_ends_at)
    drawn = [*_frame(axes, x, y, [(tick, tick_label(tick)) for tick in x.ticks])]
    for place, line in enumerate(lines):
        drawn += _band(line, place, x, y)
    for place, line in enumerate(lines):
        drawn += _line(line, place, x, y)
    return _svg(axes, [*drawn, *_legend([line.name for line in lines])])


def bar_chart(axes: Axes, classes: Sequence[str], sets: Sequence[Bars]) -> str:
    """Bars side by side, in classes named below the axis; a sentence where there is no class."""
    if not any(bars.heights for bars in sets):
        return paragraph(axes.without, kind="note")
    y = scale_of(
        [height for bars in sets for height in bars.heights], HEIGHT - _BOTTOM, _TOP, ends_at=axes.y_ends_at
    )
    x = Scale(0, len(classes), _LEFT, WIDTH - _RIGHT, ())
    every = max(1, math.ceil(len(classes) / 14))
    named = [(place + 0.5, name) for place, name in enumerate(classes) if place % every == 0]
    drawn = [*_frame(axes, x, y, named)]
    width = (x(1) - x(0)) * 0.84 / len(sets)
    for place, bars in enumerate(sets):
        for index, height in enumerate(bars.heights):
            left = x(index) + (x(1) - x(0)) * 0.08 + place * width
            drawn.append(
                f'<rect x="{left:.1f}" y="{y(height):.1f}" width="{width:.1f}" height="{y(0) - y(height):.1f}" '
                f'fill="{_COLORS[place]}"{_pattern(place)}/>'
            )
    return _svg(axes, [*drawn, *_legend([bars.name for bars in sets], are_bars=True)])


def interval_chart(
    axes: Axes, classes: Sequence[str], points: Sequence[tuple[float | None, float | None, float | None]]
) -> str:
    """A point with its interval per class; points are value, low, high. A sentence where no class has a value."""
    if all(value is None for value, _, _ in points):
        return paragraph(axes.without, kind="note")
    values = [value for point in points for value in point if value is not None]
    y = scale_of(values, HEIGHT - _BOTTOM, _TOP, ends_at=axes.y_ends_at)
    x = Scale(0, len(classes), _LEFT, WIDTH - _RIGHT, ())
    drawn = [*_frame(axes, x, y, [(place + 0.5, name) for place, name in enumerate(classes)])]
    for index, (value, low, high) in enumerate(points):
        middle = x(index + 0.5)
        if low is not None and high is not None:
            drawn.append(_path([(middle, y(low)), (middle, y(high))], 0, width=2))
            drawn += [_path([(middle - 7, y(end)), (middle + 7, y(end))], 0, width=2) for end in (low, high)]
        if value is not None:
            drawn.append(f'<circle cx="{middle:.1f}" cy="{y(value):.1f}" r="5" fill="{_COLORS[0]}"/>')
            drawn.append(_text(middle + 11, y(value) + 4, tick_label(round(value, 1), axes.y_suffix)))
    return _svg(axes, drawn)


def _svg(axes: Axes, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-labelledby="{axes.key}-title {axes.key}-desc">'
        f'<title id="{axes.key}-title">{escape(axes.title)}</title><desc id="{axes.key}-desc">{escape(axes.summary)}</desc>'
        f"{''.join(drawn)}</svg>"
    )


def _frame(axes: Axes, x: Scale, y: Scale, x_ticks: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Grid, ticks and the names of both axes."""
    for tick in y.ticks:
        yield f'<path d="M{_LEFT:g} {y(tick):.1f}H{WIDTH - _RIGHT:g}" class="grid"/>'
        yield _text(_LEFT - 8, y(tick) + 4, tick_label(tick, axes.y_suffix), anchor="end")
    for value, label in x_ticks:
        yield _text(x(value), HEIGHT - _BOTTOM + 18, label, anchor="middle")
    yield f'<path d="M{_LEFT:g} {y(max(0.0, y.low)):.1f}H{WIDTH - _RIGHT:g}" class="axis"/>'
    yield _text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 12, axes.x_label, anchor="middle")
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    yield f'<text transform="translate(14 {middle:g}) rotate(-90)" text-anchor="middle">{escape(axes.y_label)}</text>'


def _band(line: Line, place: int, x: Scale, y: Scale) -> Iterator[str]:
    ends = [
        (across, low, high)
        for across, low, high in zip(line.x, line.low, line.high, strict=False)
        if low is not None and high is not None
    ]
    if len(ends) > 1:
        around = [(x(across), y(high)) for across, _, high in ends] + [
            (x(across), y(low)) for across, low, _ in reversed(ends)
        ]
        yield f'<path d="{_moves(around)}Z" fill="{_COLORS[place]}" fill-opacity="0.15"/>'


def _line(line: Line, place: int, x: Scale, y: Scale) -> Iterator[str]:
    drawn = [
        (index, x(across), y(value))
        for index, (across, value) in enumerate(zip(line.x, line.y, strict=True))
        if value is not None
    ]
    yield _path([(across, up) for _, across, up in drawn], place, width=2.4)
    for index, across, up in drawn:
        if index in line.labels:
            yield f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3.6" fill="{_COLORS[place]}"/>'
            # before the point: lines rise, then flatten
            yield _text(across - 5, up - 8, line.labels[index], anchor="end")


def _legend(names: Sequence[str], *, are_bars: bool = False) -> Iterator[str]:
    left = _LEFT
    for place, name in enumerate(names):
        if are_bars:
            yield f'<rect x="{left:.1f}" y="8" width="26" height="11" fill="{_COLORS[place]}"{_pattern(place)}/>'
        else:
            yield _path([(left, 14), (left + 26, 14)], place, width=4)
        yield _text(left + 32, 18, name)
        left += 52 + 7.5 * len(name)


def _path(points: Sequence[tuple[float, float]], place: int, *, width: float) -> str:
    dash = f' stroke-dasharray="{_DASHES[place]}"' if _DASHES[place] else ""
    return (
        f'<path d="{_moves(points)}" fill="none" stroke="{_COLORS[place]}" stroke-width="{width:g}"{dash}/>'
    )


def _moves(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{across:.1f} {up:.1f}" for across, up in points) if points else ""


def _text(across: float, up: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{across:.1f}" y="{up:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _pattern(place: int) -> str:
    """A second mark beside the color: later sets are lighter with an outline."""
    return f' fill-opacity="0.35" stroke="{_COLORS[place]}"' if place else ""
