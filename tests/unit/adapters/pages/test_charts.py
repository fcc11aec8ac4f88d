"""Charts are well-formed, name themselves, stay inside their frame and escape what they are told."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from drivetrain.adapters.pages.charts import (
    HEIGHT,
    WIDTH,
    Axes,
    Bars,
    Line,
    bar_chart,
    interval_chart,
    line_chart,
)
from drivetrain.adapters.pages.page import page, section, table
from drivetrain.adapters.pages.scales import scale_of, tick_label

AXES = Axes("k", "A <title>", "What it & that shows", "x", "y", y_suffix=" %")


def svg(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def numbers(element: ElementTree.Element) -> list[tuple[float, float]]:
    """Every point of every path."""
    paths = [path.get("d", "") for path in element.iter("path")]
    return [(float(x), float(y)) for d in paths for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", d)]


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([174.0], (0, 25, 50, 75, 100, 125, 150, 175)),
        ([0.0], (0, 0.2, 0.4, 0.6, 0.8, 1)),
        ([-10.0, 13.5], (-10, -5, 0, 5, 10, 15)),
        ([1e-3], (0, 0.0002, 0.0004, 0.0006, 0.0008, 0.001)),
    ],
)
def test_ticks_are_round_and_cover_the_values(values, ticks):
    scale = scale_of(values, 0, 100)
    assert scale.ticks == pytest.approx(ticks)
    assert scale.low <= min(values) <= max(values) <= scale.high


def test_a_scale_maps_its_ends_and_keeps_what_lies_beyond_inside():
    scale = scale_of([10.0], 300, 100)
    assert (scale(0), scale(10), scale(1e9)) == (300, 100, 100)


def test_labels_are_as_people_write_numbers():
    assert [tick_label(1_400), tick_label(0.25), tick_label(60, " %")] == ["1,400", "0.25", "60 %"]


def test_a_chart_names_itself_for_those_who_cannot_see_it():
    chart = svg(line_chart(AXES, [Line("a line", [0, 1], [0, 5])]))
    assert chart.get("role") == "img"
    ids = {element.get("id"): element.text for element in chart.iter() if element.get("id")}
    assert [ids[key] for key in chart.get("aria-labelledby", "").split()] == [
        "A <title>",
        "What it & that shows",
    ]


def test_everything_drawn_lies_inside_the_frame():
    lines = [Line("a", [0, 360, 720], [0, None, 174], [0, None, 146], [0, None, 1e6], {2: "720 min"})]
    for x, y in numbers(svg(line_chart(AXES, lines))):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_a_line_without_any_defined_figure_draws_nothing_and_breaks_nothing():
    svg(line_chart(AXES, [Line("empty", [0, 1], [None, None])]))
    svg(interval_chart(AXES, ["a"], [(None, None, None)]))
    svg(bar_chart(AXES, ["a", "b"], [Bars("none", [0, 0])]))


def test_bars_are_as_high_as_their_share_of_the_axis():
    chart = svg(bar_chart(AXES, ["a", "b"], [Bars("one", [10, 20])]))
    low, high = (float(bar.get("height", "0")) for bar in list(chart.iter("rect"))[:2])
    assert high == pytest.approx(2 * low, abs=0.11)


def test_a_table_names_its_rows_and_columns_and_escapes_its_cells():
    found = ElementTree.fromstring(table("c", ["rule", "n"], [["<b>", "&"]]))
    assert [cell.get("scope") for cell in found.iter("th")] == ["col", "col", "row"]
    assert [cell.text for cell in found.iter("td")] == ["&"]


def test_a_page_is_one_document_with_its_own_style_and_no_way_out():
    text = page("T", [section("s", "H", ["<p>x</p>"])])
    assert text.startswith("<!doctype html>")
    assert "default-src 'none'" in text
    assert not re.search(r"(src|href)=", text)


@pytest.mark.parametrize(
    "drawn",
    [
        line_chart(AXES, []),
        line_chart(AXES, [Line("model", [1.0, 2.0], [None, None])]),
        bar_chart(AXES, [], [Bars("a", [])]),
        interval_chart(AXES, ["1"], [(None, None, None)]),
    ],
    ids=["no line", "no point", "no class", "no value"],
)
def test_a_chart_without_a_figure_says_so_and_draws_no_axes(drawn):
    assert "<svg" not in drawn and "nothing to draw" in drawn


def test_a_chart_says_what_it_waits_for():
    axes = Axes("k", "title", "summary", "x", "y", without="No ride has <ended> yet.")
    assert "No ride has &lt;ended&gt; yet." in line_chart(axes, [])
